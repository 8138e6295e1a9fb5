/* describe_try.c - the engine plans what is made of a description.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/describe_parts.h"

#include "base/text.h"
#include "resource/list.h"
#include "resource/select.h"
#include "resource/write_sql.h"

static const char *const sample[] = {
    [BASE_TEXT] = "x",
    [BASE_ID] = "00000000-0000-7000-8000-000000000000",
    [BASE_INT] = "1",
    [BASE_BOOL] = "true",
    [BASE_MONEY] = "1",
    [BASE_PERCENT] = "1",
    [BASE_TIME] = "1",
    [BASE_DATE] = "2026-11-20",
    [BASE_JSON] = "[]",
};

static enum err
try(const struct describe *d, const struct sql *s, const char *what)
{
	enum err e = sql_explain(d->tx, s);

	if (e != E_DB || db_is_lost(d->tx->db))
		return e;
	problem_add(d->tx->problems, "", "refused",
	    "The database refuses the statement that %s.", what);
	return E_DB;
}

/* ---- reading ---- */

static enum err
try_one(const struct describe *d)
{
	const struct id id = id_of(sample[BASE_ID]);
	struct sql s;

	select_one(&s, d->noun, &id, d->tx);
	return try(d, &s, "reads one row");
}

/* With the filters that have room, from *next on. */
static enum err
try_list(const struct describe *d, size_t *next)
{
	const struct noun *n = d->noun;
	struct list l;
	struct sql s;

	list_init(&l, n);
	l.counts = true;
	l.q = "x";
	l.from = l.to = n->made ? d->tx->now : 0;
	for (; *next < n->n_fields && l.n_filters < LIST_FILTERS_MAX; ++*next) {
		const struct field *f = &n->field[*next];

		if (f->flags & FILTER)
			list_only(&l, f->api, sample[field_base(f->type)]);
	}
	list_select(&s, &l, d->tx);
	return try(d, &s, "reads a list");
}

static enum err
try_lists(const struct describe *d)
{
	size_t next = 0;
	enum err e = try_list(d, &next);

	while (e == OK && next < d->noun->n_fields)
		e = try_list(d, &next);
	return e;
}

/* ---- writing ---- */

static struct db_val
value_of(const struct field *f)
{
	if (field_is_number(f->type) || f->type == FIELD_BOOL)
		return DB_INT(1);
	return DB_TEXT(sample[field_base(f->type)]);
}

static enum err
try_values(const struct describe *d, enum noun_op op)
{
	const struct id id = id_of(sample[BASE_ID]);
	const struct noun *n = d->noun;
	struct values v = {.noun = n, .tx = d->tx, .op = op};
	struct sql s;

	if (!(n->ops & op))
		return OK;
	for (size_t i = 0; i < n->n_fields; i++)
		if (values_may(&v, &n->field[i]))
			values_set(&v, n->field[i].api, value_of(&n->field[i]));
	if (op == NOUN_ADD)
		write_insert(&s, &v, &id);
	else
		write_update(&s, &v, &id);
	return try(d, &s, op == NOUN_ADD ? "makes a row" : "changes a row");
}

static enum err
try_remove(const struct describe *d)
{
	const struct id id = id_of(sample[BASE_ID]);
	struct sql s;

	if (!(d->noun->ops & NOUN_REMOVE))
		return OK;
	write_remove(&s, d->tx, d->noun, &id);
	return try(d, &s, "removes a row");
}

static enum err
try_key(const struct describe *d, const struct noun_key *k)
{
	struct db_val val[KEY_FIELDS_MAX];
	struct sql s;

	assert(k->n_fields <= KEY_FIELDS_MAX);
	for (size_t i = 0; i < k->n_fields; i++)
		val[i] = value_of(
		    &d->noun->field[noun_field(d->noun, k->fields[i])]);
	write_same(&s, d->tx, d->noun, k, val);
	return try(d, &s, "looks for equal rows");
}

enum err
describe_try(const struct describe *d)
{
	enum err e = try_one(d);

	if (e == OK)
		e = try_lists(d);
	if (e == OK)
		e = try_values(d, NOUN_ADD);
	if (e == OK)
		e = try_values(d, NOUN_CHANGE);
	if (e == OK)
		e = try_remove(d);
	for (const struct noun_key *k = d->noun->key; e == OK && k && k->index;
	     k++)
		e = try_key(d, k);
	return e;
}
