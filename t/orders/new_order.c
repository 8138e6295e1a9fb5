/* new_order.c - staff place an order by hand, by the form.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "catalog/coupons_noun.h"
#include "orders/orders_pages.h"
#include "shop_pages.h"
#include "tap.h"

static const struct route *tables[] = {orders_page_routes,
    dashboard_page_routes, customer_page_routes, NULL /* of described nouns */};

const struct noun *const nouns[] = {&subscriptions_noun, &coupons_noun, NULL};

#define STARTER "rows=1&code1=starter&qty1=1"

/* ---- how it is paid ---- */

/* Money that has come is noted by who may note it of an invoice. */
static void
test_payment(struct webtest *w, struct shop *s)
{
	static const char who[] = STARTER "&who=a@b.test&domain1=a.test";
	const char *plan = arena_printf(s->t->arena, "/orders/new?%s", who);

	is_int(shop_page(w, "owner", plan), 200, "a plan");
	ok(shop_page_shows(w, "value=\"cash\"") &&
		shop_page_shows(w, "name=\"reference\""),
	    "asks who may touch invoices how it was paid");
	is_int(shop_page(w, "seller", plan), 200, "the same for who may not");
	ok(!shop_page_shows(w, "value=\"cash\"") &&
		!shop_page_shows(w, "name=\"reference\"") &&
		shop_page_shows(w, "value=\"invoice\" checked"),
	    "offers an invoice only");
	is_int(shop_form(w, s, "seller", "/orders/new",
		   arena_printf(s->t->arena, "%s&payment=cash", who)),
	    403, "who sends it nevertheless is turned away");
	is_int(shop_int(s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1"),
	    0, "and nothing was placed");
	is_int(shop_form(w, s, "seller", "/orders/new",
		   arena_printf(s->t->arena, "%s&payment=invoice", who)),
	    303, "on an invoice it is");
}

/* ---- what is refused ---- */

/* clang-format off */
static const struct {
	const char *claim, *form, *at;
} wrong[] = {
	{"nobody", "rows=1&code1=starter&payment=cash", "#f-who"},
	{"nobody and no rows", "code1=starter&payment=cash", "#f-who"},
	{"nothing at all", "payment=cash", "#f-code1"},
	{"no product", "rows=1&who=n@b.test&payment=cash", "#f-code1"},
	{"no payment", STARTER "&who=n@b.test", "#f-payment"},
	{"an unknown payment", STARTER "&who=n@b.test&payment=later",
		"#f-payment"},
	{"a day that is none", STARTER "&who=n@b.test&payment=cash&date=x",
		"#f-date"},
	{"a day to come", STARTER "&who=n@b.test&payment=cash&date=2999-01-01",
		"#f-date"},
	{"what costs for nothing", STARTER "&who=n@b.test&payment=free",
		"#f-payment"},
	{"a coupon that is none", STARTER "&who=n@b.test&coupon=NONE"
		"&payment=cash", "#f-coupon"},
	{"two of a website", "rows=1&code1=starter&qty1=2&who=n@b.test"
		"&payment=cash", "#f-qty1"},
	{"a period not sold", STARTER "&period1=month&who=n@b.test"
		"&payment=cash", "#f-period1"},
	{"a price that is none", STARTER "&price1=x&who=n@b.test"
		"&payment=cash", "#f-price1"},
	{"a domain that is none", STARTER "&domain1=x&who=n@b.test"
		"&payment=cash", "#f-domain1"},
	{"a country that is none", STARTER "&country=Mars&who=n@b.test"
		"&payment=cash", "#f-country"},
};
/* clang-format on */

static int64_t
all_rows(struct shop *s)
{
	return shop_int(s,
	    "SELECT (SELECT COUNT(*) FROM orders WHERE tenant_id = $1) "
	    "+ (SELECT COUNT(*) FROM customers WHERE tenant_id = $1) "
	    "+ (SELECT COUNT(*) FROM audit_logs WHERE tenant_id = $1) "
	    "+ (SELECT COUNT(*) FROM outbox WHERE tenant_id = $1)");
}

/* The form comes back with what was typed, and says beside which field. */
static void
test_wrong(struct webtest *w, struct shop *s)
{
	int64_t before = all_rows(s);

	for (size_t i = 0; i < N_ELEMS(wrong); i++) {
		const char *link =
		    arena_printf(s->t->arena, "href=\"%s\"", wrong[i].at);
		const char *field =
		    arena_printf(s->t->arena, "id=\"%s\"", wrong[i].at + 1);

		is_int(shop_form(w, s, "owner", "/orders/new", wrong[i].form),
		    422, wrong[i].claim);
		if (!ok(shop_page_shows(w, link) && shop_page_shows(w, field),
			"is said beside its field, %s", wrong[i].at))
			note("%s", w->body);
	}
	is_int(all_rows(s), before, "and nothing was written");
}

/* Who was chosen stands there as text, so nothing leads to a field. */
static void
test_closed(struct webtest *w, struct shop *s)
{
	const char *id = shop_text(s, "SELECT id FROM customers "
				      "WHERE tenant_id = $1 "
				      "AND email = 'a@b.test'");

	if (shop_exec(s, "UPDATE customers SET status = 'closed' "
			 "WHERE tenant_id = $1 AND email = 'a@b.test'") != OK)
		bail("close");
	is_int(shop_page(w, "owner",
		   arena_printf(
		       s->t->arena, "/orders/new?" STARTER "&customer=%s", id)),
	    422, "a customer whose account is closed");
	ok(shop_page_shows(w, "of this customer is closed") &&
		!shop_page_shows(w, "#f-who"),
	    "is said above the form");
	if (shop_exec(s, "UPDATE customers SET status = 'active' "
			 "WHERE tenant_id = $1 AND email = 'a@b.test'") != OK)
		bail("open");
}

/* A form that was refused may be sent again, and once it is placed its
 * repetition is the same order. */
static void
test_again(struct webtest *w, struct shop *s)
{
	static const char form[] =
	    STARTER "&who=f@b.test&domain1=f.test&payment=cash&key=k1";
	int64_t before =
	    shop_int(s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1");

	is_int(shop_form(w, s, "owner", "/orders/new",
		   STARTER "&who=f@b.test&domain1=f.test&payment=&key=k1"),
	    422, "a form that lacks something");
	is_int(shop_form(w, s, "owner", "/orders/new", form), 303,
	    "is placed once it is right");
	is_int(shop_form(w, s, "owner", "/orders/new", form), 303,
	    "a double click");
	is_int(shop_int(s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1"),
	    before + 1, "is the same order");
	is_int(shop_int(s, "SELECT COUNT(*) FROM payments "
			   "WHERE tenant_id = $1 AND means = 'cash'"),
	    1, "with one payment");
}

/* ---- domains ---- */

#define TWO "/orders/new?rows=2&who=d@b.test&qty1=1&qty2=1&domain2=d.test"

/* A row without a domain does not take another's. */
static void
test_domains(struct webtest *w)
{
	is_int(shop_page(w, "owner", TWO "&code1=starter&code2=student"), 200,
	    "a second row's domain is not the first one's as well");
	is_int(shop_page(w, "owner",
		   "/orders/new?rows=2&who=d@b.test&qty1=1&qty2=1"
		   "&code1=consulting&domain1=d.test&code2=starter"),
	    200, "nor the first row's the second one's");
	ok(!shop_page_shows(w, "d.test</span>"), "which has none");
}

/* ---- coupons ---- */

static void
test_coupon(struct webtest *w, struct shop *s)
{
	shop_add_coupon(s, "HALF", 500000, 0);
	if (shop_exec(s, "UPDATE coupons SET periods = 3 "
			 "WHERE tenant_id = $1") != OK)
		bail("no periods");
	is_int(shop_page(w, "owner",
		   "/orders/new?rows=1&who=e@b.test&code1=setup-plan&qty1=1"
		   "&coupon=half"),
	    200, "a plan with a coupon for three bills");
	ok(shop_page_shows(w, "Coupon HALF") && shop_page_shows(w, "$12.50"),
	    "says what it takes off");
	ok(shop_page_shows(w, ", $2.50") && shop_page_shows(w, ">from ") &&
		shop_page_shows(w, ", $5.00</span>"),
	    "and what is billed next, and from when the whole price");
	is_int(shop_form(w, s, "owner", "/orders/new",
		   "rows=1&who=e@b.test&code1=setup-plan&qty1=1&coupon=half"
		   "&payment=bank_transfer&reference=R+7"),
	    303, "it is placed");
	is_int(shop_int(s, "SELECT COUNT(*) FROM subscriptions "
			   "WHERE tenant_id = $1 AND price_minor = 500 "
			   "AND discount_minor = 250 AND discount_periods = 2"),
	    1, "and promised so");
}

/* clang-format off */
static const struct {
	const char *claim, *form, *at;
} bad_coupons[] = {
	{"no code", "kind=percent&percent=5", "#f-code"},
	{"a code that is none", "code=a+b&kind=percent&percent=5", "#f-code"},
	{"no kind", "code=AA&percent=5", "#f-kind"},
	{"nothing off", "code=AA&kind=percent", "#f-percent"},
	{"both", "code=AA&kind=percent&percent=5&amount=5", "#f-amount"},
	{"an unknown product", "code=AA&kind=percent&percent=5&products=nope",
		"#f-products"},
	{"an end before its begin", "code=AA&kind=percent&percent=5"
		"&validFrom=2026-12-02&validUntil=2026-12-01", "#f-validUntil"},
};
/* clang-format on */

static void
test_coupon_form(struct webtest *w, struct shop *s)
{
	const char *edit;

	is_int(shop_page(w, "owner", "/coupons/new"), 200, "a form");
	for (size_t i = 0; i < N_ELEMS(bad_coupons); i++) {
		is_int(shop_form(
			   w, s, "owner", "/coupons/new", bad_coupons[i].form),
		    422, bad_coupons[i].claim);
		if (!ok(shop_page_shows(
			    w, arena_printf(s->t->arena, "href=\"%s\"",
				   bad_coupons[i].at)),
			"is said beside its field"))
			note("%s", w->body);
	}
	is_int(shop_form(w, s, "owner", "/coupons/new",
		   "code=spring&kind=amount&amount=5.00&products=starter"),
	    303, "a coupon is made");
	is_str(shop_text(s, "SELECT code || currency || amount_minor "
			    "FROM coupons WHERE tenant_id = $1 "
			    "AND kind = 'amount'"),
	    "SPRINGUSD500", "in capitals and the company's money");
	edit = arena_printf(s->t->arena, "/coupons/%s/edit",
	    shop_text(s, "SELECT id FROM coupons WHERE tenant_id = $1 "
			 "AND code = 'HALF'"));
	is_int(shop_form(w, s, "owner", edit, "periods=2&seen=1"), 422,
	    "what orders were promised");
	ok(shop_page_shows(w, "href=\"#f-periods\""), "stays");
	is_int(shop_form(w, s, "owner", edit, "status=inactive&seen=1"), 303,
	    "but it can be switched off");
	edit = arena_printf(s->t->arena, "/coupons/%s/edit",
	    shop_text(s, "SELECT id FROM coupons WHERE tenant_id = $1 "
			 "AND code = 'SPRING'"));
	if (shop_exec(s, "UPDATE products SET deleted_at = 1 "
			 "WHERE tenant_id = $1 AND code = 'starter'") != OK)
		bail("no removal");
	is_int(shop_form(w, s, "owner", edit, "amount=6.00&seen=1"), 303,
	    "one whose product has gone can be changed");
	is_int(shop_form(w, s, "owner", edit, "products=starter,x&seen=2"), 422,
	    "but not be for it anew");
}

/* ---- who may see it ---- */

/* Names of customers and products are for who may read them. */
static void
test_clerk(struct webtest *w, struct shop *s)
{
	static const char *const uris[] = {"/orders/new",
	    "/orders/new?rows=1&who=a@b.test", "/orders/new?rows=1&who=a"};

	for (size_t i = 0; i < N_ELEMS(uris); i++) {
		is_int(shop_page(w, "clerk", uris[i]), 403,
		    "who may only place orders does not see the form");
		ok(!shop_page_shows(w, "Starter") &&
			!shop_page_shows(w, "a@b.test,"),
		    "nor a name");
	}
	is_int(shop_form(w, s, "clerk", "/orders/new",
		   STARTER "&who=a@b.test&payment=invoice"),
	    403, "nor sends it");
	is_int(shop_page(w, "seller", "/orders"), 200, "who may read as well");
	ok(shop_page_shows(w, "\"/orders/new\""), "is offered it");
}

/* ---- held after it was invoiced ---- */

/* Its invoice says what was sold: the form asks for domains alone. */
static void
test_billed(struct webtest *w, struct shop *s)
{
	const char *form;

	is_int(shop_form(w, s, "owner", "/orders/new",
		   STARTER "&who=g@b.test&domain1=g.test&payment=invoice"),
	    303, "an order on invoice");
	form = arena_printf(s->t->arena, "/orders/%s/correct",
	    shop_text(s, "SELECT id FROM orders WHERE tenant_id = $1 "
			 "ORDER BY id DESC LIMIT 1"));
	if (shop_exec(s, "UPDATE orders SET status = 'review' "
			 "WHERE tenant_id = $1 "
			 "AND status = 'awaiting_payment' "
			 "AND primary_domain = 'g.test'") != OK)
		bail("no review");
	is_int(shop_page(w, "owner", form), 200, "that is held");
	ok(shop_page_shows(w, "name=\"domain1\"") &&
		!shop_page_shows(w, "name=\"code1\"") &&
		!shop_page_shows(w, "name=\"qty1\""),
	    "asks for the domain alone");
	is_int(shop_form(w, s, "owner", form, "code1=student&domain1=g.test"),
	    409, "nothing else is changed");
	is_int(shop_form(w, s, "owner", form, "domain1=h.test"), 303,
	    "the domain is");
	is_str(shop_text(s, "SELECT product_code || ' ' || domain "
			    "FROM order_items WHERE tenant_id = $1 "
			    "AND domain = 'h.test'"),
	    "starter h.test", "and only that");
	if (shop_exec(s, "UPDATE orders SET status = 'awaiting_payment' "
			 "WHERE tenant_id = $1 AND status = 'review'") != OK)
		bail("no end");
}

static void
test(struct testdb *t)
{
	struct webtest w;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_pages_open(&w, &s, tables, N_ELEMS(tables));
	test_payment(&w, &s);
	test_wrong(&w, &s);
	test_closed(&w, &s);
	test_again(&w, &s);
	test_domains(&w);
	test_clerk(&w, &s);
	test_coupon(&w, &s);
	test_billed(&w, &s);
	test_coupon_form(&w, &s);
	ok(shop_is_sound(&s), "the books are right after all of it");
	webtest_close(&w);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
