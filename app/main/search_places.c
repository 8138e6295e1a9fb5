/* search_places.c - pages and verbs, by what is typed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/search.h"

#include <string.h>

#include "base/fold.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/noun_routes.h"
#include "face/part.h"
#include "main/menu.h"

/* Views that people ask for by name and no line of the menu leads to. */
static const struct {
	const char *label, *href;
	enum perm perm[4]; /* all of them; ended by PERM__UNSET */
} views[] = {
    {"New order", "/orders/new",
	{PERM_ORDERS_WRITE, PERM_CUSTOMERS_READ, PERM_PRODUCTS_READ}},
    {"Orders in review", "/orders?status=review", {PERM_ORDERS_READ}},
    {"Refused intakes", "/orders/refusals", {PERM_ORDERS_READ}},
    {"Unassigned tickets", "/support?view=unassigned", {PERM_TICKETS_READ}},
    {"Open invoices", "/invoices?status=open", {PERM_INVOICES_READ}},
    {"Suspended customers", "/admin/customers?status=suspended",
	{PERM_CUSTOMERS_READ}},
    {"Suspended websites", "/websites?status=suspended", {PERM_WEBSITES_READ}},
    {"Failed tasks", "/provisioning/tasks?status=failed", {PERM_TASKS_READ}},
    {"Prices", "/products/prices", {PERM_PRODUCTS_READ}},
    {"Your account", "/account", {PERM_DASHBOARD_READ}},
};

struct places {
	const struct search *s;
	struct hits *h;
	const char *q; /* folded */
};

static const char *
folded(struct arena *a, const char *text)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	fold_add(&b, text, FOLD_PLAIN);
	s = buf_move(a, &b);
	return s ? s : "";
}

/* Does a word of the text begin with w[0..n)? */
static bool
has_word(const char *text, const char *w, size_t n)
{
	while (*text) {
		if (strncmp(text, w, n) == 0)
			return true;
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return false;
}

static bool
matches(const char *label, const char *q)
{
	while (*q) {
		size_t n = strcspn(q, " ");

		if (!has_word(label, q, n))
			return false;
		q += n + strspn(q + n, " ");
	}
	return true;
}

static void
offer(struct places *p, const char *type, const char *label, const char *text,
    const char *href)
{
	struct hits *h = p->h;
	const char *words;

	label = say(label);
	words = folded(p->s->rq->arena, label);

	if (!matches(words, p->q))
		return;
	h->total++;
	if (h->n == p->s->each)
		return;
	h->hit[h->n++] = (struct hit){.type = type,
	    .title = label,
	    .text = text ? say(text) : NULL,
	    .url = href,
	    .is_exact = str_eq(words, p->q),
	    .begins = str_starts(words, p->q)};
}

static void
offer_page(const struct menu_line *l, void *arg)
{
	offer(arg, "page", l->label, l->group, l->href);
}

static void
offer_verbs(struct places *p)
{
	struct request *rq = p->s->rq;

	for (size_t i = 0; nouns[i]; i++) {
		const struct noun *n = nouns[i];

		if (!(n->ops & NOUN_ADD) || !n->page ||
		    !request_may(rq, n->may_write))
			continue;
		offer(p, "verb", say_with(rq->arena, "New %s", say(n->one)),
		    n->many, arena_printf(rq->arena, "%s/new", n->page));
	}
}

static bool
may_all(const struct request *rq, const enum perm *perm)
{
	while (*perm != PERM__UNSET && request_may(rq, *perm))
		perm++;
	return *perm == PERM__UNSET;
}

void
search_places(const struct search *s, struct hits *h)
{
	struct places p = {s, h, folded(s->rq->arena, s->q)};

	*h = (struct hits){.title = say("Go to"), .icon = "right"};
	if (s->q[0] && !p.q[0])
		return; /* nothing but signs */
	menu_each(s->rq, offer_page, &p);
	for (size_t i = 0; i < N_ELEMS(views); i++)
		if (may_all(s->rq, views[i].perm))
			offer(&p, "page", views[i].label, NULL, views[i].href);
	offer_verbs(&p);
}

void
search_texts(void (*fn)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; i < N_ELEMS(views); i++)
		fn(arg, views[i].label);
}
