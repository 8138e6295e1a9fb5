/* search.h - everything that an actor may read, by what is typed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pages and verbs come from the menu and the nouns, rows from the nouns that
 * are `found`: each group only for those who may read the noun.
 */
#ifndef MPANEL_MAIN_SEARCH_H
#define MPANEL_MAIN_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include "resource/search.h"
#include "store/invariant.h"
#include "web/web.h"

enum {
	FOUND_Q_MAX = 200,
	FOUND_EACH = 8,
	FOUND_EACH_MAX = 20, /* of a group */
	FOUND_COUNT_MAX = 100
};

/* Texts live in the request's arena; NULL: none. */
struct hit {
	const char *type; /* "page", "verb", or the noun's name */
	const char *id;	  /* of a row */
	const char *title, *text, *url, *status;
	bool is_exact; /* it is what was typed, and not only begins so */
	bool begins;   /* its title does */
};

struct hits {
	const struct noun *noun;	 /* NULL: pages and verbs */
	const char *title, *icon, *more; /* where all of them are; or NULL */
	struct hit hit[FOUND_EACH_MAX];
	size_t n;
	int64_t total; /* FOUND_COUNT_MAX + 1: more */
};

struct search {
	struct request *rq;
	const char *q; /* trimmed; "": pages and verbs alone */
	size_t each;   /* hits of a group */
	bool counts;   /* total is wanted */
	struct hits *group;
	size_t n_groups; /* those that have hits */
};

/* Fill group and n_groups, the best hits of each first. */
enum err search_all(struct search *s) MUST_USE;
/* ?q= or NULL with a problem. */
const char *search_q(struct request *rq);

/* ---- pages and verbs ---- */

/* Those whose words begin with all that was typed. */
void search_places(const struct search *s, struct hits *h);
/* The labels that no other table has, for translators. */
void search_texts(void (*fn)(void *arg, const char *text), void *arg);

/* ---- the nouns, in the order in which they are shown ---- */

extern const struct noun *const found_nouns[]; /* ended by NULL */

extern const struct route search_page_routes[], search_api_routes[];

#endif
