/* select.h - the parts of a SELECT over a noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_RESOURCE_SELECT_H
#define MPANEL_RESOURCE_SELECT_H

#include "resource/noun.h"
#include "store/sql.h"

struct list;

/* SELECT id, currency, sort, total, fields ... FROM ...  The total is that of
 * `counted`, NULL without one. */
void select_fields(struct sql *s, const struct noun *n, const char *sort,
    const struct list *counted, struct tx *tx);
/* WHERE tenant = ... [AND alive]: on every query, without exception. */
/* Is the actor shown only the noun's open rows? */
bool select_is_narrow(const struct noun *n, const struct tx *tx);
void select_tenant(struct sql *s, const struct noun *n, const struct tx *tx);
/* The same, and the list's filters and search. */
void select_where(struct sql *s, const struct list *l, struct tx *tx);
/* From list_cursor()'s text; false: it is none. */
bool list_read_cursor(struct list *l, struct arena *a, const char *value);
/* Does it leave out what is not `shown`? */
bool list_hides(const struct list *l);
/* Has it a condition besides its search? */
bool list_narrows(const struct list *l);
/* LIMIT n.  PostgreSQL plans a bound one for any, a tenth of all rows, and so
 * each turn anew; so it gets those that are nearly always asked for as a
 * literal.  (SQLite would leave the indexes' order for one.) */
void select_limit(struct sql *s, int64_t n, const struct tx *tx);
/* All of the statement that reads one row. */
void select_one(
    struct sql *s, const struct noun *n, const struct id *id, struct tx *tx);
/* (SELECT COUNT(*) ...) of the rows that match, as a value. */
void select_count(struct sql *s, const struct list *l, struct tx *tx);

#endif
