/* describe.c - is the database what a noun's description says?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/describe.h"

#include <string.h>

#include "base/text.h"
#include "resource/describe_parts.h"

static void
says(const struct describe *d, const char *api, const char *code,
    const char *message)
{
	problem_add(d->tx->problems, api, code, "%s", message);
}

/* ---- where a column is ---- */

static bool
is_word(const char *s, size_t n)
{
	return n > 0 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") >= n;
}

/* "customers" of c in "orders o JOIN customers c ON ..."; NULL: no alias. */
static const char *
table_of(struct arena *a, const char *from, const char *alias, size_t n)
{
	while (from) {
		size_t len = strcspn(from, " ");
		const char *name = from + len + strspn(from + len, " ");

		if (strncmp(name, alias, n) == 0 &&
		    (name[n] == '\0' || name[n] == ' '))
			return arena_strndup(a, from, len);
		from = strstr(name, "JOIN ");
		if (from)
			from += strlen("JOIN ");
	}
	return NULL;
}

bool
describe_place(const struct describe *d, const char *sql, struct place *out)
{
	const char *dot = strchr(sql, '.');
	size_t n = dot ? (size_t)(dot - sql) : 0;

	*out = (struct place){NULL, NULL};
	if (!dot || !is_word(sql, n) || !is_word(dot + 1, strlen(dot + 1)))
		return false;
	out->column = dot + 1;
	out->table = table_of(d->tx->arena, d->noun->from, sql, n);
	return out->table != NULL;
}

/* The column, or NULL: an expression, or (said) one that is not there. */
static const struct schema_column *
find(const struct describe *d, const char *api, const char *sql)
{
	const struct schema_column *c;
	struct place at;

	if (!describe_place(d, sql, &at)) {
		if (at.column)
			problem_add(d->tx->problems, api, "missing",
			    "%s is of no table in FROM.", sql);
		return NULL;
	}
	c = schema_column(d->schema, at.table, at.column);
	if (!c)
		problem_add(d->tx->problems, api, "missing",
		    "%s has no column %s.", at.table, at.column);
	return c;
}

/* ---- types ---- */

static const char *const kept_as[] = {
    [BASE_TEXT] = "|text|TEXT|",
    [BASE_ID] = "|uuid|TEXT|",
    [BASE_INT] = "|bigint|integer|smallint|INTEGER|",
    [BASE_BOOL] = "|bigint|integer|smallint|INTEGER|",
    [BASE_MONEY] = "|bigint|INTEGER|",
    [BASE_PERCENT] = "|bigint|integer|INTEGER|",
    [BASE_TIME] = "|bigint|INTEGER|",
    [BASE_DATE] = "|date|TEXT|",
    [BASE_JSON] = "|text|json|jsonb|TEXT|",
};

static void
check_type(const struct describe *d, const char *api, enum field_base base,
    const struct schema_column *c)
{
	const char *type = arena_printf(d->tx->arena, "|%s|", c->type);

	if (type && !strstr(kept_as[base], type))
		problem_add(d->tx->problems, api, "wrong_type",
		    "%s.%s is of type %s.", c->table, c->name, c->type);
}

static const struct schema_column *
check_column(const struct describe *d, const char *api, const char *sql,
    enum field_base base)
{
	const struct schema_column *c = sql ? find(d, api, sql) : NULL;

	if (c)
		check_type(d, api, base, c);
	return c;
}

/* ---- what is written ---- */

/* What is read of an empty text: "" or NULL. */
static bool
has_empty(const struct field *f)
{
	return field_base(f->type) == BASE_TEXT ||
	       field_base(f->type) == BASE_JSON;
}

static bool
is_never_empty(const struct field *f)
{
	return (f->flags & (REQUIRED | DEFAULTED)) != 0;
}

static void
check_empty(const struct describe *d, const struct field *f,
    const struct schema_column *c)
{
	struct problems *p = d->tx->problems;

	if (is_never_empty(f) && !c->is_required)
		problem_add(p, f->api, "nullable",
		    "It is never empty, and %s.%s may be NULL.", c->table,
		    c->name);
	if (!is_never_empty(f) && !has_empty(f) && c->is_required)
		problem_add(p, f->api, "not_null",
		    "It may be empty, and %s.%s must not be NULL.", c->table,
		    c->name);
	if ((f->flags & DEFAULTED) && !c->has_default)
		problem_add(p, f->api, "no_default", "%s.%s has no default.",
		    c->table, c->name);
}

static bool
is_choice(const struct field *f, const char *word, size_t n)
{
	for (const struct choice *c = f->choice; c->word; c++)
		if (strlen(c->word) == n && memcmp(c->word, word, n) == 0)
			return true;
	return false;
}

static void
check_word(const struct describe *d, const struct field *f, const char *words,
    const char *word)
{
	const char *listed = arena_printf(d->tx->arena, ",%s,", word);

	if (listed && !strstr(words, listed))
		problem_add(d->tx->problems, f->api, "unknown_word",
		    "The CHECK of its column refuses “%s”.", word);
}

static void
check_choice(const struct describe *d, const struct field *f,
    const struct schema_column *c)
{
	struct arena *a = d->tx->arena;
	const char *words = schema_words(a, d->schema, c->table, c->name);

	if (!words) {
		says(d, f->api, "no_check", "No CHECK holds it to its words.");
		return;
	}
	for (const struct choice *k = f->choice; k->word; k++)
		check_word(d, f, words, k->word);
	if ((f->flags & (NEW | EDIT)) && !is_never_empty(f))
		check_word(d, f, words, "");
	for (const char *w = words + 1; *w; w += strcspn(w, ",") + 1)
		if (*w != ',' && !is_choice(f, w, strcspn(w, ",")))
			problem_add(d->tx->problems, f->api, "missing_word",
			    "The CHECK of %s.%s knows “%.*s” as well.",
			    c->table, c->name, (int)strcspn(w, ","), w);
}

static void
check_written(const struct describe *d, const struct field *f,
    const struct schema_column *c)
{
	if (!c || !str_eq(c->table, d->noun->table)) {
		problem_add(d->tx->problems, f->api, "not_written",
		    "It is written, and no column of %s.", d->noun->table);
		return;
	}
	check_empty(d, f, c);
}

static bool
is_asked(const struct field *f)
{
	return (f->flags & NEW) && (f->flags & REQUIRED);
}

/* A new row has a value for each column that must have one. */
static bool
is_filled(const struct noun *n, const struct schema_column *c)
{
	static const char *const always[] = {
	    "tenant_id", "id", "created_at", "updated_at"};

	for (size_t i = 0; i < N_ELEMS(always); i++)
		if (str_eq(c->name, always[i]))
			return true;
	for (size_t i = 0; i < n->n_fields; i++)
		if ((n->defaults || is_asked(&n->field[i])) &&
		    str_eq(field_column(&n->field[i]), c->name))
			return true;
	return !c->is_required || c->has_default;
}

static void
check_table(const struct describe *d)
{
	static const char *const columns[] = {"tenant_id", "id", "version",
	    "created_at", "updated_at", "deleted_at"};
	const struct noun *n = d->noun;
	size_t count = N_ELEMS(columns) - ((n->ops & NOUN_REMOVE) == 0);

	for (size_t i = 0; i < count; i++)
		if (!schema_column(d->schema, n->table, columns[i]))
			problem_add(d->tx->problems, "", "missing",
			    "%s has no column %s.", n->table, columns[i]);
	if (!(n->ops & NOUN_ADD))
		return;
	for (const struct schema_column *c = d->schema->column; c; c = c->next)
		if (str_eq(c->table, n->table) && !is_filled(n, c))
			problem_add(d->tx->problems, "", "not_filled",
			    "Nothing gives a new row its %s.%s.", c->table,
			    c->name);
}

/* ---- all of it ---- */

static void
check_sort(const struct describe *d, const struct field *f)
{
	const struct schema_column *c;

	if (!f->sort || str_eq(f->sort, d->noun->id))
		return;
	c = check_column(d, f->api, f->sort, field_base(f->type));
	if (!c)
		says(d, f->api, "not_column", "It is sorted by no column.");
	else if (!c->is_required && !c->is_generated)
		problem_add(d->tx->problems, f->api, "nullable",
		    "It is sorted by %s.%s, which may be NULL.", c->table,
		    c->name);
}

static void
check_field(const struct describe *d, const struct field *f)
{
	size_t before = d->tx->problems->n;
	const struct schema_column *c =
	    check_column(d, f->api, f->sql, field_base(f->type));

	if ((f->flags & (NEW | EDIT)) && d->tx->problems->n == before)
		check_written(d, f, c);
	if (f->choice && c)
		check_choice(d, f, c);
	check_sort(d, f);
}

enum err
describe_check(struct tx *tx, const struct schema *s, const struct noun *n)
{
	const struct describe d = {tx, s, n};
	size_t before = tx->problems->n;

	check_column(&d, "", n->tenant, BASE_ID);
	check_column(&d, "", n->id, BASE_ID);
	check_column(&d, "", n->currency, BASE_TEXT);
	check_column(&d, "", n->made, BASE_TIME);
	for (size_t i = 0; i < n->n_fields; i++)
		check_field(&d, &n->field[i]);
	if (n->ops)
		check_table(&d);
	if (tx->problems->n == before)
		describe_indexes(&d);
	return tx->problems->n == before ? describe_try(&d) : OK;
}
