/* search.c - everything that an actor may read, by what is typed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All groups are asked before the first is read, so that on PostgreSQL the
 * questions travel together.
 */
#include "config.h"
#include "main/search.h"

#include <string.h>

#include "base/fold.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/tax_noun.h"
#include "catalog/products_noun.h"
#include "domains/domains_noun.h"
#include "face/part.h"
#include "hosting/hosting_nouns.h"
#include "knowledge/kb_nouns.h"
#include "orders/orders_nouns.h"
#include "resource/list.h"
#include "support/tickets_noun.h"

enum {
	RANKED = 24, /* newest matches among which the best are looked for */
	NOUNS_MAX = 16,
	EXACT_MAX = 4 /* columns of a noun, and its id */
};

const struct noun *const found_nouns[] = {
    &customers_noun,
    &orders_noun,
    &tickets_noun,
    &invoices_noun,
    &websites_noun,
    &domains_noun,
    &servers_noun,
    &subscriptions_noun,
    &payments_noun,
    &products_noun,
    &tax_rules_noun,
    &kb_articles_noun,
    &kb_public_noun,
    &kb_titles_noun,
    NULL,
};

/* One noun that is asked. */
struct asked {
	const struct noun *noun;
	struct list list;
	struct rows rows;
	struct rows exact[EXACT_MAX];
	size_t n_exact;
	int64_t total;
};

/* Is a the text b, or does it begin with it?  Folded, so that capitals and
 * accents make no difference. */
enum likeness { UNLIKE, BEGINS, SAME };

static enum likeness
likeness(struct arena *a, const char *text, const char *q)
{
	struct buf b, asked;
	enum likeness is = UNLIKE;

	if (!text)
		return UNLIKE;
	buf_init(&b, 0);
	buf_init(&asked, 0);
	fold_add(&b, text, FOLD_PLAIN);
	fold_add(&asked, q, FOLD_PLAIN);
	if (asked.len > 0 && str_starts(buf_str(&b), buf_str(&asked)))
		is = b.len == asked.len ? SAME : BEGINS;
	if (buf_starved(&b) || buf_starved(&asked))
		arena_fail(a);
	buf_fini(&b);
	buf_fini(&asked);
	return is;
}

/* ---- one row ---- */

static const char *
text_of(const struct noun *n, const struct rows *r, const char *api)
{
	int i = api ? noun_field(n, api) : -1;

	assert(!api || i >= 0);
	return i < 0 ? NULL : row_strdup(r, NOUN_FIELDS + i);
}

static bool
is_exact(
    const struct noun *n, const struct rows *r, const char *id, const char *q)
{
	const struct noun_exact *x = n->found->exact;

	if (str_eq_nocase(id, q))
		return true;
	for (; x && x->field; x++) {
		int i = noun_field(n, x->field);

		assert(i >= 0);
		if (likeness(r->tx->arena, row_text(r, NOUN_FIELDS + i), q) ==
		    SAME)
			return true;
	}
	return false;
}

static struct hit
hit_of(const struct noun *n, const struct rows *r, const char *q)
{
	const struct noun_found *f = n->found;
	struct arena *a = r->tx->arena;
	struct hit h = {
	    .type = n->name,
	    .id = row_strdup(r, NOUN_ID),
	    .title = text_of(n, r, f->title),
	    .text = text_of(n, r, f->text),
	    .status = text_of(n, r, f->status),
	};

	h.url = arena_printf(a, "%s/%s", n->page, h.id ? h.id : "");
	h.is_exact = h.id && is_exact(n, r, h.id, q);
	h.begins = likeness(a, h.title, q) != UNLIKE;
	if (!h.title || !h.title[0])
		h.title = say(n->one);
	return h;
}

/* ---- a group ---- */

static int
rank(const struct hit *h)
{
	return h->is_exact ? 2 : h->begins;
}

/* Behind those that are as good, which are newer. */
static void
insert(struct hits *g, size_t each, const struct hit *h)
{
	size_t at = g->n;

	while (at > 0 && rank(&g->hit[at - 1]) < rank(h))
		at--;
	if (at == each)
		return;
	if (g->n < each)
		g->n++;
	for (size_t i = g->n - 1; i > at; i--)
		g->hit[i] = g->hit[i - 1];
	g->hit[at] = *h;
}

static enum err
read_group(const struct search *s, struct asked *x, struct hits *g)
{
	int n = 0;

	*g = (struct hits){.noun = x->noun,
	    .title = say(x->noun->many),
	    .icon = x->noun->found->icon,
	    .total = x->total};
	while (rows_next(&x->rows)) {
		struct hit h = hit_of(x->noun, &x->rows, s->q);

		insert(g, s->each, &h);
		n++;
	}
	if (!s->counts)
		g->total = n;
	return rows_done(&x->rows);
}

/* ---- the very one ---- */

/* It may be older than the matches that are looked at, or so new that its words
 * are in no index yet; and an id is in no word. */
static enum err
ask_exact(const struct search *s, struct asked *x, const char *field,
    const char *value)
{
	struct list l;

	assert(x->n_exact < EXACT_MAX);
	if (!value)
		return E_BUSY;
	list_init(&l, x->noun);
	list_only(&l, field, value);
	l.by_own_words = true;
	l.limit = 1;
	return list_run(s->rq->tx, &l, &x->exact[x->n_exact++]);
}

static const char *
as_kept(struct arena *a, const struct noun_exact *x, const char *q)
{
	switch (x->kept) {
	case KEPT_UPPER:
		return str_upper(a, q);
	case KEPT_LOWER:
		return str_lower(a, q);
	case KEPT_AS_IS:
		break;
	}
	return q;
}

static enum err
ask_all_exact(const struct search *s, struct asked *x)
{
	const struct noun_exact *f = x->noun->found->exact;
	const char *id = str_lower(s->rq->arena, s->q);
	enum err e = id ? OK : E_BUSY;

	for (; e == OK && f && f->field; f++)
		e = ask_exact(s, x, f->field, as_kept(s->rq->arena, f, s->q));
	if (e == OK && id_valid(id))
		e = ask_exact(s, x, "id", id);
	return e;
}

static bool
has_hit(const struct hits *g, const char *id)
{
	for (size_t i = 0; i < g->n; i++)
		if (str_eq(g->hit[i].id, id))
			return true;
	return false;
}

static enum err
read_exact(const struct search *s, struct asked *x, struct hits *g)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < x->n_exact; i++) {
		struct rows *r = &x->exact[i];

		if (rows_next(r) && !has_hit(g, row_text(r, NOUN_ID))) {
			struct hit h = hit_of(x->noun, r, s->q);

			h.is_exact = true;
			insert(g, s->each, &h);
			g->total += g->total < RANKED; /* or it is counted */
		}
		e = rows_done(r);
	}
	return e;
}

/* ---- all of them ---- */

static void
ask_for(const struct search *s, const struct noun *n, struct asked *x)
{
	x->noun = n;
	x->n_exact = 0;
	list_init(&x->list, n);
	x->list.limit = RANKED;
	x->list.q = s->q;
	x->list.by_own_words = true;
}

static enum err
count(const struct search *s, struct asked *x, size_t n)
{
	struct list lists[LIST_COUNTS_MAX];
	int64_t total[LIST_COUNTS_MAX];
	enum err e = OK;

	for (size_t from = 0; e == OK && from < n; from += LIST_COUNTS_MAX) {
		size_t m =
		    n - from < LIST_COUNTS_MAX ? n - from : LIST_COUNTS_MAX;

		for (size_t i = 0; i < m; i++)
			lists[i] = x[from + i].list;
		e = list_counts(s->rq->tx, lists, m, total);
		for (size_t i = 0; e == OK && i < m; i++)
			x[from + i].total = total[i];
	}
	return e;
}

static enum err
finish_group(const struct search *s, struct asked *x, struct hits *g)
{
	enum err e = read_group(s, x, g);

	return e == OK ? read_exact(s, x, g) : e;
}

static enum err
find_rows(struct search *s)
{
	struct asked *x = arena_array(s->rq->arena, NOUNS_MAX, sizeof(*x));
	size_t n = 0;
	enum err e = x ? OK : E_BUSY;

	for (size_t i = 0; e == OK && found_nouns[i]; i++) {
		assert(i < NOUNS_MAX);
		/* one without a page is indexed, and found elsewhere */
		if (found_nouns[i]->page &&
		    request_may(s->rq, found_nouns[i]->may_read))
			ask_for(s, found_nouns[i], &x[n++]);
	}
	if (e == OK && s->counts)
		e = count(s, x, n);
	for (size_t i = 0; e == OK && i < n; i++)
		e = list_run(s->rq->tx, &x[i].list, &x[i].rows);
	for (size_t i = 0; e == OK && i < n; i++)
		e = ask_all_exact(s, &x[i]);
	for (size_t i = 0; e == OK && i < n; i++) {
		e = finish_group(s, &x[i], &s->group[s->n_groups]);
		s->n_groups += s->group[s->n_groups].n > 0;
	}
	return e;
}

enum err
search_all(struct search *s)
{
	s->n_groups = 0;
	s->group = arena_array(s->rq->arena, NOUNS_MAX + 1, sizeof(*s->group));
	if (!s->group)
		return E_BUSY;
	search_places(s, &s->group[0]);
	s->n_groups = s->group[0].n > 0;
	return s->q[0] ? find_rows(s) : OK;
}

const char *
search_q(struct request *rq)
{
	const char *q = query_text(rq, "q");

	q = q ? str_trim(rq->arena, q) : "";
	if (q && utf8_len(q) <= FOUND_Q_MAX)
		return q;
	problem_add(&rq->problems, "q", "too_long",
	    "A search has at most %d characters.", FOUND_Q_MAX);
	return NULL;
}
