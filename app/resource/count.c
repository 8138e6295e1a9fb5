/* count.c - how many rows a list has, as far as it is worth counting.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Counting walks up to ten thousand index entries, many times the work of the
 * page itself.  So what was counted is known (resource/known.h), and, for a
 * moment, which lists are longer than the bound; it stands in the statement
 * instead of the count.
 */
#include "config.h"

#include "resource/list.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "resource/known.h"
#include "resource/search.h"
#include "resource/select.h"

enum {
	STILL_LONG = LIST_COUNT_MAX + 2, /* what no count finds */
	UNKNOWN = -1
};

/* What a count depends on: the noun's address, and texts behind it. */
static struct known_key
key_of(const struct tx *tx, const struct list *l)
{
	struct known_key k = {.len = 0};
	char span[48];

	known_add_bytes(&k, &l->noun, sizeof(l->noun));
	known_add(&k, tx->tenant.s);
	known_add(&k, l->q ? l->q : "");
	known_add(&k, l->by_own_words ? "own" : "");
	known_add(&k, select_is_narrow(l->noun, tx) ? "open" : "");
	if (l->from > 0 || l->to > 0) {
		snprintf(
		    span, sizeof(span), "%" PRId64 " %" PRId64, l->from, l->to);
		known_add(&k, span);
	}
	if (l->below.field) {
		known_add(&k, "<");
		known_add(&k, l->below.field->sql);
		known_add(&k, l->below.value);
	}
	if (l->also) {
		known_add(&k, "also");
		known_add(&k, l->also);
	}
	for (size_t i = 0; i < l->n_filters; i++) {
		known_add(&k, l->filter[i].field->sql);
		known_add(&k, l->filter[i].value);
	}
	return k;
}

/* The count, STILL_LONG, or UNKNOWN: it has to be counted. */
static int64_t
recall(const struct tx *tx, const struct list *l)
{
	struct known_key k = key_of(tx, l);
	int64_t n = 0;

	switch (known_recall(tx, &k, &n)) {
	case KNOWN_NOW:
		return n;
	case KNOWN_HELD:
		return STILL_LONG;
	case KNOWN_NOT:
		break;
	}
	return UNKNOWN;
}

static void
remember(const struct tx *tx, const struct list *l, int64_t n)
{
	struct known_key k = key_of(tx, l);

	known_keep(tx, &k, n, n > LIST_COUNT_MAX ? LIST_LONG_S : 0);
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
