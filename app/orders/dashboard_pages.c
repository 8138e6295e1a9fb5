/* dashboard_pages.c - what needs a person, then how the company does.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoices_pages.h"
#include "face/chart.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/money.h"
#include "orders/new_order_pages.h"
#include "orders/orders_pages.h"
#include "orders/summary.h"
#include "provisioning/agent_state.h"

#define DAY_S  86400
#define RECENT 6

/* ---- money ---- */

static void
put_figures(struct request *rq, const struct summary *s, struct view *root)
{
	struct view *list = view_list(view_object(root, "figures"), "items");
	struct arena *a = rq->arena;

	figure_add(list, "Revenue, 30 days",
	    show_money(a, s->revenue_30d_minor, s->currency),
	    say_printf(a, "%s in all",
		show_money(a, s->revenue_all_minor, s->currency)),
	    "");
	figure_add(list, "MRR", show_money(a, s->mrr_minor, s->currency),
	    say_printf(a, "ARR %s", show_money(a, s->arr_minor, s->currency)),
	    "");
	figure_add(
	    list, "Active customers", show_count(a, s->customers), NULL, NULL);
	figure_add(list, "Active subscriptions",
	    show_count(a, s->subscriptions), NULL, NULL);
	figure_add(list, "Pending invoices", show_count(a, s->open_invoices),
	    s->open_invoices > 0
		? say_printf(a, "%s outstanding",
		      show_money(a, s->open_minor, s->currency))
		: NULL,
	    s->open_invoices > 0 ? "warn" : NULL);
}

static enum err
put_ledger(struct request *rq, struct view *root)
{
	bool agrees;
	enum err e;

	if (!request_may(rq, PERM_PAYMENTS_READ))
		return OK;
	if ((e = summary_ledger_agrees(rq->tx, &agrees)) == OK)
		view_text(root, "ledger",
		    say_with(rq->arena,
			agrees ? "Ledger balances · checked %s"
			       : "Ledger and invoices disagree · checked %s",
			show_clock(rq->arena, rq->now)));
	return e;
}

struct month {
	int64_t day[SUMMARY_DAYS];
	int64_t most, sum;
	int best; /* of the days */
};

static void
look_at(struct month *m)
{
	for (int i = 0; i < SUMMARY_DAYS; i++) {
		m->sum += m->day[i];
		if (m->day[i] > m->most) {
			m->most = m->day[i];
			m->best = i;
		}
	}
}

static int64_t
day_time(const struct request *rq, int i)
{
	return rq->now - (SUMMARY_DAYS - 1 - i) * (int64_t)DAY_S;
}

static void
put_bars(struct request *rq, const struct summary *s, const struct month *m,
    struct chart *c)
{
	int64_t top = chart_top(m->most);
	int bar[SUMMARY_DAYS];

	for (int i = 0; i < SUMMARY_DAYS; i++)
		bar[i] = per_mille(m->day[i], top);
	chart_key(c, "p", "Received");
	chart_key(c, "", "Today so far");
	chart_bars(c, bar, SUMMARY_DAYS);
	chart_y(c, show_money(rq->arena, top, s->currency));
	chart_y(c, show_money(rq->arena, top / 2, s->currency));
	chart_y(c, show_money(rq->arena, 0, s->currency));
	for (int i = 0; i <= 4; i++)
		chart_x(
		    c, show_date(rq->arena,
			   day_time(rq, i * (SUMMARY_DAYS - 1) / 4), rq->now));
}

static void
put_days(struct request *rq, const struct summary *s, const struct month *m,
    struct chart *c)
{
	struct chart_table table;

	chart_table(c, "Revenue by day", &table);
	chart_head(&table, "Received");
	for (int i = SUMMARY_DAYS - 1; i >= 0; i--)
		chart_cell(chart_row(&table,
			       show_date(rq->arena, day_time(rq, i), rq->now)),
		    show_money(rq->arena, m->day[i], s->currency));
}

static enum err
put_chart(struct request *rq, const struct summary *s, struct view *root)
{
	struct month m = {.most = 0};
	struct arena *a = rq->arena;
	struct chart c;
	enum err e = summary_days(rq->tx, m.day);

	if (e != OK)
		return e;
	look_at(&m);
	if (m.most == 0)
		return OK;
	chart_start(&c, view_object(root, "chart"), "Revenue by day",
	    say_printf(a, "Best day %s, %s",
		show_date(a, day_time(rq, m.best), rq->now),
		show_money(a, m.most, s->currency)));
	chart_label(&c,
	    say_printf(a,
		"Bar chart of revenue received per day, %s to %s, %s in all",
		show_long_date(a, day_time(rq, 0)), show_long_date(a, rq->now),
		show_money(a, m.sum, s->currency)));
	put_bars(rq, s, &m, &c);
	put_days(rq, s, &m, &c);
	return OK;
}

/* ---- the two short lists ---- */

static enum err
put_invoices(struct request *rq, struct view *root)
{
	struct view *list = view_list(root, "invoices");
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_INVOICES_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT c.name, i.id, i.number, i.status, i.total_minor, "
	    "i.currency, i.due_date "
	    "FROM invoices i JOIN customers c ON c.tenant_id = i.tenant_id "
	    "AND c.id = i.customer_id "
	    "WHERE i.tenant_id = $1 AND i.status <> 'draft' "
	    "ORDER BY i.id DESC LIMIT $2",
	    DB_ID(&rq->tx->tenant), DB_INT((int64_t)RECENT));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(list);

		view_text(v, "customer", row_text(&r, 0));
		view_textf(v, "href", INVOICES "/%s", row_text(&r, 1));
		view_text(v, "number", row_text(&r, 2));
		put_badge(v,
		    invoice_state(row_text(&r, 3), row_text(&r, 6), rq->now));
		put_money(v, "total", row_int(&r, 4), row_text(&r, 5));
	}
	return rows_done(&r);
}

static enum err
put_subscriptions(struct request *rq, struct view *root)
{
	struct view *list = view_list(root, "subscriptions");
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_SUBSCRIPTIONS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT s.domain, p.name, s.customer_id, s.next_billing_date, "
	    "s.price_minor * s.quantity, s.currency, s.period "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND s.status NOT IN ('cancelled', 'expired') "
	    "ORDER BY s.id DESC LIMIT $2",
	    DB_ID(&rq->tx->tenant), DB_INT((int64_t)RECENT));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(list);

		view_text(v, "service",
		    row_is_null(&r, 0) ? row_text(&r, 1) : row_text(&r, 0));
		view_textf(v, "href", "/admin/customers/%s", row_text(&r, 2));
		view_text(v, "plan", row_text(&r, 1));
		put_date(v, "next", row_text(&r, 3), rq->now);
		put_money(v, "price", row_int(&r, 4), row_text(&r, 5));
		view_text(
		    v, "per", period_info(period_of(row_text(&r, 6)))->per);
	}
	return rows_done(&r);
}

/* ---- first steps ---- */

static void
add_step(struct view *items, bool is_done, const char *strong, const char *text,
    const char *href, const char *label)
{
	struct view *v = view_item(items), *link;

	view_flag(v, "done", is_done);
	view_text(v, "strong", say(strong));
	view_text(v, "text", say(text));
	link = view_object(v, "link");
	view_text(link, "href", href);
	view_text(link, "label", say(label));
}

struct start {
	int64_t products, servers, seen, orders;
};

static enum err
read_start(struct tx *tx, struct start *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT (SELECT COUNT(*) FROM products "
	    "WHERE tenant_id = t.id AND status = 'active' "
	    "AND deleted_at IS NULL), "
	    "(SELECT COUNT(*) FROM servers "
	    "WHERE tenant_id = t.id AND deleted_at IS NULL), "
	    "(SELECT COUNT(*) FROM servers WHERE tenant_id = t.id "
	    "AND deleted_at IS NULL AND agent_last_seen >= $2), "
	    "(SELECT COUNT(*) FROM (SELECT 1 FROM orders "
	    "WHERE tenant_id = t.id LIMIT 1) AS any_order) "
	    "FROM tenants t WHERE t.id = $1",
	    DB_ID(&tx->tenant), DB_INT(tx->now - AGENT_SILENT_S));

	if (e != OK)
		return e;
	*out = (struct start){
	    row_int(&r, 0), row_int(&r, 1), row_int(&r, 2), row_int(&r, 3)};
	return rows_done(&r);
}

/* Only while nothing has been ordered yet. */
static enum err
put_start(struct request *rq, struct view *root, bool *is_new_out)
{
	bool has_key = stripe_is_configured(rq->settings);
	struct arena *a = rq->arena;
	struct start s;
	struct view *items;
	enum err e = read_start(rq->tx, &s);

	if (e != OK)
		return e;
	*is_new_out = s.orders == 0;
	if (s.orders > 0)
		return OK;
	items = view_list(view_object(root, "start"), "items");
	add_step(items, s.products > 0, "A product",
	    s.products > 0
		? say_printf(a, "%s on sale.",
		      show_plural(a, s.products, "plan is", "plans are"))
		: "The shop can sell it at once.",
	    "/products", "See products");
	add_step(items, s.seen > 0, "A server",
	    s.seen > 0	    ? say_printf(a, "%s in touch.",
				  show_plural(a, s.seen, "agent is", "agents are"))
	    : s.servers > 0 ? "Its agent has not reported yet."
			    : "Websites are made on it.",
	    "/servers", "See servers");
	add_step(items, has_key, "A Stripe key",
	    has_key ? "Paid orders are checked with Stripe."
		    : "Without one, paid orders are trusted.",
	    "/settings", has_key ? "See settings" : "Add a key");
	return OK;
}

/* ---- head ---- */

static const char *
greeting(int64_t now)
{
	int64_t hour = now % DAY_S / 3600;

	return hour < 5	   ? "Good night, %s"
	       : hour < 12 ? "Good morning, %s"
	       : hour < 18 ? "Good afternoon, %s"
			   : "Good evening, %s";
}

/* The first word of a name, or of an address's local part. */
static const char *
first_name(struct request *rq)
{
	const char *name;
	size_t n;

	if (db_text(rq->tx, &name,
		"SELECT CASE WHEN first_name <> '' THEN first_name "
		"ELSE name END FROM users WHERE tenant_id = $1 AND id = $2",
		DB_ID(&rq->tx->tenant), DB_ID(&rq->actor.id)) != OK ||
	    !name || !*name)
		name = rq->actor.name;
	n = strcspn(name, " @");
	return arena_strndup(rq->arena, name, n);
}

static const char *
sentence(struct request *rq, int n, bool is_new)
{
	static const char *const numbers[] = {"", "One thing needs you.",
	    "Two things need you.", "Three things need you.",
	    "Four things need you.", "Five things need you."};
	const char *day = show_day(rq->arena, rq->now);

	if (n > 0)
		return arena_printf(rq->arena, "%s. %s", day, say(numbers[n]));
	return arena_printf(rq->arena, "%s. %s", day,
	    say(is_new ? "Nothing has happened yet."
		       : "Everything is running."));
}

static enum err
show_dashboard(struct request *rq)
{
	struct view *v = page_view(rq, say("Dashboard"), "/dashboard"), *head;
	struct summary s;
	bool is_new;
	int n;
	enum err e = summary_read(rq->tx, &s);

	if (e != OK || (e = put_start(rq, v, &is_new)) != OK)
		return e;
	view_text(v, "hello",
	    say_with(
		rq->arena, greeting(reader_local(rq->now)), first_name(rq)));
	n = put_todo(rq, &s, v);
	head = view_object(v, "head");
	view_text(head, "text", sentence(rq, n, is_new));
	if (new_order_may(rq))
		verb_link(view_list(head, "verbs"), "New order", NEW_ORDER,
		    "plus", NULL);
	put_figures(rq, &s, v);
	view_flag(v, "mayInvoices", request_may(rq, PERM_INVOICES_READ));
	view_flag(
	    v, "maySubscriptions", request_may(rq, PERM_SUBSCRIPTIONS_READ));
	/* a new company has its first steps to take */
	if (!is_new && (e = put_suggestions(rq, v)) != OK)
		return e;
	if ((e = put_ledger(rq, v)) != OK || (e = put_chart(rq, &s, v)) != OK ||
	    (e = put_invoices(rq, v)) != OK ||
	    (e = put_subscriptions(rq, v)) != OK)
		return e;
	reply_page(rq, 200, "admin/dashboard", v);
	return OK;
}

/* clang-format off */
const struct route dashboard_page_routes[] = {
	{GET,	"/dashboard",	POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
		BODY_NONE, 0, show_dashboard, "dashboard.page"},
	{0}
};
/* clang-format on */
