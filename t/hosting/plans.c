/* plans.c - another plan: asked for, taken back, declined, accepted, carried
 * out on its day, once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "billing/plan_change.h"
#include "billing/subscription.h"
#include "billing/subscription_end.h"
#include "hosting/plan_work.h"
#include "hosting/website.h"
#include "shop.h"
#include "tap.h"

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"

/* ---- flows as shop_run() wants them ---- */

struct wish {
	struct id subscription, change;
	struct plan_wish what;
	const char *reason;
	struct plan_offer offer[PLAN_OFFERS_MAX];
	size_t n;
};

static enum err
ask(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return plan_change_ask(tx, &w->subscription, &w->what, &w->change);
}

static enum err
look(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return plan_offers(
	    tx, &w->subscription, w->offer, PLAN_OFFERS_MAX, &w->n);
}

static enum err
accept(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return hosting_accept_plan(tx, &w->change);
}

static enum err
decline(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return plan_change_decline(tx, &w->change, w->reason);
}

static enum err
withdraw(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return plan_change_withdraw(tx, &w->change, "taken back");
}

static enum err
suspend(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return subscription_suspend(tx, &w->subscription);
}

static enum err
cancel(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return subscription_cancel_at_end(tx, &w->subscription,
	    &(struct subscription_end){.reason = "", .note = ""});
}

/* ---- what is there ---- */

static const char *
plan_of(struct shop *s)
{
	return shop_text(s,
	    "SELECT p.code FROM subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1");
}

static int64_t
price_of(struct shop *s)
{
	return shop_int(
	    s, "SELECT price_minor FROM subscriptions WHERE tenant_id = $1");
}

static const char *
status_of(struct shop *s, const struct wish *w)
{
	return shop_text(s,
	    "SELECT status FROM plan_changes "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&w->change));
}

static int64_t
steps(struct shop *s)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM provisioning_tasks WHERE tenant_id = $1 "
	    "AND step = 'configure'");
}

static int64_t
mails(struct shop *s, const char *template)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
	    "AND template = $2",
	    DB_TEXT(template));
}

static void
open_one(struct shop *s, struct testdb *t, bool done, struct wish *w)
{
	struct order_taken taken;

	clock_freeze(SHOP_NOW);
	shop_open(s, t, "acme");
	if (shop_take(s, shop_body(s, "pi_1", "a@b.test", STARTER, "a.test"),
		NULL, &taken) != OK)
		bail("order");
	if (done)
		shop_work(s, &s->server);
	*w = (struct wish){
	    .subscription = id_of(shop_text(
		s, "SELECT id FROM subscriptions WHERE tenant_id = $1")),
	    .what = {.code = "premium", .note = "", .by_customer = true},
	    .reason = "There is no room for it.",
	};
}

/* ---- claims ---- */

static void
test_offers(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, true, &w);
	is_int(shop_run(&s, look, &w), OK, "plans are looked at");
	is_int((int64_t)w.n, 2, "those of its kind, period and currency");
	is_str(w.offer[0].code, "student", "the least first");
	ok(w.offer[0].is_smaller, "which is smaller");
	is_str(w.offer[1].code, "premium", "then the other");
	is_int(w.offer[1].recurring_minor, 5988, "with its price");
	ok(!w.offer[1].is_smaller, "which is not");
	if (shop_exec(&s, "UPDATE products SET server_group = 'big' "
			  "WHERE tenant_id = $1 AND code = 'premium'") != OK)
		bail("group");
	is_int(shop_run(&s, look, &w), OK, "looked at again");
	is_int((int64_t)w.n, 1,
	    "one for other servers is none: a site is not moved");
}

/* A bigger plan: at once, for the next period's price. */
static void
test_bigger(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, true, &w);
	is_int(shop_run(&s, ask, &w), OK, "a bigger plan is asked for");
	is_str(status_of(&s, &w), "open", "and waits");
	is_str(plan_of(&s), "starter", "nothing has changed");
	is_int(mails(&s, "mail/plan-asked"), 1, "the customer gets a mail");
	is_int(mails(&s, "mail/staff-plan-asked"), 1, "staff hear of it");
	is_int(shop_run(&s, ask, &w), E_CONFLICT, "a second one is refused");
	w.change = id_of(
	    shop_text(&s, "SELECT id FROM plan_changes WHERE tenant_id = $1"));
	is_int(shop_run(&s, accept, &w), OK, "it is accepted");
	is_str(status_of(&s, &w), "done", "and done at once");
	is_str(plan_of(&s), "premium", "it is the plan");
	is_int(price_of(&s), 5988, "and its price the next period's");
	is_int(steps(&s), 1, "its server is told");
	is_int(mails(&s, "mail/plan-accepted"), 1, "and the customer");
	is_int(shop_run(&s, accept, &w), OK, "accepting again");
	is_int(shop_pass(&s, plan_work), OK, "and the clock");
	is_int(steps(&s), 1, "do nothing twice");
	is_int(shop_run(&s, withdraw, &w), E_CONFLICT,
	    "what is done is not taken back");
	is_int(shop_run(&s, decline, &w), E_CONFLICT, "nor declined");
	is_int(shop_work(&s, &s.server), 1, "the server does it");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM invoices "
			    "WHERE tenant_id = $1"),
	    1, "nothing was charged for it");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* A smaller one: when the paid period is over. */
static void
test_smaller(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, true, &w);
	w.what.code = "student";
	is_int(shop_run(&s, ask, &w), OK, "a smaller plan is asked for");
	is_int(shop_run(&s, accept, &w), OK, "and accepted");
	is_str(status_of(&s, &w), "accepted", "for later");
	shop_set_day("2027-11-19T23:59:59Z");
	is_int(shop_pass(&s, plan_work), OK, "the clock comes by too early");
	is_str(plan_of(&s), "starter", "and changes nothing");
	shop_set_day("2027-11-20T00:00:00Z");
	is_int(shop_pass(&s, plan_work), OK, "it comes by on the day");
	is_str(plan_of(&s), "student", "which changes the plan");
	is_int(price_of(&s), 988, "and the price");
	is_int(steps(&s), 1, "and tells the server");
	is_int(shop_pass(&s, plan_work), OK, "it comes by again");
	is_int(steps(&s), 1, "and does nothing");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_no(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, true, &w);
	w.what.code = "student";
	is_int(shop_run(&s, ask, &w), OK, "a plan is asked for");
	is_int(shop_run(&s, withdraw, &w), OK, "and taken back");
	is_int(shop_run(&s, withdraw, &w), OK, "twice");
	is_int(shop_run(&s, accept, &w), E_CONFLICT, "it can't be accepted");
	is_int(shop_run(&s, ask, &w), OK, "another is asked for");
	is_int(shop_run(&s, decline, &w), OK, "and declined");
	is_int(shop_run(&s, decline, &w), OK, "twice");
	is_int(mails(&s, "mail/plan-declined"), 1, "with one mail");
	is_int(shop_run(&s, accept, &w), E_CONFLICT, "it can't be accepted");
	is_int(shop_run(&s, ask, &w), OK, "a third is asked for");
	is_int(shop_run(&s, accept, &w), OK, "accepted for later");
	is_int(shop_run(&s, withdraw, &w), OK, "and taken back before then");
	shop_set_day("2027-12-01T00:00:00Z");
	is_int(shop_pass(&s, plan_work), OK, "the clock");
	is_str(plan_of(&s), "starter", "leaves the plan as it was");
	is_int(shop_run(&s, ask, &w), OK, "a fourth is asked for");
	is_int(shop_run(&s, cancel, &w), OK, "before the service is cancelled");
	is_str(status_of(&s, &w), "withdrawn", "which takes it back");
	is_int(shop_run(&s, ask, &w), E_CONFLICT,
	    "and what ends gets no other plan");
}

static void
test_refusals(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, false, &w);
	is_int(shop_run(&s, ask, &w), E_CONFLICT,
	    "what is being set up gets no other plan");
	shop_work(&s, &s.server);
	w.what.code = "starter";
	is_int(shop_run(&s, ask, &w), E_INPUT, "the plan that it has is none");
	ok(shop_has_problem(&s, "product", "not_in_list"), "which is said");
	w.what.code = "old-plan";
	is_int(shop_run(&s, ask, &w), E_INPUT, "nor one that is sold no more");
	w.what.code = "wp-growth";
	is_int(shop_run(&s, ask, &w), E_INPUT, "nor one of another period");
	w.what.code = "hosting-eur";
	is_int(shop_run(&s, ask, &w), E_INPUT, "nor one of another currency");
	w.what.code = "daily-backups-30d";
	is_int(shop_run(&s, ask, &w), E_INPUT, "nor what is no site");
	w.what.code = "premium";
	is_int(shop_run(&s, ask, &w), OK, "one that is does");
	is_int(shop_run(&s, suspend, &w), OK, "it is suspended");
	is_int(shop_run(&s, accept, &w), OK, "and changed nevertheless");
	is_int(shop_run(&s, ask, &w), E_CONFLICT,
	    "but asks for no other while it is");
	w.subscription = id_new(SHOP_NOW * INT64_C(1000));
	is_int(shop_run(&s, ask, &w), E_NOTFOUND, "what is not there");
}

/* A coupon takes off no more than the plan costs. */
static void
test_coupon(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, true, &w);
	if (shop_exec(&s, "UPDATE subscriptions SET discount_minor = 2000, "
			  "discount_periods = 2 WHERE tenant_id = $1") != OK)
		bail("coupon");
	is_int(shop_run(&s, look, &w), OK, "plans are looked at");
	is_int(w.offer[0].recurring_minor, 0, "a coupon makes one free");
	is_int(w.offer[1].recurring_minor, 3988, "and the other cheaper");
	w.what.code = "student";
	if (shop_run(&s, ask, &w) != OK || shop_run(&s, accept, &w) != OK)
		bail("ask");
	shop_set_day("2027-11-20T00:00:00Z");
	is_int(shop_pass(&s, plan_work), OK, "it is changed");
	is_int(shop_int(&s, "SELECT discount_minor FROM subscriptions "
			    "WHERE tenant_id = $1"),
	    988, "the coupon takes off what it costs");
}

int
main(void)
{
	testdb_each(test_offers);
	testdb_each(test_bigger);
	testdb_each(test_smaller);
	testdb_each(test_no);
	testdb_each(test_refusals);
	testdb_each(test_coupon);
	return tap_done();
}
