/* search.h - rows by the words in them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A noun that is `found` has an entry of words for each of its rows.  New rows
 * are those that have none yet: search_fill() walks through them by their ids,
 * which rise with time, so that whoever makes rows pays nothing.  Whoever
 * changes a row leaves a mark (triggers, db/0024_search), in the transaction of
 * the change; search_index() makes the entries anew and takes the marks away,
 * in one transaction, so that a crash between them loses nothing.  A search
 * sees a change when that has happened, a second later.
 *
 * Words are folded (base/fold.h).  Of "ORD-2026-001234" there are the words
 * ord·2026·001234, 2026·001234 and 001234, 1234, and its last three to five
 * digits: whatever is typed of it from a beginning on is the beginning of a
 * word.  Everything that is typed must be found.
 */
#ifndef MPANEL_RESOURCE_SEARCH_H
#define MPANEL_RESOURCE_SEARCH_H

#include "resource/noun.h"
#include "store/sql.h"

enum {
	SEARCH_AT_MOST = 10000, /* newest matches that a list looks at ... */
	SEARCH_FIRST = 1000,	/* ... and where only its newest are shown */
	SEARCH_VIA = 1000,	/* customers whose rows are found */
	SEARCH_LETTERS = 10	/* beginnings that FTS5 has a list of */
};

/* A column whose whole value is looked for, too. */
struct noun_exact {
	const char *field; /* a FILTER */
	enum noun_kept { KEPT_AS_IS, KEPT_UPPER, KEPT_LOWER } kept;
};

/* How a noun is found and shown in a search. */
struct noun_found {
	/* Its name in the index, whose table is called the same; NULL: it has
	 * few rows, in which is looked for the text as it is. */
	const char *kind;
	char code; /* of its words: a letter of its own */
	int words; /* of an entry, at most; 0: 64 */
	/* Whose rows are found by their name, too, in a list; the column of the
	 * table that has its id. */
	const struct noun_found *via;
	const char *via_column;
	/* What the search for everything leaves out is not so: a condition over
	 * the noun's FROM; or NULL. */
	const char *shown;
	const struct noun_exact *exact; /* ended by a NULL field; or NULL */
	/* API names; text and status may be NULL. */
	const char *title, *text, *status;
	const char *icon;
};

/* ---- words ---- */

/* The words of n texts, as an entry keeps them: with a space between. */
const char *search_words(struct arena *a, const struct id *tenant,
    const struct noun_found *f, const char *const *text, size_t n);
/* What was typed, as the engine is asked for it; NULL: there is no word in it,
 * and nothing is found. */
const char *search_question(struct arena *a, enum db_engine engine,
    const struct id *tenant, const struct noun_found *f, const char *q);
/* The same of at most the first SEARCH_LETTERS of each word, for FTS5: what it
 * does not find is not there.  NULL: no word has more. */
const char *search_question_cut(struct arena *a, const struct id *tenant,
    const struct noun_found *f, const char *q);

/* ---- looking ---- */

/* Adds a SELECT of the ids of rows that match, at most so many, the newest.
 * with_via: also rows of whom `via` finds. */
void search_select(struct sql *s, struct tx *tx, const struct noun_found *f,
    const char *q, int64_t at_most, bool with_via);

/* ---- the best of them ---- */

/* The newest matches that are judged, by their titles and by all words. */
enum { RANK_TITLES = 40, RANK_TEXTS = 60, RANKED_MAX = 20 };

struct search_best {
	struct id id[RANKED_MAX];
	size_t n;
	bool more; /* than those */
};

/* Rows of texts (articles), of which one kind of entries has all the words and
 * another those of the titles.  Judged in one way on both engines: how many of
 * the words are in the title; then how often, in how long a text, as BM25 does
 * (Robertson, Zaragoza 2009), a whole word for two beginnings; then the newest.
 * any_word: rows that have some of the words, of which rare ones weigh more
 * (for sentences), or else those that have all. */
enum err search_ranked(struct tx *tx, const struct noun_found *titles,
    const struct noun_found *texts, const char *q, bool any_word,
    struct search_best *out) MUST_USE;

/* ---- keeping ---- */

enum {
	SEARCH_BATCH = 100, /* entries in a transaction */
	SEARCH_WALK = 2000  /* rows that it looks at */
};

/* The entry of a row has these words; NULL: there is none.  For whoever has
 * read the words in this transaction, and holds the index. */
enum err search_put(struct tx *tx, const char *kind, const struct id *row,
    const char *words) MUST_USE;

/* An entry at once for a row that this transaction has made: for those that
 * people make, one by one. */
enum err search_add(
    struct tx *tx, const struct noun *n, const struct id *id) MUST_USE;

/* Entries for the oldest marks of the tenant, at most SEARCH_BATCH; nouns are
 * all that are found, ended by NULL.  Somebody else who does the same
 * meanwhile is waited for. */
enum err search_index(struct tx *tx, const struct noun *const *nouns,
    int64_t *marks_out) MUST_USE;
/* Is there a mark of the tenant? */
enum err search_has_marks(struct tx *tx, bool *out) MUST_USE;
/* A mark for a row, by who changes what no trigger sees. */
enum err search_touch(
    struct tx *tx, const char *kind, const struct id *row) MUST_USE;

/* FTS5 keeps what it learns in pieces, and each search looks into all of them:
 * joins some, a moment's work, of all tenants.  *more_out: it was not all.
 * Nothing to do on PostgreSQL. */
enum err search_join(struct tx *tx, bool *more_out) MUST_USE;

/* A mark for each of at most `limit` rows of the noun behind the id *after,
 * which becomes the last one's; *n_out of them. */
enum err search_mark(struct tx *tx, const struct noun *n, struct id *after,
    int64_t limit, int64_t *n_out) MUST_USE;
/* As above through the noun's entries, by their row: a mark for each whose row
 * is no more; *n_out of them were looked at. */
enum err search_mark_strays(struct tx *tx, const struct noun *n,
    struct id *after, int64_t limit, int64_t *n_out) MUST_USE;

/* ---- rows without entries ---- */

/* A walk through a noun's rows, the oldest first, step by step. */
struct search_walk {
	struct id after; /* where the next step begins; unset: at the first */
	struct id until; /* the last row; unset: the newest */
	int64_t made;	 /* entries of the last step */
	bool more;	 /* it may not have been the last */
};

/* A step: entries for those of the next SEARCH_WALK rows that have none, at
 * most SEARCH_BATCH. */
enum err search_fill(
    struct tx *tx, const struct noun *n, struct search_walk *at) MUST_USE;
/* The same without making any: with a row that has none the walk stays. */
enum err search_look(struct tx *tx, const struct noun *n,
    struct search_walk *at, bool *lacks_out) MUST_USE;

/* Rows up to `filled` have entries, but those that were committed later; what
 * lacks before it is looked for by a second walk, which has come to `checked`,
 * or (unset) has ended at checked_at. */
struct search_progress {
	struct id filled, checked;
	int64_t checked_at;
};
/* Of each of the nouns. */
enum err search_progress(struct tx *tx, const struct noun *const *nouns,
    struct search_progress *out) MUST_USE;
/* Only forward; an unset row says nothing. */
enum err search_filled(
    struct tx *tx, const struct noun *n, const struct id *row) MUST_USE;
/* row: unset where the walk has ended. */
enum err search_checked(struct tx *tx, const struct noun *n,
    const struct id *row, int64_t at) MUST_USE;

#endif
