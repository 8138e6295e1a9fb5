/* shop.c - a tenant that sells, for the tests of the business rooms.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "shop.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/json.h"
#include "billing/billing_mails.h"
#include "billing/billing_nouns.h"
#include "billing/invariants.h"
#include "billing/plan_changes_noun.h"
#include "billing/plan_mails.h"
#include "billing/subscription_verbs.h"
#include "catalog/invariants.h"
#include "domains/domain.h"
#include "face/noun_routes.h"
#include "hosting/hosting_kinds.h"
#include "hosting/usage.h"
#include "hosting/hosting_nouns.h"
#include "hosting/hosting_verbs.h"
#include "hosting/invariants.h"
#include "hosting/plan_work.h"
#include "identity/audit_nouns.h"
#include "identity/invariants.h"
#include "mail/mail.h"
#include "mail/mail_alert.h"
#include "orders/invariants.h"
#include "orders/order_mails.h"
#include "orders/order_place.h"
#include "provisioning/invariants.h"
#include "provisioning/task_mails.h"
#include "provisioning/task_verbs.h"
#include "provisioning/tasks_noun.h"
#include "tap.h"

/* Weak: a test that links main/wiring.c has the real ones. */
__attribute__((weak)) noun_auditor *const noun_note = audit_noun_row;
__attribute__((weak)) noun_witness *const noun_changed_by = audit_noun_changed;

__attribute__((weak)) const struct noun *const nouns[] = {
    &subscriptions_noun, &plan_changes_noun, &websites_noun, &tasks_noun, NULL};

__attribute__((weak)) const struct verb *const verb_tables[] = {
    hosting_verbs, subscription_verbs, plan_verbs, task_verbs, NULL};

__attribute__((weak)) const struct fact_hearer fact_hearers[] = {
    {FACT_SITE_NAMED, order_site_named},
    {FACT_TASK_SUCCEEDED, order_task_succeeded},
    {FACT_TASK_FAILED, order_task_failed},
    {FACT_TASK_RETRIED, order_task_retried},
    {FACT_TASK_CANCELLED, order_task_failed},
    {FACT_INVOICE_PAID, order_invoice_paid},
    {FACT_INVOICE_VOID, order_invoice_void},
    {FACT_SUBSCRIPTION_ACTIVE, subscription_mail_ready},
    {FACT_SUBSCRIPTION_SUSPENDED, subscription_mail_suspended},
    {FACT_SUBSCRIPTION_ENDED, domain_subscription_ended},
    {FACT_OUTBOX_DEAD, mail_outbox_dead},
    {.hear = NULL},
};

__attribute__((weak)) const struct mail_filler mail_fillers[] = {
    {MAIL_ORDER_CONFIRMATION, "orderId", order_mail_fill},
    {MAIL_ORDER_REFUNDED, "orderId", order_refunded_fill},
    {MAIL_INVOICE, "invoiceId", invoice_mail_fill},
    {MAIL_RECEIPT, "paymentId", receipt_mail_fill},
    {MAIL_SERVICE_READY, "subscriptionId", subscription_mail_fill},
    {MAIL_SERVICE_SUSPENDED, "subscriptionId", subscription_mail_fill},
    {MAIL_SERVICE_ENDING, "subscriptionId", subscription_ending_fill},
    {MAIL_SERVICE_KEPT, "subscriptionId", subscription_kept_fill},
    {MAIL_SERVICE_ENDED, "subscriptionId", subscription_mail_fill},
    {MAIL_PLAN_ASKED, "changeId", plan_mail_fill},
    {MAIL_PLAN_ACCEPTED, "changeId", plan_mail_fill},
    {MAIL_PLAN_DECLINED, "changeId", plan_mail_fill},
    {MAIL_STAFF_PLAN_ASKED, "changeId", plan_alert_fill},
    {MAIL_STAFF_SERVICE_ENDING, "subscriptionId", subscription_end_alert_fill},
    {MAIL_USAGE, "crossingId", usage_mail_fill},
    {MAIL_STAFF_REVIEW, "orderId", order_review_fill},
    {MAIL_STAFF_REFUSED_INTAKE, "refusalId", refusal_mail_fill},
    {MAIL_STAFF_TASK_FAILED, "taskId", task_mail_fill},
    {MAIL_STAFF_NO_PLACE, "taskId", place_mail_fill},
    {MAIL_STAFF_DEAD_LETTER, "outboxId", mail_dead_fill},
    {.template = NULL},
};

__attribute__((weak)) const struct task_kind task_kinds[] = {
    HOSTING_TASK_KINDS,
    {.type = NULL},
};

const struct invariant *const shop_invariants[] = {
    identity_invariants,
    catalog_invariants,
    billing_invariants,
    provisioning_invariants,
    hosting_invariants,
    orders_invariants,
    NULL,
};

/* clang-format off */
static const struct {
	const char *code, *provisions, *plan, *status;
	const char *period, *currency;
	int64_t price_minor, setup_minor;
} catalogue[] = {
	{"student",	"website", "{}",	"active",   "year",  "USD", 988, 0},
	{"starter",	"website", "{}",	"active",   "year",  "USD", 2988, 0},
	{"premium",	"website", "{}",	"active",   "year",  "USD", 5988, 0},
	{"wp-growth",	"website", "{\"php\":true}", "active", "month", "USD", 1095, 0},
	{"daily-backups-30d", "backup", "{\"retentionDays\":30}", "active",
						"month", "USD", 499, 0},
	{"hosting-eur",	"website", "{}",	"active",   "year",  "EUR", 2500, 0},
	{"old-plan",	"website", "{}",	"inactive", "year",  "USD", 100, 0},
	{"consulting",	"none",	   "{}",	"active",   "month", "USD", 10000, 0},
	{"consulting",	"none",	   "{}",	"active",   "once",  "USD", 12345, 0},
	{"setup-plan",	"none",	   "{}",	"active",   "month", "USD", 500, 2000},
};
/* clang-format on */

/* ---- transactions ---- */

enum err
shop_run(struct shop *s, enum err (*fn)(struct tx *tx, void *arg), void *arg)
{
	struct testdb *t = s->t;
	struct tx tx;

	problems_init(&t->problems, t->arena);
	tx_init(&tx, t->arena, &t->problems, &t->actor, s->tenant.s);
	return tx_run(t->db, TX_WRITE, &tx, fn, arg);
}

enum err
shop_pass(struct shop *s, enum err (*run)(struct work *w))
{
	struct problems problems;
	struct work w = {
	    .db = s->t->db,
	    .arena = s->t->arena,
	    .actor = s->t->actor,
	    .tenant = s->tenant,
	    .problems = &problems,
	};

	problems_init(&problems, s->t->arena);
	return run(&w);
}

void
shop_set_day(const char *date)
{
	int64_t t;

	if (!time_parse(date, &t))
		bail("%s", date);
	clock_freeze(t);
}

const char *
shop_code(const struct shop *s)
{
	const struct problems *p = &s->t->problems;

	return p->n > 0 ? p->item[0].code : "";
}

bool
shop_has_problem(const struct shop *s, const char *field, const char *code)
{
	const struct problems *p = &s->t->problems;

	for (size_t i = 0; i < problems_kept(p); i++) {
		if (strcmp(p->item[i].field, field) == 0 &&
		    strcmp(p->item[i].code, code) == 0)
			return true;
	}
	return false;
}

int64_t
shop_int_(struct shop *s, const char *sql, const struct db_val *v, size_t n)
{
	struct tx tx;
	int64_t value = 0;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (db_int_(&tx, INT64_MIN, &value, sql, v, n) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return value;
}

const char *
shop_text_(struct shop *s, const char *sql, const struct db_val *v, size_t n)
{
	struct tx tx;
	const char *text = NULL;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (db_text_(&tx, &text, sql, v, n) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return text;
}

enum err
shop_exec_(struct shop *s, const char *sql, const struct db_val *v, size_t n)
{
	struct tx tx;
	enum err e;

	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	e = db_exec_(&tx, NULL, sql, v, n);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

/* ---- the catalogue ---- */

static void
add_product(struct shop *s, size_t i)
{
	struct id product = id_new(clock_now_ms()),
		  price = id_new(clock_now_ms());
	enum err e = shop_exec(s,
	    "INSERT INTO products (tenant_id, id, code, name, provisions, "
	    "plan, status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $7) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&product), DB_TEXT(catalogue[i].code),
	    DB_TEXT(catalogue[i].provisions), DB_TEXT(catalogue[i].plan),
	    DB_TEXT(catalogue[i].status), DB_INT(clock_now()));

	if (e == OK)
		e = shop_exec(s,
		    "INSERT INTO product_prices (tenant_id, id, product_id, "
		    "period, currency, price_minor, setup_fee_minor, "
		    "created_at, updated_at) "
		    "SELECT tenant_id, $2, id, $4, $5, $6, $7, $8, $8 "
		    "FROM products WHERE tenant_id = $1 AND code = $3",
		    DB_ID(&price), DB_TEXT(catalogue[i].code),
		    DB_TEXT(catalogue[i].period),
		    DB_TEXT(catalogue[i].currency),
		    DB_INT(catalogue[i].price_minor),
		    DB_INT(catalogue[i].setup_minor), DB_INT(clock_now()));
	if (e != OK)
		bail("product %s", catalogue[i].code);
}

struct id
shop_add_server(struct shop *s, const char *name)
{
	struct id id = id_new(clock_now_ms());

	if (shop_exec(s,
		"INSERT INTO servers (tenant_id, id, name, fqdn, "
		"preview_zone, created_at, updated_at) "
		"VALUES ($1, $2, $3, 'node.test', 'preview.test', $4, $4)",
		DB_ID(&id), DB_TEXT(name), DB_INT(clock_now())) != OK)
		bail("server %s", name);
	return id;
}

void
shop_add_coupon(
    struct shop *s, const char *code, int64_t percent_ppm, int64_t amount_minor)
{
	struct id id = id_new(clock_now_ms());

	if (shop_exec(s,
		"INSERT INTO coupons (tenant_id, id, code, kind, percent_ppm, "
		"amount_minor, currency, created_at, updated_at) "
		"VALUES ($1, $2, $3, $4, $5, $6, 'USD', $7, $7)",
		DB_ID(&id), DB_TEXT(code),
		DB_TEXT(percent_ppm > 0 ? "percent" : "amount"),
		DB_INT(percent_ppm), DB_INT(amount_minor),
		DB_INT(clock_now())) != OK)
		bail("coupon %s", code);
}

void
shop_set(struct shop *s, const char *name, const char *value)
{
	if (shop_exec(s,
		"INSERT INTO tenant_settings (tenant_id, name, value, "
		"created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
		DB_TEXT(name), DB_TEXT(value), DB_INT(clock_now())) != OK)
		bail("setting %s", name);
}

void
shop_open(struct shop *s, struct testdb *t, const char *slug)
{
	clock_freeze(SHOP_NOW);
	*s = (struct shop){.t = t, .tenant = testdb_tenant(t, slug)};
	for (size_t i = 0; i < N_ELEMS(catalogue); i++)
		add_product(s, i);
	s->server = shop_add_server(s, "node1");
}

/* ---- orders ---- */

struct taking {
	struct intake *intake;
	const struct money *money;
	struct order_taken *out;
};

static enum err
take(struct tx *tx, void *arg)
{
	const struct taking *k = arg;

	return order_take(tx, k->intake, k->money, k->out);
}

static enum err
read_body(
    struct arena *a, struct problems *p, const char *body, struct intake **out)
{
	struct json_in in = {.path = "", .problems = p, .arena = a};
	json_t *json = NULL;
	enum err e = json_parse(body, strlen(body), p, &json);

	*out = ARENA_NEW(a, struct intake);
	in.obj = json;
	if (e == OK)
		e = intake_read(&in, "USD", *out);
	json_decref(json);
	return e;
}

int64_t
shop_balance_in(struct shop *s, enum account a, const char *currency)
{
	struct tx tx;
	int64_t minor = 0;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (ledger_balance(&tx, a, currency, &minor) != OK)
		bail("no balance");
	tx_rollback(&tx);
	return minor;
}

int64_t
shop_balance(struct shop *s, enum account a)
{
	return shop_balance_in(s, a, "USD");
}

enum err
shop_take(struct shop *s, const char *body, const struct money *money,
    struct order_taken *out)
{
	const struct money trusted = {.state = MONEY_TRUSTED};
	struct taking k = {.money = money ? money : &trusted, .out = out};
	enum err e;

	problems_init(&s->t->problems, s->t->arena);
	e = read_body(s->t->arena, &s->t->problems, body, &k.intake);
	return e == OK ? shop_run(s, take, &k) : e;
}

enum err
shop_take_on(struct db *db, struct arena *a, const struct id *tenant,
    const char *body, struct order_taken *out)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	const struct money trusted = {.state = MONEY_TRUSTED};
	struct taking k = {.money = &trusted, .out = out};
	struct problems p;
	struct tx tx;
	enum err e;

	problems_init(&p, a);
	if ((e = read_body(a, &p, body, &k.intake)) != OK)
		return e;
	tx_init(&tx, a, &p, &actor, tenant->s);
	return tx_run(db, TX_WRITE, &tx, take, &k);
}

const char *
shop_body(struct shop *s, const char *intent, const char *email,
    const char *items, const char *domain)
{
	return arena_printf(s->t->arena,
	    "{\"stripePaymentIntentId\":\"%s\",\"customerEmail\":\"%s\","
	    "\"customerName\":\"Some One\",\"primaryDomain\":\"%s\","
	    "\"items\":[%s]}",
	    intent, email, domain, items);
}

/* ---- tasks ---- */

struct claiming {
	struct task_claim claim;
	struct id task;
	char *token;
	bool found;
};

static enum err
claim(struct tx *tx, void *arg)
{
	struct claiming *c = arg;

	return task_claim(tx, &c->claim, &c->task, c->token, &c->found);
}

struct id
shop_claim(struct shop *s, const struct id *server, char token[64])
{
	struct claiming c = {
	    .claim = {.server = *server, .lease_seconds = 60},
	    .token = token,
	};

	if (shop_run(s, claim, &c) != OK)
		bail("can't claim");
	return c.found ? c.task : (struct id){""};
}

struct reporting {
	struct task_report report;
	enum task_verdict verdict;
};

static enum err
report(struct tx *tx, void *arg)
{
	struct reporting *r = arg;

	return task_complete(tx, &r->report, &r->verdict);
}

enum task_verdict
shop_report(struct shop *s, const struct id *server, const struct id *task,
    const char *token, bool success)
{
	/* what an agent says of a backup; a website's kind ignores it */
	json_t *result = json_pack("{s:s, s:i, s:i, s:s}", "archive",
	    "first.tar.gz", "bytes", 123, "files", 4, "sha256", "ab");
	struct reporting r = {
	    .report =
		{
		    .task = *task,
		    .server = *server,
		    .token = token,
		    .success = success,
		    .error = success ? NULL : "disk full",
		    .result = success ? result : NULL,
		},
	};

	if (shop_run(s, report, &r) != OK)
		bail("can't report");
	json_decref(result);
	return r.verdict;
}

int
shop_work(struct shop *s, const struct id *server)
{
	char token[64];
	int n = 0;

	for (;;) {
		struct id task = shop_claim(s, server, token);

		if (!id_is_set(&task))
			return n;
		if (shop_report(s, server, &task, token, true) != TASK_RECORDED)
			bail("a report is not recorded");
		n++;
	}
}

/* ---- invariants ---- */

bool
shop_is_sound(struct shop *s)
{
	int broken = 0;

	for (size_t k = 0; shop_invariants[k]; k++) {
		for (const struct invariant *i = shop_invariants[k]; i->name;
		     i++) {
			const char *bad = shop_text(s, i->bad_sql);

			if (!bad)
				continue;
			note("%s is broken by %s", i->name, bad);
			broken++;
		}
	}
	return broken == 0;
}
