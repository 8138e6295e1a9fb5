/* sql.c - a statement assembled at run time, values bound.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

void
sql_init(struct sql *s)
{
	s->len = 0;
	s->n = 0;
	s->failed = false;
	s->text[0] = '\0';
}

void
sql_add_(struct sql *s, const char *text, size_t len)
{
	if (s->failed || len >= sizeof(s->text) - s->len) {
		s->failed = true;
		return;
	}
	memcpy(s->text + s->len, text, len);
	s->len += len;
	s->text[s->len] = '\0';
}

void
sql_const(struct sql *s, const char *table_text)
{
	sql_add_(s, table_text, strlen(table_text));
}

void
sql_name(struct sql *s, const char *name)
{
	size_t len = strlen(name);

	assert(len > 0 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == len);
	sql_add_(s, name, len);
}

void
sql_val(struct sql *s, struct db_val v)
{
	char mark[24];
	int len;

	if (s->n == SQL_VAL_MAX) {
		s->failed = true;
		return;
	}
	s->value[s->n++] = v;
	len = snprintf(mark, sizeof(mark), "$%zu", s->n);
	sql_add_(s, mark, (size_t)len);
}

static enum err
check(struct tx *tx, const struct sql *s)
{
	if (tx->err == OK && s->failed) {
		log_event(LOG_ERROR, "sql_too_long",
		    LOG_I("values", (int64_t)s->n), LOG_S("sql", s->text));
		tx_fail(tx, E_DB);
	}
	return tx->err;
}

enum err
sql_query(struct tx *tx, struct rows *r, const struct sql *s)
{
	*r = (struct rows){.tx = tx, .err = check(tx, s)};
	return r->err ? r->err : db_query_(tx, r, s->text, s->value, s->n);
}

enum err
sql_exec(struct tx *tx, int64_t *changed_out, const struct sql *s)
{
	enum err e = check(tx, s);

	return e ? e : db_exec_(tx, changed_out, s->text, s->value, s->n);
}

enum err
sql_explain(struct tx *tx, const struct sql *s)
{
	struct sql plan;
	struct rows r;
	enum err e;

	sql_init(&plan);
	sql_lit(&plan, "EXPLAIN ");
	sql_const(&plan, s->text);
	plan.failed |= s->failed;
	if ((e = check(tx, &plan)) == OK)
		e = db_query_(tx, &r, plan.text, s->value, s->n);
	if (e != OK)
		return e;
	(void)rows_next(&r);
	return rows_done(&r);
}
