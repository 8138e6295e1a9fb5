/* describe_index.c - an index behind each filter, each sort and each key.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * By the catalogue, because PostgreSQL's plans are those of the rows that it
 * has; what SQLite plans is t/orders/plans.c's matter.
 */
#include "config.h"
#include "resource/describe_parts.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* ---- conditions: "t.status = 'x' AND t.deleted_at IS NULL" ---- */

enum { TERMS_MAX = 8 };

struct terms {
	const char *term[TERMS_MAX];
	size_t n;
};

/* One way to write it: no brackets, aliases and casts, single spaces. */
static char *
plain(struct arena *a, const char *s)
{
	struct buf b;
	size_t n;

	buf_init(&b, 0);
	while (*s) {
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
		if (n > 0 && s[n] == '.')
			s += n + 1;
		else if (str_starts(s, "::text"))
			s += strlen("::text");
		else if (*s == '(' || *s == ')')
			s++;
		else if ((n = strspn(s, " \t\n")) > 0) {
			buf_putc(&b, ' ');
			s += n;
		} else
			buf_putc(&b, *s++);
	}
	return str_trim(a, buf_move(a, &b));
}

static void
add_terms(struct arena *a, const char *condition, struct terms *out)
{
	char *s = condition ? plain(a, condition) : NULL, *end;

	while (s && out->n < TERMS_MAX) {
		out->term[out->n++] = s;
		end = strstr(s, " AND ");
		if (end)
			*end = '\0';
		s = end ? end + strlen(" AND ") : NULL;
	}
}

static bool
has_term(const struct terms *t, const char *term)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->term[i], term))
			return true;
	return false;
}

static bool
is_within(const struct terms *some, const struct terms *all)
{
	for (size_t i = 0; i < some->n; i++)
		if (!has_term(all, some->term[i]))
			return false;
	return true;
}

/* Every row of the noun has the same value there: "kind = 'mail'". */
static bool
is_fixed(const struct terms *t, const char *column, size_t n)
{
	for (size_t i = 0; i < t->n; i++)
		if (strncmp(t->term[i], column, n) == 0 &&
		    str_starts(t->term[i] + n, " = "))
			return true;
	return false;
}

/* ---- filters and sorts ---- */

/* Of a tenant's rows it finds those of one value, and has their order. */
static bool
begins_with(
    const struct schema_index *i, const struct terms *alive, const char *column)
{
	const char *c = i->columns;
	size_t n = strcspn(c, ",");

	if (!str_starts(c, "tenant_id,"))
		return false;
	do {
		c += n + 1;
		n = strcspn(c, ",");
	} while (c[n] == ',' && is_fixed(alive, c, n));
	return strlen(column) == n && strncmp(c, column, n) == 0;
}

static bool
has_index(const struct describe *d, const char *sql)
{
	struct arena *a = d->tx->arena;
	struct place at, own;
	struct terms alive = {.n = 0};

	if (!describe_place(d, sql, &at))
		return false;
	if (describe_place(d, d->noun->id, &own) && str_eq(own.table, at.table))
		add_terms(a, d->noun->alive, &alive);
	for (const struct schema_index *i = d->schema->index; i; i = i->next) {
		struct terms when = {.n = 0};

		add_terms(a, i->when, &when);
		if (str_eq(i->table, at.table) && is_within(&when, &alive) &&
		    begins_with(i, &alive, at.column))
			return true;
	}
	return false;
}

static void
check_use(const struct describe *d, const char *api, const char *sql,
    bool is_excused, const char *use)
{
	if (has_index(d, sql) == !is_excused)
		return;
	problem_add(d->tx->problems, api, is_excused ? "needless" : "no_index",
	    is_excused ? "It is said to need no index as a %s, and has one."
		       : "No index serves the %s.",
	    use);
}

static void
check_uses(const struct describe *d, const struct field *f)
{
	if (f->flags & FILTER)
		check_use(d, f->api, field_filter(f), (f->flags & COARSE) != 0,
		    "filter");
	if (f->sort && !str_eq(f->sort, d->noun->id))
		check_use(
		    d, f->api, f->sort, (f->flags & IN_MEMORY) != 0, "sort");
}

/* The column that a key's field is looked for in. */
static const char *
key_column(const struct describe *d, const char *api)
{
	const struct field *f = &d->noun->field[noun_field(d->noun, api)];
	const char *dot = f->flags & FOLDED ? strchr(f->sort, '.') : NULL;

	return dot ? dot + 1 : field_column(f);
}

/* "a" is one of "tenant_id,a,b". */
static bool
has_column(const char *columns, const char *name)
{
	size_t n = strlen(name);

	for (const char *c = columns; c; c = strchr(c, ',')) {
		c += *c == ',';
		if (strncmp(c, name, n) == 0 && (c[n] == ',' || c[n] == '\0'))
			return true;
	}
	return false;
}

/* The tenant and the key's fields, in whatever order. */
static bool
is_of_key(
    const struct describe *d, const struct noun_key *k, const char *columns)
{
	size_t n = 0;

	for (const char *c = columns; (c = strchr(c, ',')); c++)
		n++;
	for (size_t i = 0; i < k->n_fields; i++)
		if (!has_column(columns, key_column(d, k->fields[i])))
			return false;
	return n == k->n_fields && has_column(columns, "tenant_id");
}

static bool
is_same_set(const struct describe *d, const struct noun_key *k,
    const struct schema_index *i)
{
	struct arena *a = d->tx->arena;
	struct terms said = {.n = 0}, is = {.n = 0};

	add_terms(a, d->noun->alive, &said);
	if (k->when)
		add_terms(a,
		    arena_printf(a, "%s = '%s'",
			d->noun->field[noun_field(d->noun, k->when)].sql,
			k->word),
		    &said);
	add_terms(a, i->when, &is);
	return is_within(&said, &is) && is_within(&is, &said);
}

static void
check_key(const struct describe *d, const struct noun_key *k)
{
	const struct schema_index *i =
	    schema_index(d->schema, d->noun->table, k->index);
	const char *wrong = NULL;

	if (!i)
		wrong = "is not there";
	else if (!i->is_unique)
		wrong = "is not unique";
	else if (!is_of_key(d, k, i->columns))
		wrong = "is of other columns";
	else if (!is_same_set(d, k, i))
		wrong = "is of other rows";
	if (wrong)
		problem_add(d->tx->problems, k->fields[0], "wrong_key",
		    "Its index %s %s.", k->index, wrong);
}

void
describe_indexes(const struct describe *d)
{
	const struct noun *n = d->noun;

	for (const struct noun_key *k = n->key; k && k->index; k++)
		check_key(d, k);
	if (n->few)
		return;
	check_use(d, "", n->id, false, "id");
	for (size_t i = 0; i < n->n_fields; i++)
		check_uses(d, &n->field[i]);
}
