/* select.c - the parts of a SELECT over a noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/select.h"

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
