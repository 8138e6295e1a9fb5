/* write_sql.c - the statements that write rows of a described noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/write_sql.h"

#include "resource/select.h"

/* In lower case where the field is looked for so. */
static void
add_same(
    struct sql *s, const struct noun *n, const char *api, struct db_val val)
{
	const struct field *f = &n->field[noun_field(n, api)];
	bool is_folded = (f->flags & FOLDED) != 0;

	sql_lit(s, " AND ");
	sql_const(s, is_folded ? f->sort : f->sql);
	if (is_folded)
		sql_lit(s, " = lower(");
	else
		sql_lit(s, " = ");
	sql_val(s, val);
	if (is_folded)
		sql_lit(s, ")");
}

void
write_same(struct sql *s, struct tx *tx, const struct noun *n,
    const struct noun_key *k, const struct db_val *val)
{
	sql_init(s);
	sql_lit(s, "SELECT 1 FROM ");
	sql_const(s, n->from);
	select_tenant(s, n, tx);
	for (size_t i = 0; i < k->n_fields; i++)
		add_same(s, n, k->fields[i], val[i]);
	if (k->when)
		add_same(s, n, k->when, DB_TEXT(k->word));
}

void
write_insert(struct sql *s, const struct values *v, const struct id *id)
{
	const struct noun *n = v->noun;

	sql_init(s);
	sql_lit(s, "INSERT INTO ");
	sql_name(s, n->table);
	sql_lit(s, " (tenant_id, id, created_at, updated_at");
	for (size_t i = 0; i < n->n_fields; i++) {
		if (!values_has(v, i))
			continue;
		sql_lit(s, ", ");
		sql_name(s, field_column(&n->field[i]));
	}
	sql_lit(s, ") VALUES (");
	sql_val(s, DB_ID(&v->tx->tenant));
	sql_lit(s, ", ");
	sql_val(s, DB_ID(id));
	sql_lit(s, ", ");
	sql_val(s, DB_INT(v->tx->now));
	sql_lit(s, ", ");
	sql_val(s, DB_INT(v->tx->now));
	for (size_t i = 0; i < n->n_fields; i++) {
		if (!values_has(v, i))
			continue;
		sql_lit(s, ", ");
		sql_val(s, v->val[i]);
	}
	sql_lit(s, ")");
}

void
write_update(struct sql *s, const struct values *v, const struct id *id)
{
	sql_init(s);
	sql_lit(s, "UPDATE ");
	sql_name(s, v->noun->table);
	sql_lit(s, " SET version = version + 1, updated_at = ");
	sql_val(s, DB_INT(v->tx->now));
	for (size_t i = 0; i < v->noun->n_fields; i++) {
		if (!values_has(v, i))
			continue;
		sql_lit(s, ", ");
		sql_name(s, field_column(&v->noun->field[i]));
		sql_lit(s, " = ");
		sql_val(s, v->val[i]);
	}
	sql_lit(s, " WHERE tenant_id = ");
	sql_val(s, DB_ID(&v->tx->tenant));
	sql_lit(s, " AND id = ");
	sql_val(s, DB_ID(id));
}

void
write_remove(struct sql *s, const struct tx *tx, const struct noun *n,
    const struct id *id)
{
	sql_init(s);
	sql_lit(s, "UPDATE ");
	sql_name(s, n->table);
	sql_lit(s, " SET version = version + 1, deleted_at = ");
	sql_val(s, DB_INT(tx->now));
	sql_lit(s, ", updated_at = ");
	sql_val(s, DB_INT(tx->now));
	sql_lit(s, " WHERE deleted_at IS NULL AND tenant_id = ");
	sql_val(s, DB_ID(&tx->tenant));
	sql_lit(s, " AND id = ");
	sql_val(s, DB_ID(id));
}
