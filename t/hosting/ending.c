/* ending.c - a service ends with what was paid for: asked for, taken back,
 * carried out by the clock, once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/ending.h"

#include "base/clock.h"
#include "billing/subscription.h"
#include "billing/subscription_end.h"
#include "hosting/website.h"
#include "shop.h"
#include "tap.h"

#define DAY_S 86400
#define MONTHLY                                                                \
	"{\"productSlug\":\"wp-growth\",\"unitPrice\":10.95,"                  \
	"\"billingPeriod\":\"month\"}"
#define BACKUP                                                                 \
	"{\"productSlug\":\"daily-backups-30d\",\"unitPrice\":4.99,"           \
	"\"billingPeriod\":\"month\"}"
#define CONSULTING                                                             \
	"{\"productSlug\":\"consulting\",\"unitPrice\":100.00,"                \
	"\"billingPeriod\":\"month\"}"

/* ---- flows as shop_run() wants them ---- */

struct wish {
	struct id id;
	struct subscription_end end;
	bool done;
};

static enum err
cancel(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return subscription_cancel_at_end(tx, &w->id, &w->end);
}

static enum err
keep(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return subscription_keep(tx, &w->id);
}

static enum err
end_it(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return hosting_end_subscription(tx, &w->id);
}

static enum err
stop(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return subscription_cancel(tx, &w->id);
}

static enum err
suspend(struct tx *tx, void *arg)
{
	struct wish *w = arg;

	return subscription_suspend(tx, &w->id);
}

/* ---- what is there ---- */

static const char *
of(struct shop *s, const struct wish *w, const char *column)
{
	const char *text = shop_text(s,
	    arena_printf(s->t->arena,
		"SELECT CAST(%s AS TEXT) FROM subscriptions "
		"WHERE tenant_id = $1 AND id = $2",
		column),
	    DB_ID(&w->id));

	return text ? text : "none";
}

static int64_t
mails(struct shop *s, const char *template)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
	    "AND template = $2",
	    DB_TEXT(template));
}

static int64_t
entries(struct shop *s, const char *action)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM audit_logs WHERE tenant_id = $1 "
	    "AND action = $2",
	    DB_TEXT(action));
}

static int64_t
steps(struct shop *s, const char *type, const char *step)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM provisioning_tasks WHERE tenant_id = $1 "
	    "AND type = $2 AND step = $3",
	    DB_TEXT(type), DB_TEXT(step));
}

/* A shop with one order of these items, set up; the first one's subscription.
 */
static void
open_one(struct shop *s, struct testdb *t, const char *items, bool done,
    struct wish *w)
{
	struct order_taken taken;

	clock_freeze(SHOP_NOW);
	shop_open(s, t, "acme");
	if (shop_take(s, shop_body(s, "pi_1", "a@b.test", items, "a.test"),
		NULL, &taken) != OK)
		bail("order");
	if (done)
		shop_work(s, &s->server);
	*w = (struct wish){
	    .id = id_of(shop_text(s,
		"SELECT id FROM subscriptions WHERE tenant_id = $1 "
		"ORDER BY id LIMIT 1")),
	    .end = {.reason = "too_expensive",
		.note = "Zu teuer & <langsam>.",
		.by_customer = true},
	};
}

/* ---- asked for, and taken back ---- */

static void
test_keep(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, MONTHLY, true, &w);
	is_str(of(&s, &w, "next_billing_date"), "2026-12-20", "it renews");
	is_int(shop_run(&s, cancel, &w), OK, "it is cancelled");
	is_str(of(&s, &w, "ends_on"), "2026-12-20",
	    "for the end of the paid period");
	is_str(of(&s, &w, "status"), "active", "and runs until then");
	is_str(of(&s, &w, "next_billing_date"), "none", "no bill is to come");
	is_str(of(&s, &w, "end_reason"), "too_expensive", "the reason is kept");
	is_str(of(&s, &w, "end_note"), w.end.note, "with the words");
	is_int(mails(&s, "mail/service-ending"), 1, "the customer gets a mail");
	is_int(mails(&s, "mail/staff-service-ending"), 1, "staff hear of it");
	is_int(shop_run(&s, cancel, &w), OK, "a second time is nothing");
	is_int(mails(&s, "mail/service-ending"), 1, "and sends no mail");
	is_int(entries(&s, "subscription.cancel_at_end"), 1, "one entry");

	shop_set_day("2026-12-19T23:59:59Z");
	is_int(shop_pass(&s, ending_work), OK,
	    "the clock comes by a second too early");
	is_str(of(&s, &w, "status"), "active", "and does nothing");
	is_int(shop_run(&s, keep, &w), OK, "it is kept in the last second");
	is_str(of(&s, &w, "ends_on"), "none", "and goes on");
	is_str(of(&s, &w, "next_billing_date"), "2026-12-20", "with its bill");
	is_str(of(&s, &w, "auto_renew"), "1", "which renews it");
	is_str(of(&s, &w, "end_note"), "", "what was said is forgotten");
	is_int(mails(&s, "mail/service-kept"), 1, "the customer gets a mail");
	is_int(shop_run(&s, keep, &w), OK, "a second time is nothing");
	is_int(entries(&s, "subscription.keep"), 1, "one entry");
	shop_set_day("2027-03-01T00:00:00Z");
	is_int(shop_pass(&s, ending_work), OK, "the clock comes by later");
	is_str(of(&s, &w, "status"), "active", "and lets it run");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- the day ---- */

static void
test_day(struct testdb *t)
{
	struct wish w;
	struct shop s;
	char token[64];

	open_one(&s, t, MONTHLY "," BACKUP, true, &w);
	is_int(shop_run(&s, cancel, &w), OK, "a site is cancelled");
	shop_set_day("2026-12-20T00:00:00Z");
	is_int(shop_run(&s, keep, &w), E_CONFLICT,
	    "on the day it can't be kept any more");
	is_int(shop_pass(&s, ending_work), OK, "the clock comes by");
	is_str(of(&s, &w, "status"), "cancelled", "it has ended");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM subscriptions "
			    "WHERE tenant_id = $1 AND status = 'active'"),
	    0, "and so have the backups of it");
	is_int(steps(&s, "website", "remove"), 1, "the site is taken down");
	is_int(steps(&s, "backup", "remove"), 1, "its backups are stopped");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM domains "
			    "WHERE tenant_id = $1 AND deleted_at IS NULL"),
	    0, "its name is let go");
	is_int(mails(&s, "mail/service-ended"), 2, "the customer gets mails");
	is_int(shop_pass(&s, ending_work), OK, "the clock comes by again");
	is_int(shop_run(&s, end_it, &w), OK, "and again");
	is_int(steps(&s, "website", "remove"), 1, "and nothing happens twice");
	is_int(mails(&s, "mail/service-ended"), 2, "nor is it said twice");
	is_int(entries(&s, "subscription.cancel"), 2, "nor noted");
	ok(id_is_set(&(struct id[]){shop_claim(&s, &s.server, token)}[0]),
	    "its server gets the task");
	is_int(shop_run(&s, keep, &w), E_CONFLICT, "what has ended is over");
	is_int(shop_run(&s, cancel, &w), E_CONFLICT, "for good");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* A site alone, without its backups. */
static void
test_backups_alone(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, MONTHLY "," BACKUP, true, &w);
	w.id = id_of(shop_text(&s,
	    "SELECT s.id FROM subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND p.code = 'daily-backups-30d'"));
	is_int(shop_run(&s, cancel, &w), OK, "backups are cancelled");
	shop_set_day("2026-12-20T00:00:01Z");
	is_int(shop_pass(&s, ending_work), OK, "the clock comes by");
	is_str(of(&s, &w, "status"), "cancelled", "they have ended");
	is_int(steps(&s, "backup", "remove"), 1, "and are stopped");
	is_int(steps(&s, "website", "remove"), 0, "the site stays");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM domains "
			    "WHERE tenant_id = $1 AND deleted_at IS NULL"),
	    1, "with its name");
}

/* ---- refusals ---- */

static void
test_refusals(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, MONTHLY, false, &w);
	is_int(shop_run(&s, cancel, &w), E_CONFLICT,
	    "what is still being set up can't be cancelled");
	is_str(shop_code(&s), "conflict", "and says why");
	is_int(shop_run(&s, keep, &w), OK, "nor has it to be kept");
	shop_work(&s, &s.server);
	w.end.reason = "because";
	is_int(shop_run(&s, cancel, &w), E_INPUT, "a reason is one of ours");
	ok(shop_has_problem(&s, "reason", "not_in_list"), "which is said");
	w.end.reason = "";
	w.end.by_customer = false;
	is_int(shop_run(&s, suspend, &w), OK, "what is suspended");
	is_int(shop_run(&s, cancel, &w), OK, "can be cancelled without one");
	is_int(mails(&s, "mail/staff-service-ending"), 0,
	    "what staff do themselves is no news to them");
	is_int(shop_run(&s, stop, &w), OK, "staff end it at once");
	shop_set_day("2027-01-01T00:00:00Z");
	is_int(shop_pass(&s, ending_work), OK, "the clock comes by");
	is_int(mails(&s, "mail/service-ended"), 0,
	    "and has nothing to do with it");
	w.id = id_new(SHOP_NOW * INT64_C(1000));
	is_int(shop_run(&s, cancel, &w), E_NOTFOUND, "what is not there");
	is_int(shop_run(&s, keep, &w), E_NOTFOUND, "is not there");
}

/* Nobody bills renewals yet: the paid period may be over long since. */
static void
test_overdue(struct testdb *t)
{
	struct wish w;
	struct shop s;

	open_one(&s, t, CONSULTING, true, &w);
	shop_set_day("2027-02-14T15:00:00Z");
	is_int(shop_run(&s, cancel, &w), OK, "what is past its period");
	is_str(of(&s, &w, "ends_on"), "2027-02-15", "ends tomorrow");
	is_int(shop_pass(&s, ending_work), OK, "and not at once");
	is_str(of(&s, &w, "status"), "active", "so that it can be kept");
	shop_set_day("2027-02-15T00:00:00Z");
	is_int(shop_pass(&s, ending_work), OK, "then it does");
	is_str(of(&s, &w, "status"), "cancelled", "also without a website");
}

/* One that fails keeps no other. */
static void
test_failure(struct testdb *t)
{
	struct order_taken taken;
	struct wish w, other;
	struct shop s;

	open_one(&s, t, MONTHLY, true, &w);
	if (shop_take(&s, shop_body(&s, "pi_2", "c@d.test", MONTHLY, "b.test"),
		NULL, &taken) != OK)
		bail("order");
	shop_work(&s, &s.server);
	other = w;
	other.id = id_of(
	    shop_text(&s, "SELECT id FROM subscriptions WHERE tenant_id = $1 "
			  "ORDER BY id DESC LIMIT 1"));
	if (shop_run(&s, cancel, &w) != OK ||
	    shop_run(&s, cancel, &other) != OK)
		bail("cancel");
	/* whose version can't be raised any more */
	if (shop_exec(&s,
		"UPDATE subscriptions SET version = 9223372036854775807 "
		"WHERE tenant_id = $1 AND id = $2",
		DB_ID(&w.id)) != OK)
		bail("harm");
	shop_set_day("2026-12-20T00:00:00Z");
	ok(shop_pass(&s, ending_work) != OK,
	    "one that fails is an error of the clock's");
	is_str(of(&s, &w, "status"), "active", "and stays as it was");
	is_str(of(&s, &other, "status"), "cancelled", "the other has ended");
	if (shop_exec(&s,
		"UPDATE subscriptions SET version = 1 "
		"WHERE tenant_id = $1 AND id = $2",
		DB_ID(&w.id)) != OK)
		bail("mend");
	is_int(shop_pass(&s, ending_work), OK, "when it is mended");
	is_str(of(&s, &w, "status"), "cancelled", "it ends, too");
}

int
main(void)
{
	testdb_each(test_keep);
	testdb_each(test_day);
	testdb_each(test_backups_alone);
	testdb_each(test_refusals);
	testdb_each(test_overdue);
	testdb_each(test_failure);
	return tap_done();
}
