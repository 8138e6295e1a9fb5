/* sql.h - a statement assembled at run time: for store/ and resource/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Its text comes from literals and from names in const tables, its values are
 * bound; there is no way to put a value into the text.
 *
 *	struct sql s;
 *
 *	sql_init(&s);
 *	sql_lit(&s, "SELECT ");
 *	sql_name(&s, field->column);
 *	sql_lit(&s, " FROM customers WHERE tenant_id = ");
 *	sql_val(&s, DB_ID(&tx->tenant));
 *	e = sql_query(tx, &r, &s);
 *
 * What doesn't fit fails the statement, which then refuses to run (E_DB).
 */
#ifndef MPANEL_STORE_SQL_H
#define MPANEL_STORE_SQL_H

#include "store/store.h"

#define SQL_TEXT_MAX 8192
#define SQL_VAL_MAX  128

/* Caller's storage; nothing to free.  Values are borrowed until it has run. */
struct sql {
	size_t len;
	size_t n;
	bool failed;
	char text[SQL_TEXT_MAX];
	struct db_val value[SQL_VAL_MAX];
};

void sql_init(struct sql *s);
/* A string literal, nothing else: the compiler refuses a variable. */
#define sql_lit(s, text) sql_add_((s), "" text "", sizeof(text) - 1)
void sql_add_(struct sql *s, const char *text, size_t len);
/* Text from a const table of the program (an expression, an ORDER BY). */
void sql_const(struct sql *s, const char *table_text);
/* A column or table name from a const table: [a-z0-9_.], asserted. */
void sql_name(struct sql *s, const char *name);
/* Binds the value and writes its $n. */
void sql_val(struct sql *s, struct db_val v);

enum err sql_query(struct tx *tx, struct rows *r, const struct sql *s) MUST_USE;
/* changed_out may be NULL. */
enum err sql_exec(
    struct tx *tx, int64_t *changed_out, const struct sql *s) MUST_USE;
/* The engine prepares and plans it; nothing runs, so it may be one that writes
 * in a TX_READ.  E_DB, logged: it can't be run. */
enum err sql_explain(struct tx *tx, const struct sql *s) MUST_USE;

#endif
