/* kb_nouns.h - the knowledge base, described: for staff and for readers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Readers' nouns have published articles alone, so that no list and no search
 * of theirs can tell of a draft.
 */
#ifndef MPANEL_KNOWLEDGE_KB_NOUNS_H
#define MPANEL_KNOWLEDGE_KB_NOUNS_H

#include "resource/noun.h"
#include "resource/search.h"

#define KB_PAGE "/knowledge-base"

extern const struct noun kb_categories_noun;
extern const struct noun kb_articles_noun;
/* What was searched for and not found. */
extern const struct noun kb_misses_noun;

/* Published articles; by all of their words, and by those of their titles. */
extern const struct noun kb_public_noun;
extern const struct noun kb_titles_noun;
/* Categories that have one. */
extern const struct noun kb_shelves_noun;

/* Where the fields of an article are, for its page. */
enum {
	KB_ID,
	KB_TITLE,
	KB_SLUG,
	KB_CATEGORY_ID,
	KB_CATEGORY,
	KB_STATUS,
	KB_LANGUAGE,
	KB_SUMMARY,
	KB_BODY,
	KB_HTML
};

#endif
