/* count.c - how many rows a list has, as far as it is worth counting.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Counting walks up to ten thousand index entries, many times the work of the
 * page itself.  So a process remembers what it has counted: as long as the
 * database has not changed at all, where the engine can tell; and, for a
 * moment, which lists are longer than the bound.  What is remembered stands in
 * the statement instead of the count.
 */
#include "config.h"

#include "resource/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "resource/search.h"
#include "resource/select.h"

enum {
	MEMORIES = 64,
	KEY_MAX = 256,
	STILL_LONG = LIST_COUNT_MAX + 2, /* what no count finds */
	UNKNOWN = -1
};

static struct memory {
	char key[KEY_MAX];
	int64_t n;
	int64_t long_until_us; /* 0: it was not longer than the bound */
	uint64_t version;      /* that n is of ... */
	bool has_version;      /* ... if the engine can tell */
} memories[MEMORIES];

/* What a count depends on: the noun's address, and texts behind it.  Not kept
 * when it is too long. */
struct key {
	char text[KEY_MAX];
	size_t len;
};

static void
key_add(struct key *k, const char *s)
{
	size_t n = strlen(s) + 1;

	if (n <= KEY_MAX - k->len)
		memcpy(k->text + k->len, s, n);
	k->len += n <= KEY_MAX - k->len ? n : KEY_MAX - k->len;
}

static struct key
key_of(const struct tx *tx, const struct list *l)
{
	struct key k = {.len = sizeof(l->noun)};
	char span[48];

	memcpy(k.text, &l->noun, sizeof(l->noun));
	key_add(&k, tx->tenant.s);
	key_add(&k, l->q ? l->q : "");
	key_add(&k, l->by_own_words ? "own" : "");
	key_add(&k, select_is_narrow(l->noun, tx) ? "open" : "");
	if (l->from > 0 || l->to > 0) {
		snprintf(
		    span, sizeof(span), "%" PRId64 " %" PRId64, l->from, l->to);
		key_add(&k, span);
	}
	if (l->below.field) {
		key_add(&k, "<");
		key_add(&k, l->below.field->sql);
		key_add(&k, l->below.value);
	}
	if (l->also) {
		key_add(&k, "also");
		key_add(&k, l->also);
	}
	for (size_t i = 0; i < l->n_filters; i++) {
		key_add(&k, l->filter[i].field->sql);
		key_add(&k, l->filter[i].value);
	}
	return k;
}

/* Where it is or would be remembered; NULL when the key is too long. */
static struct memory *
place_of(const struct key *k)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < k->len; i++)
		hash = hash * 31 + (unsigned char)k->text[i];
	return k->len < KEY_MAX ? &memories[hash % MEMORIES] : NULL;
}

/* The count, STILL_LONG, or UNKNOWN: it has to be counted. */
static int64_t
recall(const struct tx *tx, const struct list *l)
{
	struct key k = key_of(tx, l);
	const struct memory *m = place_of(&k);
	uint64_t version;

	if (!m || memcmp(m->key, k.text, KEY_MAX) != 0)
		return UNKNOWN;
	if (m->has_version && tx_data_version(tx, &version) &&
	    version == m->version)
		return m->n;
	return m->long_until_us > clock_mono_us() ? STILL_LONG : UNKNOWN;
}

static void
remember(const struct tx *tx, const struct list *l, int64_t n)
{
	struct key k = key_of(tx, l);
	struct memory *m = place_of(&k);

	if (!m)
		return;
	memcpy(m->key, k.text, KEY_MAX);
	m->n = n;
	m->has_version = tx_data_version(tx, &m->version);
	m->long_until_us = 0;
	if (n > LIST_COUNT_MAX)
		m->long_until_us =
		    clock_mono_us() + LIST_LONG_S * INT64_C(1000000);
}

static bool
has_entries(const struct list *l)
{
	return l->q && l->noun->found && l->noun->found->kind;
}

static bool
needs_joins(const struct list *l)
{
	for (size_t i = 0; i < l->noun->n_fields; i++)
		if (l->q && !has_entries(l) &&
		    (l->noun->field[i].flags & SEARCH) &&
		    (l->noun->field[i].flags & JOINED))
			return true;
	for (size_t i = 0; i < l->n_filters; i++)
		if (l->filter[i].field->flags & JOINED)
			return true;
	return list_hides(l) ||
	       (l->below.field && (l->below.field->flags & JOINED));
}

/* Is there no condition but the words? */
static bool
is_by_words(const struct list *l)
{
	return has_entries(l) && !list_narrows(l) && !list_hides(l);
}

/* Of what is searched alone, the index says how many there are. */
static void
add_counted(struct sql *s, const struct list *l, struct tx *tx)
{
	const struct noun *n = l->noun;

	if (is_by_words(l)) {
		sql_lit(s, "(");
		search_select(s, tx, n->found, l->q, SEARCH_AT_MOST + 1,
		    !l->by_own_words);
		sql_lit(s, ") AS found");
		return;
	}
	sql_const(s, n->base && !needs_joins(l) ? n->base : n->from);
	select_where(s, l, tx);
}

static void
add_count(struct sql *s, const struct list *l, struct tx *tx)
{
	sql_lit(s, "(SELECT COUNT(*) FROM (SELECT 1 FROM ");
	add_counted(s, l, tx);
	select_limit(s, LIST_COUNT_MAX + 1, tx);
	sql_lit(s, ") AS matches)");
}

void
select_count(struct sql *s, const struct list *l, struct tx *tx)
{
	int64_t known = recall(tx, l);

	if (known == UNKNOWN) {
		add_count(s, l, tx);
		return;
	}
	sql_lit(s, "CAST(");
	sql_val(s, DB_INT(known));
	sql_lit(s, " AS bigint)");
}

/* From what select_count() has found. */
static int64_t
total_of(const struct tx *tx, const struct list *l, int64_t found)
{
	if (found == STILL_LONG)
		return LIST_COUNT_MAX + 1;
	remember(tx, l, found);
	return found;
}

int64_t
list_total(const struct rows *r, const struct list *l)
{
	return total_of(r->tx, l, row_int(r, NOUN_TOTAL));
}

static enum err
ask_counts(struct tx *tx, const struct list *const *l, size_t n, int64_t *n_out)
{
	struct sql s;
	struct rows r;
	enum err e;

	sql_init(&s);
	sql_lit(&s, "SELECT ");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sql_lit(&s, ", ");
		add_count(&s, l[i], tx);
	}
	if ((e = sql_query(tx, &r, &s)) != OK)
		return e;
	if (rows_next(&r))
		for (size_t i = 0; i < n; i++)
			n_out[i] = row_int(&r, (int)i);
	return rows_done(&r);
}

enum err
list_counts(struct tx *tx, const struct list *l, size_t n, int64_t *n_out)
{
	const struct list *unknown[LIST_COUNTS_MAX];
	int64_t found[LIST_COUNTS_MAX] = {0};
	size_t asked = 0;
	enum err e = OK;

	assert(n > 0 && n <= LIST_COUNTS_MAX);
	for (size_t i = 0; i < n; i++) {
		n_out[i] = recall(tx, &l[i]);
		if (n_out[i] == UNKNOWN)
			unknown[asked++] = &l[i];
	}
	if (asked > 0)
		e = ask_counts(tx, unknown, asked, found);
	asked = 0;
	for (size_t i = 0; e == OK && i < n; i++)
		n_out[i] = total_of(
		    tx, &l[i], n_out[i] == UNKNOWN ? found[asked++] : n_out[i]);
	return e;
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
