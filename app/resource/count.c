/* count.c - how many rows a list has, as far as it is worth counting.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Counting to the bound walks ten thousand index entries, many times the work
 * of the page itself.  So a process remembers for a moment which lists it has
 * found to be longer: those are counted with LIMIT 0.
 */
#include "config.h"

#include "resource/list.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "resource/select.h"

enum {
	LONG_LISTS = 64,
	KEY_MAX = 256,
	KNOWN_LONG = LIST_COUNT_MAX + 2 /* what no count finds */
};

static struct long_list {
	char key[KEY_MAX];
	int64_t until_us;
} long_lists[LONG_LISTS];

/* What the count depends on; false when that is too much to remember. */
static bool
key_of(const struct tx *tx, const struct list *l, char key[static KEY_MAX])
{
	int at = snprintf(key, KEY_MAX, "%s\x1f%s\x1f%s", tx->tenant.s,
	    l->noun->from, l->q ? l->q : "");

	for (size_t i = 0; i < l->n_filters && at < KEY_MAX; i++)
		at += snprintf(key + at, (size_t)(KEY_MAX - at), "\x1f%s\x1f%s",
		    l->filter[i].field->sql, l->filter[i].value);
	return at < KEY_MAX;
}

static struct long_list *
place_of(const char *key)
{
	uint32_t hash = 0;

	for (; *key; key++)
		hash = hash * 31 + (unsigned char)*key;
	return &long_lists[hash % LONG_LISTS];
}

static bool
is_long(const struct tx *tx, const struct list *l)
{
	char key[KEY_MAX];
	const struct long_list *place;

	if (!key_of(tx, l, key))
		return false;
	place = place_of(key);
	return place->until_us > clock_mono_us() && str_eq(place->key, key);
}

static void
remember_long(const struct tx *tx, const struct list *l)
{
	char key[KEY_MAX];
	struct long_list *place;

	if (!key_of(tx, l, key))
		return;
	place = place_of(key);
	memcpy(place->key, key, KEY_MAX);
	place->until_us = clock_mono_us() + LIST_LONG_S * INT64_C(1000000);
}

static bool
needs_joins(const struct list *l)
{
	for (size_t i = 0; i < l->noun->n_fields; i++)
		if (l->q && (l->noun->field[i].flags & SEARCH) &&
		    (l->noun->field[i].flags & JOINED))
			return true;
	for (size_t i = 0; i < l->n_filters; i++)
		if (l->filter[i].field->flags & JOINED)
			return true;
	return false;
}

void
select_count(struct sql *s, const struct list *l, struct tx *tx)
{
	const struct noun *n = l->noun;
	bool known = is_long(tx, l);

	sql_lit(s, "(SELECT COUNT(*) + ");
	sql_val(s, DB_INT(known ? KNOWN_LONG : 0));
	sql_lit(s, " FROM (SELECT 1 FROM ");
	sql_const(s, n->base && !needs_joins(l) ? n->base : n->from);
	select_where(s, l, tx);
	sql_lit(s, " LIMIT ");
	sql_val(s, DB_INT(known ? 0 : LIST_COUNT_MAX + 1));
	sql_lit(s, ") AS matches)");
}

/* From what select_count() has found. */
static int64_t
total_of(const struct tx *tx, const struct list *l, int64_t found)
{
	if (found == LIST_COUNT_MAX + 1)
		remember_long(tx, l);
	return found < LIST_COUNT_MAX + 1 ? found : LIST_COUNT_MAX + 1;
}

int64_t
list_total(const struct rows *r, const struct list *l)
{
	return total_of(r->tx, l, row_int(r, NOUN_TOTAL));
}

enum err
list_counts(struct tx *tx, const struct list *l, size_t n, int64_t *n_out)
{
	struct sql s;
	struct rows r;
	enum err e;

	assert(n > 0 && n <= LIST_COUNTS_MAX);
	sql_init(&s);
	sql_lit(&s, "SELECT ");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sql_lit(&s, ", ");
		select_count(&s, &l[i], tx);
	}
	if ((e = sql_query(tx, &r, &s)) != OK)
		return e;
	if (rows_next(&r))
		for (size_t i = 0; i < n; i++)
			n_out[i] = total_of(tx, &l[i], row_int(&r, (int)i));
	return rows_done(&r);
}

enum err
list_count(struct tx *tx, const struct list *l, int64_t *n_out)
{
	int64_t n = 0;
	enum err e = list_counts(tx, l, 1, &n);

	if (e == OK)
		*n_out = n;
	return e;
}
