/* lived.c - a shop that has seen everything, for tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "lived.h"

#include "base/clock.h"
#include "billing/checkout.h"
#include "billing/credit_note.h"
#include "billing/invoice_hand.h"
#include "billing/invoice_verbs.h"
#include "hosting/usage.h"
#include "orders/order_place.h"
#include "tap.h"

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"
/* With ten percent off. */
#define CHEAPER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":26.89,"                    \
	"\"billingPeriod\":\"year\"}"

static enum err
accept_order(struct tx *tx, void *arg)
{
	return order_accept(tx, arg);
}

static enum err
refund_order(struct tx *tx, void *arg)
{
	int64_t minor;

	return order_refund(tx, arg, true, "asked for", &minor);
}

static enum err
cancel_order(struct tx *tx, void *arg)
{
	return order_cancel(tx, arg, "unpaid");
}

static struct id
take(struct shop *s, const char *intent, const char *email, const char *domain,
    const struct money *money)
{
	struct order_taken taken;

	if (shop_take(s, shop_body(s, intent, email, STARTER, domain), money,
		&taken) != OK)
		bail("%s", intent);
	return taken.order;
}

/* On invoice, which nobody has paid yet. */
static enum err
bill(struct tx *tx, void *arg)
{
	struct order_wish *w = ARENA_NEW(tx->arena, struct order_wish);

	w->what = (struct intake){.email = "i@b.test",
	    .name = "On Invoice",
	    .currency = "USD",
	    .metadata = "{}",
	    .canonical = "{}",
	    .item = {{.product_code = "starter",
		.quantity = 1,
		.period = PERIOD_YEAR,
		.domain = "i.test"}},
	    .n_items = 1};
	w->payment = ORDER_INVOICE;
	return order_place(tx, w, arg);
}

/* Of a customer who has credit, and whose order is cancelled then. */
static enum err
use_credit(struct tx *tx, void *arg)
{
	struct order_wish *w = ARENA_NEW(tx->arena, struct order_wish);
	struct id *order = arg;
	const char *text;
	struct id invoice;
	int64_t used;
	enum err e;

	w->what = (struct intake){.email = "m@b.test",
	    .name = "Some One",
	    .currency = "USD",
	    .metadata = "{}",
	    .canonical = "{}",
	    .item = {{.product_code = "consulting",
		.quantity = 1,
		.period = PERIOD_ONCE,
		.has_price = true,
		.unit_price_minor = 900}},
	    .n_items = 1};
	w->payment = ORDER_INVOICE;
	if ((e = order_place(tx, w, order)) != OK ||
	    (e = db_text(tx, &text,
		 "SELECT id FROM invoices "
		 "WHERE tenant_id = $1 AND order_id = $2",
		 DB_ID(&tx->tenant), DB_ID(order))) != OK)
		return e;
	invoice = id_of(text);
	return invoice_use_credit(tx, &invoice, 0, &used);
}

void
must(enum err e, const char *what)
{
	if (e != OK)
		bail("%s: %s", what, err_info(e)->code);
}

static void
add_people(struct shop *s)
{
	struct id user = id_new(clock_now_ms()), id = id_new(clock_now_ms());

	must(shop_exec(s,
		 "INSERT INTO users (tenant_id, id, email, role, created_at, "
		 "updated_at) VALUES ($1, $2, 'staff@b.test', 'admin', 1, 1)",
		 DB_ID(&user)),
	    "user");
	must(shop_exec(s,
		 "INSERT INTO sessions (token_hash, id, tenant_id, user_id, "
		 "kind, family_id, epoch, last_seen_at, expires_at, "
		 "created_at, updated_at) VALUES ($2, $3, $1, $4, 'cookie', "
		 "$3, 1, 1, 1, 1, 1)",
		 DB_TEXT(id.s), DB_ID(&id), DB_ID(&user)),
	    "session");
	must(shop_exec(s,
		 "INSERT INTO api_tokens (token_hash, id, tenant_id, prefix, "
		 "scopes, server_id, created_at, updated_at) "
		 "VALUES ($2, $3, $1, 'mpk', 'tasks:work', $4, 1, 1)",
		 DB_TEXT(id.s), DB_ID(&id), DB_ID(&s->server)),
	    "token");
	id = id_new(clock_now_ms());
	must(shop_exec(s,
		 "INSERT INTO api_tokens (token_hash, id, tenant_id, prefix, "
		 "scopes, user_id, belongs_to, epoch, created_at, updated_at) "
		 "SELECT $2, $3, $1, 'mpk', 'orders:read', id, 'person', "
		 "epoch, 1, 1 FROM users WHERE tenant_id = $1 AND id = $4",
		 DB_TEXT(id.s), DB_ID(&id), DB_ID(&user)),
	    "personal key");
}

/* One invoice made by hand, credited, paid and credited again. */
static enum err
invoice_by_hand(struct tx *tx, void *arg)
{
	struct hand_invoice *h = ARENA_NEW(tx->arena, struct hand_invoice);
	const struct credit_asked part = {.amount_minor = 100, .reason = "r"};
	struct id invoice, unused;
	enum err e;

	h->customer = *(const struct id *)arg;
	h->currency = "USD";
	h->n_lines = 1;
	h->line[0] = (struct hand_line){
	    .description = "Advice", .quantity = 2, .unit_minor = 500};
	if ((e = invoice_make(tx, h, &invoice)) != OK ||
	    (e = invoice_issue_draft(tx, &invoice, 0, NULL)) != OK ||
	    (e = invoice_credit(tx, &invoice, &part, &unused)) != OK ||
	    (e = invoice_mark_paid(tx, &invoice,
		 &(struct hand_payment){.version = 0}, &unused)) != OK)
		return e;
	return invoice_credit(tx, &invoice, &part, &unused);
}

/* Paid by its customer on Stripe's page. */
static enum err
invoice_online(struct tx *tx, void *arg)
{
	struct hand_invoice *h = ARENA_NEW(tx->arena, struct hand_invoice);
	struct actor person = *tx->actor;
	const struct actor *before = tx->actor;
	struct checkout c;
	struct id invoice;
	const char *user;
	enum err e;

	h->customer = *(const struct id *)arg;
	h->currency = "USD";
	h->n_lines = 1;
	h->line[0] = (struct hand_line){
	    .description = "Advice", .quantity = 1, .unit_minor = 1722};
	if ((e = db_text(tx, &user,
		 "SELECT id FROM users WHERE tenant_id = $1 "
		 "ORDER BY id LIMIT 1",
		 DB_ID(&tx->tenant))) != OK ||
	    (e = invoice_make(tx, h, &invoice)) != OK ||
	    (e = invoice_issue_draft(tx, &invoice, 0, NULL)) != OK)
		return e;
	person.id = id_of(user);
	tx->actor = &person;
	e = checkout_begin(tx, &invoice, &c);
	tx->actor = before;
	return e == OK ? checkout_paid(tx, &c.id,
			     &(struct checkout_money){
				 .intent = "pi_online",
				 .amount_minor = 1722,
				 .currency = "USD",
			     })
		       : e;
}

/* A site that has sent more than its plan includes. */
static enum err
use_much(struct tx *tx, void *arg)
{
	const struct shop *s = arg;
	struct usage_report r = {
	    .server = s->server,
	    .told_at = tx->now,
	    .sent = 200 * INT64_C(1000000000),
	    .disk = -1,
	    .files = -1,
	};
	char day[11];
	const char *site = NULL;
	enum err e = db_exec(tx,
	    "UPDATE products SET bandwidth_gb = 100 WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));

	if (e == OK)
		e = db_text(tx, &site,
		    "SELECT id FROM websites WHERE tenant_id = $1 "
		    "AND server_id = $2 AND status = 'active' "
		    "ORDER BY id LIMIT 1",
		    DB_ID(&tx->tenant), DB_ID(&s->server));
	if (e != OK || !site)
		return e == OK ? E_NOTFOUND : e;
	date_iso(tx->now, day);
	r.website = id_of(site);
	r.day = day;
	return usage_record(tx, &r);
}

void
live(struct shop *s)
{
	const struct money pending = {.state = MONEY_PENDING},
			   short_by_19 = {MONEY_ASKED, true, true, true, true,
			       1088, "USD"},
			   too_much = {MONEY_ASKED, true, true, true, true,
			       5000, "USD"},
			   none = {
			       MONEY_ASKED, false, false, false, true, 0, NULL};
	struct order_taken taken;
	struct id id, task;
	char token[64];

	add_people(s);
	shop_add_coupon(s, "TEN", 100000, 0);
	must(shop_take(s,
		 shop_body(s, "pi_coupon", "c@b.test", CHEAPER,
		     SHOP_COUPON("c.test", "TEN")),
		 NULL, &taken),
	    "coupon");
	must(shop_run(s, bill, &id), "on invoice");
	must(shop_take(s, SHOP_EXAMPLE, NULL, &taken), "example");
	id = id_of(shop_text(s, "SELECT id FROM customers WHERE tenant_id = $1 "
				"AND email = 'client@example.com'"));
	must(shop_run(s, invoice_by_hand, &id), "by hand");
	shop_work(s, &s->server);
	must(shop_run(s, use_much, s), "use");
	take(s, "pi_verifying", "v@b.test", "v.test", &pending);
	take(s, "pi_review", "r@b.test", "no domain", NULL);
	id = take(s, "pi_short", "s@b.test", "s.test", &short_by_19);
	must(shop_run(s, accept_order, &id), "accept too little");
	id = take(s, "pi_much", "m@b.test", "m.test", &too_much);
	must(shop_run(s, accept_order, &id), "accept too much");
	must(shop_run(s, use_credit, &id), "pay from credit");
	must(shop_run(s, cancel_order, &id), "give credit back");
	id = take(s, "pi_refund", "f@b.test", "f.test", &too_much);
	must(shop_run(s, accept_order, &id), "accept before refund");
	must(shop_run(s, refund_order, &id), "refund");
	id = take(s, "pi_void", "n@b.test", "n.test", &none);
	must(shop_run(s, accept_order, &id), "accept without money");
	must(shop_run(s, cancel_order, &id), "cancel");
	id = take(s, "pi_back", "b@b.test", "no domain", NULL);
	must(shop_run(s, refund_order, &id), "refund a deposit");
	shop_work(s, &s->server);
	take(s, "pi_failed", "x@b.test", "x.test", NULL);
	task = shop_claim(s, &s->server, token);
	if (shop_report(s, &s->server, &task, token, false) != TASK_RECORDED)
		bail("failure");
	take(s, "pi_new", "client@example.com", "y.test", NULL);
	id = id_of(shop_text(s, "SELECT id FROM customers WHERE tenant_id = $1 "
				"AND email = 'client@example.com'"));
	must(shop_run(s, invoice_online, &id), "paid online");
}
