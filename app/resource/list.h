/* list.h - one page of a noun: filtered, searched, sorted, by keyset.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * No OFFSET and no unbounded count: a page starts behind the last row of the
 * one before (sort value, then id), and counting stops past LIST_COUNT_MAX.
 */
#ifndef MPANEL_RESOURCE_LIST_H
#define MPANEL_RESOURCE_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include "base/problem.h"
#include "resource/noun.h"
#include "store/sql.h"
#include "store/store.h"

enum {
	LIST_LIMIT = 50,
	LIST_LIMIT_MAX = 200,
	LIST_COUNT_MAX = 10000,
	LIST_COUNTS_MAX = 8, /* in one list_counts() */
	LIST_LONG_S = 2,
	LIST_FILTERS_MAX = 8
};

struct list_filter {
	const struct field *field;
	const char *value;
};

struct list {
	const struct noun *noun;
	int limit;
	const struct field *sort; /* NULL: newest first */
	bool descending;
	bool backwards; /* the page before the cursor */
	bool counts;	/* list_run() counts, for list_total() */
	const char *q;	/* NULL: everything */
	/* As the search for everything: q is the row's own, not its customer's
	 * name, and rows that are not `shown` are left out. */
	bool by_own_words;
	int64_t from, to; /* rows made in [from, to); 0: without that end */
	/* from the program only: whoever asks for earlier ones gets these */
	int64_t since;
	struct list_filter filter[LIST_FILTERS_MAX];
	size_t n_filters;
	/* from the program only: rows whose field is less than this */
	struct list_filter below;
	const char *also; /* a condition more, in SQL; or NULL */
	/* where the page starts; NULL: at the beginning */
	const char *after_value, *after_id;
};

void list_init(struct list *l, const struct noun *n);
/* Take a query parameter: limit, cursor, sort, q, from, to or a listed filter.
 * False with a problem when it is none of them or its value is wrong. */
bool list_param(struct list *l, struct arena *a, struct problems *p,
    const char *name, const char *value);
/* A moment or a day of ?from= or ?to=: a day's end for `to`.  False with a
 * problem. */
bool list_time(
    struct problems *p, const char *name, const char *value, int64_t *out);
/* A filter from the program itself; field is the API name. */
void list_only(struct list *l, const char *field, const char *value);

/* Rows only whose field is less, the least first unless it is sorted otherwise.
 * also: the condition of the index that has them, as a literal, because an
 * engine does not look into bound values for it; NULL: another filter leaves
 * few. */
void list_below(
    struct list *l, const char *field, const char *value, const char *also);

/* The rows of the page, at most limit + 1 (one more shows that there are
 * more).  Column NOUN_FIELDS + i is field i.  E_INPUT with a problem: the
 * cursor is of another sort. */
enum err list_run(struct tx *tx, const struct list *l, struct rows *r) MUST_USE;
/* The statement that list_run() runs. */
void list_select(struct sql *s, const struct list *l, struct tx *tx);
/* How many rows match without the cursor; LIST_COUNT_MAX + 1 when more.  Exact,
 * but for a list that was longer: that is remembered for LIST_LONG_S, so that
 * it may still say so when rows have gone meanwhile. */
enum err list_count(
    struct tx *tx, const struct list *l, int64_t *n_out) MUST_USE;
/* The same of several lists in one statement. */
enum err list_counts(
    struct tx *tx, const struct list *l, size_t n, int64_t *n_out) MUST_USE;
/* The same from any row of a list_run() that counts: costs no statement of its
 * own, but a page without rows does not tell. */
int64_t list_total(const struct rows *r, const struct list *l);
/* The cursor that continues behind the row, or (backwards) ends before it.
 * A backwards page comes with its rows in reverse. */
const char *list_cursor(const struct rows *r, bool backwards);
/* The same from a row's columns NOUN_SORT and NOUN_ID. */
const char *list_cursor_of(
    struct arena *a, const char *sort, const char *id, bool backwards);

#endif
