/* pages.c - the staff's pages, asked through the gate.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/invoice_verbs.h"
#include "billing/payment.h"
#include "face/noun_routes.h"
#include "hosting/servers_pages.h"
#include "hosting/websites_pages.h"
#include "orders/order_place.h"
#include "orders/orders_pages.h"
#include "orders/refusal.h"
#include "provisioning/provisioning_pages.h"
#include "shop_pages.h"
#include "tap.h"

#define ITEM(code, price, period)                                              \
	"{\"productSlug\":\"" code "\",\"unitPrice\":" price                   \
	",\"billingPeriod\":\"" period "\"}"
#define STARTER ITEM("starter", "29.88", "year")
#define CHEAP	ITEM("starter", "9.88", "year")
#define UNKNOWN ITEM("nope", "9.88", "year")

static const struct route *tables[] = {
    dashboard_page_routes, orders_page_routes, refusal_page_routes,
    customer_page_routes, provisioning_page_routes, server_page_routes,
    website_page_routes, NULL, /* of described nouns */
};

/* ---- asking ---- */

static int
get(struct webtest *w, const char *who, const char *uri)
{
	return shop_page(w, who, uri);
}

static bool
shows(const struct webtest *w, const char *text)
{
	return shop_page_shows(w, text);
}

static int
post(struct webtest *w, struct shop *s, const char *uri, const char *form)
{
	return shop_form(w, s, "owner", uri, form);
}

static const char *
path(struct shop *s, const char *fmt, const struct id *id)
{
	const char *at = strstr(fmt, "ID");

	return arena_printf(
	    s->t->arena, "%.*s%s%s", (int)(at - fmt), fmt, id->s, at + 2);
}

static struct id
take(struct shop *s, const char *intent, const char *items, const char *domain)
{
	struct order_taken taken;

	if (shop_take(s, shop_body(s, intent, "a@example.com", items, domain),
		NULL, &taken) != OK)
		bail("no order %s", intent);
	return taken.order;
}

static const char *
status_of(struct shop *s, const struct id *order)
{
	return shop_text(s,
	    "SELECT status FROM orders WHERE tenant_id = $1 AND id = $2",
	    DB_ID(order));
}

/* ---- the tests ---- */

static void
test_empty(struct webtest *w)
{
	static const char *const uris[] = {"/dashboard", "/orders",
	    "/orders?status=review", "/orders/refusals", "/admin/customers",
	    "/provisioning", "/provisioning/tasks", "/servers", "/websites",
	    "/orders?q=nothing", "/orders?sort=-total", "/orders?format=csv"};

	for (size_t i = 0; i < N_ELEMS(uris); i++)
		if (!is_int(get(w, "reader", uris[i]), 200,
			"a page of an empty company"))
			note("case %zu: %s", i, uris[i]);
	is_int(get(w, "reader", "/orders?cursor=zz"), 422, "no such cursor");
	is_int(get(w, "reader", "/orders?colour=red"), 400, "no such filter");
	is_int(get(w, "reader", "/orders/x"), 404, "no such order");
	get(w, "reader", "/dashboard");
	ok(shows(w, "First steps"), "a new company is shown what to do first");
}

static void
test_accept(struct webtest *w, struct shop *s)
{
	struct id id = take(s, "pi_accept", CHEAP, "accept.example.com");
	const char *ask = path(s, "/orders/ID/accept", &id);

	get(w, "owner", path(s, "/orders/ID", &id));
	ok(shows(w, "Held for 1 reason. The money is safe."),
	    "an order in review says so");
	ok(shows(w, "Honour $9.88"), "and offers the fix of its reason");
	get(w, "reader", path(s, "/orders/ID", &id));
	ok(!shows(w, "/accept"), "who may not decide sees no verb");
	is_int(get(w, "reader", ask), 403, "and is not asked");
	is_int(webtest_call(w, &(struct call){.method = "POST",
				   .uri = ask,
				   .cookie = "mp_session=owner",
				   .body = "x=1"}),
	    403, "a form without its token does nothing");
	is_str(status_of(s, &id), "review", "so that it still waits");
	is_int(get(w, "owner", ask), 200, "the question");
	is_int(post(w, s, ask, "key=k1"), 303, "is answered");
	is_str(status_of(s, &id), "processing", "and the order goes on");
	is_int(post(w, s, ask, "key=k1"), 303, "a double click is harmless");
	is_int(post(w, s, ask, "key=k2"), 409, "a second decision is refused");
}

static void
test_correct(struct webtest *w, struct shop *s)
{
	struct id id = take(s, "pi_correct", UNKNOWN, "correct.example.com");
	const char *form = path(s, "/orders/ID/correct", &id);

	is_int(post(w, s, path(s, "/orders/ID/accept", &id), ""), 422,
	    "what can't be fulfilled is not accepted");
	ok(shows(w, "There is no product with the code"), "and says why");
	is_str(status_of(s, &id), "review", "nothing has changed");
	is_int(get(w, "owner", form), 200, "the form to correct it");
	is_int(post(w, s, form, "code1=&period1=year&qty1=0&domain1="), 422,
	    "a wrong correction comes back");
	ok(shows(w, "href=\"#f-code1\"") && shows(w, "href=\"#f-qty1\""),
	    "with every wrong field named");
	is_int(post(w, s, form, "code1=student&period1=year&qty1=1&domain1="),
	    303, "a right one is kept");
	is_str(shop_text(s,
		   "SELECT product_code FROM order_items "
		   "WHERE tenant_id = $1 AND order_id = $2",
		   DB_ID(&id)),
	    "student", "in the item");
}

static void
test_refund(struct webtest *w, struct shop *s)
{
	struct id id = take(s, "pi_refund", STARTER, "refund.example.com");
	const char *ask = path(s, "/orders/ID/refund", &id);

	is_int(get(w, "owner", ask), 200, "a refund is asked first");
	ok(shows(w, "Refund $29.88 and cancel ORD-"), "with its amount");
	is_int(get(w, "owner", path(s, "/orders/ID/cancel", &id)), 200,
	    "the other question");
	is_int(post(w, s, path(s, "/orders/ID/cancel", &id), ""), 409,
	    "what was paid is not cancelled");
	is_int(post(w, s, ask, "reason=asked"), 303, "the money goes back");
	is_str(status_of(s, &id), "refunded", "and the order is over");
	is_int(get(w, "owner", ask), 409, "there is nothing left to refund");
}

/* On invoice, paid in two parts, of which a little went back. */
static enum err
pay_in_parts(struct tx *tx, void *arg)
{
	struct order_wish wish = {
	    .what =
		{
		    .email = "parts@b.test",
		    .name = "Some One",
		    .currency = "USD",
		    .metadata = "{}",
		    .canonical = "{}",
		    .n_items = 1,
		    .item[0] = {.product_code = "starter",
			.quantity = 1,
			.period = PERIOD_YEAR,
			.domain = "parts.example.com"},
		},
	    .payment = ORDER_INVOICE,
	    .notes = "",
	};
	struct id *order = arg, invoice, payment, refund;
	const char *text;
	enum err e;

	if ((e = order_place(tx, &wish, order)) != OK ||
	    (e = db_text(tx, &text,
		 "SELECT id FROM invoices "
		 "WHERE tenant_id = $1 AND order_id = $2",
		 DB_ID(&tx->tenant), DB_ID(order))) != OK)
		return e;
	invoice = id_of(text);
	if ((e = invoice_mark_paid(tx, &invoice,
		 &(struct hand_payment){.amount_minor = 1000}, &payment)) !=
		OK ||
	    (e = payment_refund_part(tx, &payment,
		 &(struct refund_asked){.amount_minor = 300}, false,
		 &refund)) != OK)
		return e;
	return invoice_mark_paid(tx, &invoice,
	    &(struct hand_payment){.said.means = "cash"}, &payment);
}

static void
test_refund_parts(struct webtest *w, struct shop *s)
{
	struct id id;

	if (shop_run(s, pay_in_parts, &id) != OK)
		bail("parts: %s", shop_code(s));
	is_int(get(w, "owner", path(s, "/orders/ID", &id)), 200,
	    "an order that was paid in parts");
	ok(shows(w, "$32.88") && shows(w, "\xe2\x88\x92$3.00"),
	    "says what they sum to, and what went back");
	is_int(get(w, "owner", path(s, "/orders/ID/refund", &id)), 200,
	    "a refund of it");
	ok(shows(w, "Refund $29.88 and cancel ORD-"), "is of all parts");
	ok(shows(w, "$29.88 did not come by Stripe") &&
		!shows(w, "No Stripe key"),
	    "and says that a person pays them back");
}

static void
test_foreign(struct webtest *w, struct shop *s, struct testdb *t)
{
	static const char *const uris[] = {"/orders/ID", "/orders/ID/accept",
	    "/orders/ID/refund", "/orders/ID/correct", "/orders/ID/cancel"};
	struct id id = take(s, "pi_foreign", CHEAP, "foreign.example.com");
	struct id other = testdb_tenant(t, "other");

	shop_pages_of(&other);
	for (size_t i = 0; i < N_ELEMS(uris); i++)
		if (!is_int(get(w, "owner", path(s, uris[i], &id)), 404,
			"another company's order is not there"))
			note("case %zu", i);
	get(w, "owner", "/orders?q=foreign");
	ok(!shows(w, "foreign.example.com</td>"), "nor in its list");
	shop_pages_of(&s->tenant);
	is_int(get(w, "owner", path(s, "/orders/ID", &id)), 200,
	    "to its own it is");
}

static void
test_escaping(struct webtest *w, struct shop *s)
{
	static const char *const uris[] = {
	    "/orders", "/admin/customers", "/dashboard"};

	if (shop_exec(s, "UPDATE customers SET name = '<b>=1+1' "
			 "WHERE tenant_id = $1") != OK)
		bail("no name");
	for (size_t i = 0; i < N_ELEMS(uris); i++) {
		get(w, "owner", uris[i]);
		if (!ok(!shows(w, "<b>=1") && shows(w, "&lt;b&gt;"),
			"a name is text, whatever it says"))
			note("case %zu: %s", i, uris[i]);
	}
	if (shop_exec(s, "UPDATE customers SET name = '=1+1' "
			 "WHERE tenant_id = $1") != OK)
		bail("no name");
	get(w, "owner", "/admin/customers?format=csv");
	ok(shows(w, "\"'=1+1\""), "a formula is no formula in a CSV");
	is_str(webtest_header(w, "Content-Type"), "text/csv; charset=utf-8",
	    "which is a file");
}

/* Numbers of the orders on a page, and where Older and Newer lead. */
static int
count_rows(const struct webtest *w)
{
	const char *at = w->body;
	int n = 0;

	while ((at = strstr(at, "<td class=\"k\"><a href=\"/orders/"))) {
		n++;
		at++;
	}
	return n;
}

static const char *
link_of(struct shop *s, const struct webtest *w, const char *rel)
{
	const char *end = strstr(w->body, rel), *from;
	struct buf b;
	const char *uri;

	if (!end)
		return "";
	for (from = end; from > w->body && strncmp(from, "href=\"", 6) != 0;)
		from--;
	buf_init(&b, 0);
	for (from += 6; *from != '"'; from++) {
		if (str_starts(from, "&amp;"))
			buf_putc(&b, '&');
		if (str_starts(from, "&amp;"))
			from += 4;
		else
			buf_putc(&b, *from);
	}
	uri = arena_strdup(s->t->arena, buf_str(&b));
	buf_fini(&b);
	return uri;
}

static void
test_paging(struct webtest *w, struct shop *s)
{
	int64_t all =
	    shop_int(s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1");
	const char *first, *older;

	for (int i = 0; all < 53; i++, all++) {
		const char *intent = arena_printf(s->t->arena, "pi_page_%d", i);
		const char *domain =
		    arena_printf(s->t->arena, "page%d.example.org", i);

		take(s, intent, STARTER, domain);
	}
	get(w, "owner", "/orders?sort=number");
	is_int(count_rows(w), 50, "fifty a page");
	ok(shows(w, "1–50 of 53"), "of how many");
	first = arena_strdup(s->t->arena, strstr(w->body, "<tbody>"));
	older = link_of(s, w, " rel=\"next\"");
	is_int(get(w, "owner", older), 200, "the older page");
	is_int(count_rows(w), 3, "has the rest");
	is_str(link_of(s, w, " rel=\"next\""), "", "and is the last");
	is_int(get(w, "owner", link_of(s, w, " rel=\"prev\"")), 200,
	    "newer leads back");
	ok(shows(w, "1–50 of 53"), "to the beginning");
	is_int(strncmp(first, strstr(w->body, "<tbody>"), strcspn(first, "\n")),
	    0, "with the same first row");
}

/* A call that the intake refused, as the gate keeps it. */
static enum err
keep(struct tx *tx, void *arg)
{
	static const char body[] = "{\"items\":[\0\xff\"z\"";
	struct problems p;

	problems_init(&p, tx->arena);
	problem_add(&p, "", "json_invalid", "not valid JSON.");
	return refusal_keep(tx,
	    &(struct refusal_new){
		.source = "api",
		.http_status = 400,
		.reasons = &p,
		.body = body,
		.body_len = sizeof(body) - 1,
	    },
	    arg);
}

#define PLACED                                                                 \
	"body=%7B%22stripePaymentIntentId%22%3A%22pi_placed%22%2C"             \
	"%22customerEmail%22%3A%22p%40example.com%22%2C%22items%22%3A%5B"      \
	"%7B%22productSlug%22%3A%22starter%22%2C%22unitPrice%22%3A29.88%2C"    \
	"%22billingPeriod%22%3A%22year%22%7D%5D%7D"

static void
test_refusal(struct webtest *w, struct shop *s)
{
	const char *place;
	struct id id;

	if (shop_run(s, keep, &id) != OK)
		bail("no refusal");
	place = path(s, "/orders/refusals/ID/place", &id);
	get(w, "owner", path(s, "/orders/refusals/ID", &id));
	ok(shows(w, "not valid JSON.") && shows(w, "Place this order"),
	    "a refused call shows why, and a form");
	ok(shows(w, "??&quot;z&quot;"), "and all of what came, as text");
	is_int(
	    post(w, s, place, "body=%7B"), 422, "what is no JSON comes back");
	is_int(post(w, s, place, PLACED), 303, "a corrected call is placed");
	is_int(shop_int(s, "SELECT COUNT(*) FROM orders "
			   "WHERE tenant_id = $1 "
			   "AND payment_intent_id = 'pi_placed'"),
	    1, "as an order");
	is_int(post(w, s, place, PLACED), 409, "once");
	is_int(post(w, s, path(s, "/orders/refusals/ID/dismiss", &id), ""), 409,
	    "and is not dismissed after that");
}

static void
test_suspend(struct webtest *w, struct shop *s)
{
	struct id order = take(s, "pi_suspend", STARTER, "late.example.com");
	struct id sub;
	const char *ask;

	shop_work(s, &s->server);
	sub = id_of(shop_text(s,
	    "SELECT id FROM subscriptions "
	    "WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&order)));
	ask = path(s, "/subscriptions/ID/suspend", &sub);
	is_int(get(w, "owner", ask), 200, "a suspension is asked first");
	is_int(post(w, s, ask, "reason=late"), 303, "then done");
	is_str(shop_text(s,
		   "SELECT status FROM subscriptions "
		   "WHERE tenant_id = $1 AND id = $2",
		   DB_ID(&sub)),
	    "suspended", "to the subscription");
	is_int(shop_int(s,
		   "SELECT COUNT(*) FROM provisioning_tasks "
		   "WHERE tenant_id = $1 AND subscription_id = $2 "
		   "AND step = 'suspend'",
		   DB_ID(&sub)),
	    1, "and to its website");
	shop_work(s, &s->server);
	get(w, "owner", "/websites?domain=late.example.com");
	ok(shows(w, "/unsuspend"), "which can be put back");
	is_int(post(w, s, path(s, "/subscriptions/ID/reactivate", &sub), ""),
	    303, "as the subscription can");
}

static void
test_tasks(struct webtest *w, struct shop *s)
{
	struct id task;
	char lease[64];

	shop_work(s, &s->server);
	take(s, "pi_task", STARTER, "fail.example.com");
	task = shop_claim(s, &s->server, lease);
	shop_report(s, &s->server, &task, lease, false);
	get(w, "owner", "/provisioning");
	ok(shows(w, "fail.example.com") && shows(w, "Retry all failed"),
	    "a failed task is shown with its verbs");
	is_int(get(w, "owner", path(s, "/provisioning/tasks/ID", &task)), 200,
	    "and has a page");
	is_int(post(w, s, path(s, "/provisioning/tasks/ID/retry", &task), ""),
	    303, "where it is tried again");
	is_int(post(w, s, path(s, "/provisioning/tasks/ID/retry", &task), ""),
	    409, "once");
	is_int(post(w, s, path(s, "/provisioning/tasks/ID/cancel", &task), ""),
	    303, "or cancelled");
	is_int(get(w, "owner", path(s, "/servers/ID?range=7d", &s->server)),
	    200, "a server without reports has a page");
	ok(shows(w, "Nothing reported in this time."), "that says so");
	is_int(get(w, "owner", path(s, "/servers/ID?range=2y", &s->server)),
	    422, "there is no such range");
}

static void
test(struct testdb *t)
{
	struct webtest w;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_pages_open(&w, &s, tables, N_ELEMS(tables));
	test_empty(&w);
	test_accept(&w, &s);
	test_correct(&w, &s);
	test_refund(&w, &s);
	test_refund_parts(&w, &s);
	test_foreign(&w, &s, t);
	test_escaping(&w, &s);
	test_paging(&w, &s);
	test_refusal(&w, &s);
	test_suspend(&w, &s);
	test_tasks(&w, &s);
	ok(shop_is_sound(&s), "the books are right after all of it");
	webtest_close(&w);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
