/* kb_search.h - published articles by the words in them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words and the index are resource/search.h's: nothing typed is syntax,
 * beginnings and umlauts are found.  Who asks may be anybody.
 */
#ifndef MPANEL_KNOWLEDGE_KB_SEARCH_H
#define MPANEL_KNOWLEDGE_KB_SEARCH_H

#include "base/excerpt.h"
#include "resource/search.h"

enum {
	KB_Q_MAX = 200,	       /* characters that are typed */
	KB_SUGGEST_MAX = 4000, /* bytes of a question that are read */
	KB_SUGGESTED = 5
};

/* Texts live in tx->arena. */
struct kb_hit {
	struct id id;
	const char *title, *slug, *category, *language;
	int64_t published_at;
	struct excerpt excerpt;
};

struct kb_hits {
	struct kb_hit hit[RANKED_MAX];
	size_t n;
	bool more;
	/* Nothing has all of the words: these have some. */
	bool is_near;
};

/* The best that have all words of q, or else some of them; q has KB_Q_MAX
 * characters at most.  What has few letters ("how", "wie") is not asked for
 * where there are others. */
enum err kb_search(struct tx *tx, const char *q, struct kb_hits *out) MUST_USE;

/* Answers to a question in sentences, at most `limit`, the best first: the
 * subject and text of a ticket that is being written.  Only where one fits. */
enum err kb_suggest(struct tx *tx, const char *text, size_t limit,
    struct kb_hits *out) MUST_USE;

#endif
