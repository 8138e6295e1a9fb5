/* raw_order_rows.c - the rows of one paid order, one insert each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The rows that POST /api/public/orders/stripe-completed leaves behind for the
 * order of CONTRACT section 2, in an order that the keys and triggers allow,
 * each written once with its last values wherever they are known.
 */
#include "config.h"
#include "raw_order.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"

/* clang-format off */
static const struct {
	const char *code, *period, *provisions;
	int64_t price_minor;
} items[RAW_ITEMS] = {
	{"starter",		"year",	 "website", 2988},
	{"wp-growth",		"month", "website", 1095},
	{"daily-backups-30d",	"month", "backup",  499},
};

const char *const raw_sql[RAW__MAX] = {
    [RAW_INTAKE] =
	"INSERT INTO intakes (tenant_id, payment_intent_id, body_hash, "
	"order_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) "
	"ON CONFLICT (tenant_id, payment_intent_id) DO NOTHING",
    [RAW_CUSTOMER] =
	"INSERT INTO customers (tenant_id, id, name, email, currency, "
	"created_at, updated_at) VALUES ($1, $2, $3, $4, 'USD', $5, $5) "
	"ON CONFLICT (tenant_id, email_key) WHERE deleted_at IS NULL "
	"DO NOTHING",
    [RAW_ORDER] =
	"INSERT INTO orders (tenant_id, id, number, status, customer_id, "
	"payment_intent_id, currency, total_minor, primary_domain, request, "
	"created_at, updated_at, products) "
	"VALUES ($1, $2, $9, 'processing', $3, $4, "
	"'USD', $5, $6, $7, $8, $8, 'WP Growth + Starter + Daily backups')",
    [RAW_ORDER_ITEM] =
	"INSERT INTO order_items (tenant_id, id, order_id, position, "
	"product_code, product_id, quantity, period, unit_price_minor, "
	"catalog_price_minor, site_domain, created_at, updated_at) "
	"VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $8, $9, $10, $10)",
    [RAW_SUBSCRIPTION] =
	"INSERT INTO subscriptions (tenant_id, id, customer_id, product_id, "
	"order_id, order_item_id, domain, status, period, price_minor, "
	"currency, quantity, anchor_day, current_period_start, "
	"current_period_end, next_billing_date, created_at, updated_at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, 'USD', 1, "
	"$10, $11, $12, $12, $13, $13)",
    [RAW_WEBSITE] =
	"INSERT INTO websites (tenant_id, id, domain, server_id, "
	"customer_id, subscription_id, app_type, php_version, system_user, "
	"status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, "
	"$8, $9, 'pending', $10, $10)",
    [RAW_DOMAIN] =
	"INSERT INTO domains (tenant_id, id, name, tld, customer_id, "
	"subscription_id, website_id, created_at, updated_at) "
	"VALUES ($1, $2, $3, 'test', $4, $5, $6, $7, $7)",
    [RAW_TASK] =
	"INSERT INTO provisioning_tasks (tenant_id, id, type, step, "
	"server_id, subscription_id, website_id, order_id, after_task_id, "
	"dedupe_key, payload, due_at, created_at, updated_at) "
	"VALUES ($1, $2, $3, 'create', $4, $5, $6, $7, $8, $9, $10, $11, "
	"$11, $11)",
    [RAW_TASK_EVENT] =
	"INSERT INTO task_events (tenant_id, id, task_id, event, attempt, "
	"message, actor_name, created_at, updated_at) "
	"VALUES ($1, $2, $3, 'queued', 0, '', 'raw', $4, $4)",
    [RAW_AUDIT] =
	"INSERT INTO audit_logs (tenant_id, id, actor_kind, actor_id, "
	"actor_name, action, noun, noun_id, detail, request_id, created_at, "
	"updated_at) VALUES ($1, $2, 'token', $3, 'raw', $4, $5, $6, '{}', "
	"$7, $8, $8)",
    [RAW_OUTBOX] =
	"INSERT INTO outbox (tenant_id, id, kind, dedupe_key, recipient, "
	"template, payload, created_at, updated_at) VALUES ($1, $2, 'mail', "
	"$3, $4, $5, $6, $7, $7)",
    [RAW_QUEUE] =
	"INSERT INTO queue (id, tenant_id, kind, ref_id, due_at, created_at, "
	"updated_at) VALUES ($1, $2, 'mail', $3, $4, $4, $4)",
    [RAW_INVOICE] =
	"INSERT INTO invoices (tenant_id, id, customer_id, order_id, status, "
	"currency, created_at, updated_at) VALUES ($1, $2, $3, $4, 'draft', "
	"'USD', $5, $5)",
    [RAW_INVOICE_ITEM] =
	"INSERT INTO invoice_items (tenant_id, id, invoice_id, position, "
	"description, quantity, unit_price_minor, amount_minor, period_start, "
	"period_end, subscription_id, product_id, created_at, updated_at) "
	"VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7, $8, $9, $10, $11, $11)",
    [RAW_PAYMENT] =
	"INSERT INTO payments (tenant_id, id, invoice_id, order_id, "
	"customer_id, amount_minor, currency, method, transaction_id, "
	"status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, "
	"'USD', 'stripe', $7, 'succeeded', $8, $8)",
    [RAW_ENTRY] =
	"INSERT INTO ledger_entries (tenant_id, id, kind, subject_id, "
	"description, created_at, updated_at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $6)",
    [RAW_TRANSFER] =
	"INSERT INTO ledger_transfers (tenant_id, id, entry_id, "
	"debit_account_id, credit_account_id, amount_minor, currency, "
	"customer_id, invoice_id, created_at, updated_at) "
	"VALUES ($1, $2, $3, $4, $5, $6, 'USD', $7, $8, $9, $9)",
    [RAW_USER] =
	"INSERT INTO users (tenant_id, id, email, name, first_name, "
	"last_name, role, password_hash, time_zone, date_format, "
	"created_at, updated_at) VALUES ($1, $2, $3, 'Client Name', '', '', "
	"'customer', NULL, 'UTC', 'iso', $4, $4) ON CONFLICT DO NOTHING",
    [RAW_LINK] =
	"INSERT INTO account_links (tenant_id, id, token_hash, purpose, "
	"user_id, email, epoch, expires_at, created_at, updated_at) "
	"VALUES ($1, $2, $3, 'password', $4, $5, 1, $6, $7, $7)",
    [RAW_PERSON] =
	"INSERT INTO customer_people (tenant_id, customer_id, user_id, "
	"may_bill, may_tech, may_support, created_at, updated_at) "
	"VALUES ($1, $2, $3, 1, 1, 1, $4, $4)",
    [RAW_CUSTOMER_USER] =
	"UPDATE customers SET user_id = $3, updated_at = $4 "
	"WHERE tenant_id = $1 AND id = $2",
};
/* clang-format on */

/* ---- what is there already ---- */

static struct id
find(const struct raw_engine *e, struct raw_conn *c, const char *sql,
    const char *tenant, const char *arg)
{
	char text[64];

	e->look_up(c, sql, tenant, arg, text);
	if (!id_valid(text))
		raw_die("not in the database (migrate, tenant add, seed)", arg);
	return id_of(text);
}

/* Made by the first who wants it, as ledger.c does. */
static struct id
account(const struct raw_engine *e, struct raw_conn *c, const char *tenant,
    const char *code)
{
	struct id id = id_new(clock_now_ms());
	char sql[512], text[64];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO ledger_accounts (tenant_id, id, code, name, kind, "
	    "currency, created_at, updated_at) VALUES ($1, '%s', $2, $2, "
	    "'asset', 'USD', 0, 0) ON CONFLICT DO NOTHING",
	    id.s);
	e->look_up(c, sql, tenant, code, text);
	return find(e, c,
	    "SELECT id FROM ledger_accounts WHERE tenant_id = $1 "
	    "AND code = $2 AND currency = 'USD'",
	    tenant, code);
}

void
raw_tenant_find(const struct raw_engine *e, struct raw_conn *c, int nth,
    struct raw_tenant *out)
{
	char number[16];
	const char *id = out->id.s;

	snprintf(number, sizeof(number), "%d", nth);
	out->id = find(e, c,
	    "SELECT id FROM tenants WHERE kind = 'business' AND CAST($1 AS TEXT) IS NULL "
	    "ORDER BY id LIMIT 1 OFFSET CAST($2 AS INTEGER)",
	    NULL, number);
	out->server = find(e, c,
	    "SELECT id FROM servers WHERE tenant_id = $1 AND $2 = ''", id, "");
	for (int i = 0; i < RAW_ITEMS; i++)
		out->product[i] = find(e, c,
		    "SELECT id FROM products WHERE tenant_id = $1 "
		    "AND code = $2 AND deleted_at IS NULL",
		    id, items[i].code);
	out->clearing = account(e, c, id, "1010");
	out->receivables = account(e, c, id, "1200");
	out->deposits = account(e, c, id, "2100");
	out->revenue = account(e, c, id, "4000");
}

/* ---- one order ---- */

struct placing {
	const struct raw_engine *engine;
	struct raw_conn *conn;
	const struct raw_tenant *tenant;
	int n_items;
	int64_t now_ms, total_minor;
	struct raw_val now;
	struct id order, customer, invoice, payment;
	struct id item[RAW_ITEMS], subscription[RAW_ITEMS];
	struct id website[RAW_ITEMS], task[RAW_ITEMS];
	char site[RAW_ITEMS][96];
	char today[11], until[RAW_ITEMS][11];
	char intent[96], email[96], domain[96];
	struct raw_val request_id;
};

static struct id
new_id(const struct placing *p)
{
	return id_new(p->now_ms);
}

static struct raw_val
ref(const struct id *id)
{
	return id_is_set(id) ? RAW_TEXT(id->s) : RAW_NULL;
}

#define EXEC(p, what, ...)                                                     \
	(p)->engine->exec((p)->conn, (what),                                   \
	    (const struct raw_val[]){ref(&(p)->tenant->id), __VA_ARGS__},      \
	    (int)(sizeof((const struct raw_val[]){RAW_NULL, __VA_ARGS__}) /    \
		  sizeof(struct raw_val)))

static void
prepare(struct placing *p, const char *name)
{
	p->now_ms = clock_now_ms();
	p->now = RAW_INT(p->now_ms / 1000);
	date_iso(p->now_ms / 1000, p->today);
	snprintf(p->intent, sizeof(p->intent), "pi_%s", name);
	snprintf(p->email, sizeof(p->email), "c-%s@example.com", name);
	snprintf(p->domain, sizeof(p->domain), "s-%s.test", name);
	p->order = new_id(p);
	p->customer = new_id(p);
	p->invoice = new_id(p);
	p->payment = new_id(p);
	for (int i = 0; i < p->n_items; i++) {
		const char *site = items[i].provisions[0] == 'b' ? p->site[0]
				   : i == 0			 ? p->domain
								 : NULL;
		struct id item;

		item = new_id(p);
		p->item[i] = item;
		p->subscription[i] = new_id(p);
		p->task[i] = new_id(p);
		date_add_months(p->today, items[i].period[0] == 'y' ? 12 : 1, 0,
		    p->until[i]);
		p->total_minor += items[i].price_minor;
		if (site)
			memcpy(p->site[i], site, strlen(site) + 1);
		else
			snprintf(p->site[i], sizeof(p->site[i]),
			    "%s-%s.preview.test", items[i].code, item.s + 24);
	}
}

static void
insert_order(struct placing *p)
{
	char request[1024], hash[TOKEN_HASH_LEN];

	snprintf(request, sizeof(request),
	    "{\"address\":{},\"currency\":\"USD\",\"email\":\"%s\","
	    "\"intent\":\"%s\",\"items\":["
	    "{\"period\":\"year\",\"product\":\"starter\",\"quantity\":1,"
	    "\"unitPriceMinor\":2988},"
	    "{\"period\":\"month\",\"product\":\"wp-growth\",\"quantity\":1,"
	    "\"unitPriceMinor\":1095},"
	    "{\"period\":\"month\",\"product\":\"daily-backups-30d\","
	    "\"quantity\":1,\"unitPriceMinor\":499}],"
	    "\"metadata\":{},\"name\":\"Client Name\",\"primaryDomain\":\"%s\"}",
	    p->email, p->intent, p->domain);
	content_hash(request, strlen(request), hash);
	EXEC(p, RAW_INTAKE, RAW_TEXT(p->intent), RAW_TEXT(hash), ref(&p->order),
	    p->now);
	EXEC(p, RAW_CUSTOMER, ref(&p->customer), RAW_TEXT("Client Name"),
	    RAW_TEXT(p->email), p->now);
	EXEC(p, RAW_ORDER, ref(&p->order), ref(&p->customer),
	    RAW_TEXT(p->intent), RAW_INT(p->total_minor), RAW_TEXT(p->domain),
	    RAW_TEXT(request), p->now, ref(&p->order));
	for (int i = 0; i < p->n_items; i++)
		EXEC(p, RAW_ORDER_ITEM, ref(&p->item[i]), ref(&p->order),
		    RAW_INT(i + 1), RAW_TEXT(items[i].code),
		    ref(&p->tenant->product[i]), RAW_TEXT(items[i].period),
		    RAW_INT(items[i].price_minor), RAW_TEXT(p->site[i]),
		    p->now);
}

static void
insert_task(struct placing *p, int i, int site)
{
	const char *user = p->website[site].s + 24;
	char payload[512], key[64];
	struct id event = new_id(p);
	bool is_backup = site != i;

	snprintf(payload, sizeof(payload),
	    "{\"domain\":\"%s\",\"siteId\":\"%s\",\"systemUser\":\"mp_%s\","
	    "\"plan\":\"%s\",\"server\":\"node1\",\"customerName\":"
	    "\"Client Name\",\"customerEmail\":\"%s\",\"php\":false}",
	    p->site[site], p->website[site].s, user, items[site].code,
	    p->email);
	snprintf(key, sizeof(key), "%s:create", p->subscription[i].s);
	EXEC(p, RAW_TASK, ref(&p->task[i]), RAW_TEXT(items[i].provisions),
	    ref(&p->tenant->server), ref(&p->subscription[i]),
	    ref(&p->website[site]), ref(&p->order),
	    is_backup ? ref(&p->task[site]) : RAW_NULL, RAW_TEXT(key),
	    RAW_TEXT(payload), p->now);
	EXEC(p, RAW_TASK_EVENT, ref(&event), ref(&p->task[i]), p->now);
}

static void
insert_website(struct placing *p, int i)
{
	struct id domain = new_id(p);
	char user[32];

	p->website[i] = new_id(p);
	snprintf(user, sizeof(user), "mp_%s", p->website[i].s + 24);
	EXEC(p, RAW_WEBSITE, ref(&p->website[i]), RAW_TEXT(p->site[i]),
	    ref(&p->tenant->server), ref(&p->customer),
	    ref(&p->subscription[i]), RAW_TEXT(i == 1 ? "php" : "static"),
	    i == 1 ? RAW_TEXT("8.2") : RAW_NULL, RAW_TEXT(user), p->now);
	insert_task(p, i, i);
	if (i == 0)
		EXEC(p, RAW_DOMAIN, ref(&domain), RAW_TEXT(p->site[i]),
		    ref(&p->customer), ref(&p->subscription[i]),
		    ref(&p->website[i]), p->now);
}

static void
insert_services(struct placing *p)
{
	for (int i = 0; i < p->n_items; i++)
		EXEC(p, RAW_SUBSCRIPTION, ref(&p->subscription[i]),
		    ref(&p->customer), ref(&p->tenant->product[i]),
		    ref(&p->order), ref(&p->item[i]), RAW_TEXT(p->site[i]),
		    RAW_TEXT(items[i].period), RAW_INT(items[i].price_minor),
		    RAW_INT(20), RAW_TEXT(p->today), RAW_TEXT(p->until[i]),
		    p->now);
	for (int i = 0; i < p->n_items; i++) {
		if (items[i].provisions[0] == 'w')
			insert_website(p, i);
		else
			insert_task(p, i, 0);
	}
}

static void
insert_audit(struct placing *p, const char *action, const char *noun,
    const struct id *subject)
{
	struct id id = new_id(p);

	EXEC(p, RAW_AUDIT, ref(&id), ref(&p->tenant->server), RAW_TEXT(action),
	    RAW_TEXT(noun), ref(subject), p->request_id, p->now);
}

static void
book(struct placing *p, const char *kind, const struct id *subject,
    const struct id *debit, const struct id *credit, const struct id *invoice)
{
	struct id entry = new_id(p), transfer = new_id(p);

	EXEC(p, RAW_ENTRY, ref(&entry), RAW_TEXT(kind), ref(subject),
	    RAW_TEXT("Payment received"), p->now);
	EXEC(p, RAW_TRANSFER, ref(&transfer), ref(&entry), ref(debit),
	    ref(credit), RAW_INT(p->total_minor), ref(&p->customer),
	    ref(invoice), p->now);
}

static void
insert_money(struct placing *p)
{
	const struct raw_tenant *t = p->tenant;
	const struct id none = {""};

	EXEC(p, RAW_INVOICE, ref(&p->invoice), ref(&p->customer),
	    ref(&p->order), p->now);
	for (int i = 0; i < p->n_items; i++) {
		struct id line = new_id(p);

		EXEC(p, RAW_INVOICE_ITEM, ref(&line), ref(&p->invoice),
		    RAW_INT(i + 1), RAW_TEXT(p->site[i]),
		    RAW_INT(items[i].price_minor), RAW_TEXT(p->today),
		    RAW_TEXT(p->until[i]), ref(&p->subscription[i]),
		    ref(&t->product[i]), p->now);
	}
	EXEC(p, RAW_PAYMENT, ref(&p->payment), ref(&p->invoice), ref(&p->order),
	    ref(&p->customer), RAW_INT(p->total_minor), RAW_TEXT(p->intent),
	    p->now);
	book(p, "payment", &p->payment, &t->clearing, &t->deposits, &none);
	book(p, "invoice", &p->invoice, &t->receivables, &t->revenue,
	    &p->invoice);
	book(p, "allocation", &p->payment, &t->deposits, &t->receivables,
	    &p->invoice);
	insert_audit(p, "payment.receive", "payments", &p->payment);
	insert_audit(p, "order.place", "orders", &p->order);
	insert_audit(p, "invoice.issue", "invoices", &p->invoice);
}

static void
insert_mail(struct placing *p, const char *template, const struct id *about,
    const char *payload)
{
	struct id outbox = new_id(p), queue = new_id(p);
	char key[96];

	snprintf(key, sizeof(key), "%s:%s", template, about->s);
	EXEC(p, RAW_OUTBOX, ref(&outbox), RAW_TEXT(key), RAW_TEXT(p->email),
	    RAW_TEXT(template), RAW_TEXT(payload), p->now);
	p->engine->exec(p->conn, RAW_QUEUE,
	    (const struct raw_val[]){
		ref(&queue), ref(&p->tenant->id), ref(&outbox), p->now},
	    4);
}

/* A mail that its subject says all about. */
static void
insert_notice(struct placing *p, const char *template, const char *member,
    const struct id *about)
{
	char payload[64];

	snprintf(payload, sizeof(payload), "{\"%s\":\"%s\"}", member, about->s);
	insert_mail(p, template, about, payload);
}

/* A new customer gets an account, and a link to choose a password by; the
 * panel keeps that sealed, and this is as long. */
static void
insert_welcome(struct placing *p)
{
	struct id user = new_id(p), link = new_id(p);
	char hash[TOKEN_HASH_LEN], payload[256];

	content_hash(p->email, strlen(p->email), hash);
	snprintf(payload, sizeof(payload),
	    "{\"name\":\"Client Name\",\"expiresHours\":168,\"link\":"
	    "\"%s%s%.24s\"}",
	    hash, hash, hash);
	EXEC(p, RAW_USER, ref(&user), RAW_TEXT(p->email), p->now);
	insert_audit(p, "user.add", "users", &user);
	EXEC(p, RAW_LINK, ref(&link), RAW_TEXT(hash), ref(&user),
	    RAW_TEXT(p->email), RAW_INT(p->now.num + 604800), p->now);
	insert_mail(p, "mail/welcome", &link, payload);
	EXEC(p, RAW_PERSON, ref(&p->customer), ref(&user), p->now);
	insert_audit(p, "customer.person", "customers", &p->customer);
	EXEC(p, RAW_CUSTOMER_USER, ref(&p->customer), ref(&user), p->now);
}

/* The answer that the intake keeps. */
static void
write_response(const struct placing *p, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size,
	    "\"orderId\":\"%s\",\"orderNumber\":\"@ORD@\","
	    "\"status\":\"processing\",\"customerId\":\"%s\","
	    "\"customerEmail\":\"%s\",\"invoice\":{\"id\":\"%s\","
	    "\"number\":\"@INV@\",\"status\":\"paid\",\"total\":45.82,"
	    "\"currency\":\"USD\"},\"made\":[",
	    p->order.s, p->customer.s, p->email, p->invoice.s);

	for (int i = 0; i < p->n_items; i++)
		n += (size_t)snprintf(out + n, size - n,
		    "{\"id\":\"%s\",\"product\":\"%s\",\"domain\":\"%s\","
		    "\"billingPeriod\":\"%s\",\"status\":\"pending\","
		    "\"nextBillingDate\":\"%s\"},{\"id\":\"%s\","
		    "\"type\":\"%s\",\"status\":\"pending\"},",
		    p->subscription[i].s, items[i].code, p->site[i],
		    items[i].period, p->until[i], p->task[i].s,
		    items[i].provisions);
	snprintf(out + n, size - n, "null]}");
}

void
raw_order_place(const struct raw_engine *e, struct raw_conn *c,
    const struct raw_tenant *t, const char *name, int n_items, bool counter)
{
	struct placing p = {
	    .engine = e,
	    .conn = c,
	    .tenant = t,
	    .n_items = n_items,
	    .request_id = RAW_TEXT("0123456789abcdef0123456789abcdef"),
	};
	char response[2048];

	prepare(&p, name);
	write_response(&p, response, sizeof(response));
	e->begin(c, t);
	insert_order(&p);
	insert_services(&p);
	insert_money(&p);
	insert_notice(&p, "mail/order-confirmation", "orderId", &p.order);
	insert_notice(&p, "mail/invoice", "invoiceId", &p.invoice);
	insert_welcome(&p);
	e->end(c, &(struct raw_end){
		      .tenant = t,
		      .order = p.order.s,
		      .invoice = p.invoice.s,
		      .intent = p.intent,
		      .total_minor = p.total_minor,
		      .now = p.now.num,
		      .response = response,
		      .counter = counter,
		  });
}
