/* select.c - the parts of a SELECT over a noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/select.h"

#include "resource/list.h"
#include "resource/search.h"

bool
list_hides(const struct list *l)
{
	return l->by_own_words && l->noun->found && l->noun->found->shown;
}

bool
list_narrows(const struct list *l)
{
	return l->n_filters > 0 || l->below.field || l->also || l->from > 0 ||
	       l->to > 0;
}

void
select_fields(struct sql *s, const struct noun *n, const char *sort,
    const struct list *counted, struct tx *tx)
{
	sql_init(s);
	sql_lit(s, "SELECT ");
	sql_const(s, n->id);
	sql_lit(s, ", ");
	sql_const(s, n->currency ? n->currency : "NULL");
	sql_lit(s, ", ");
	sql_const(s, sort);
	sql_lit(s, ", ");
	if (counted)
		select_count(s, counted, tx);
	else
		sql_lit(s, "NULL");
	for (size_t i = 0; i < n->n_fields; i++) {
		sql_lit(s, ", ");
		sql_const(s, n->field[i].sql);
	}
	sql_lit(s, " FROM ");
	sql_const(s, n->from);
}

bool
select_is_narrow(const struct noun *n, const struct tx *tx)
{
	return n->open && tx->actor->kind != ACTOR_SYSTEM &&
	       !perm_has(&tx->actor->perms, n->may_read_all);
}

void
select_tenant(struct sql *s, const struct noun *n, const struct tx *tx)
{
	assert(id_is_set(&tx->tenant));
	sql_lit(s, " WHERE ");
	sql_const(s, n->tenant);
	sql_lit(s, " = ");
	sql_val(s, DB_ID(&tx->tenant));
	if (n->alive) {
		sql_lit(s, " AND ");
		sql_const(s, n->alive);
	}
	if (select_is_narrow(n, tx)) {
		sql_lit(s, " AND ");
		sql_const(s, n->open);
	}
}

void
select_limit(struct sql *s, int64_t n, const struct tx *tx)
{
	_Static_assert(LIST_LIMIT == 50 && LIST_COUNT_MAX == 10000,
	    "these are the literals, and one more");

	if (db_engine(tx->db) == DB_POSTGRES && n == LIST_LIMIT + 1) {
		sql_lit(s, " LIMIT 51");
		return;
	}
	if (db_engine(tx->db) == DB_POSTGRES && n == LIST_COUNT_MAX + 1) {
		sql_lit(s, " LIMIT 10001");
		return;
	}
	sql_lit(s, " LIMIT ");
	sql_val(s, DB_INT(n));
}

void
select_one(
    struct sql *s, const struct noun *n, const struct id *id, struct tx *tx)
{
	select_fields(s, n, n->id, NULL, tx);
	select_tenant(s, n, tx);
	sql_lit(s, " AND ");
	sql_const(s, n->id);
	sql_lit(s, " = ");
	sql_val(s, DB_ID(id));
}
