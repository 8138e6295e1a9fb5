/* customers_pages.c - who buys, and one of them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/customer_people.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/websites_pages.h"
#include "orders/orders_pages.h"

#define CUSTOMERS "/admin/customers"
#define TAB_ROWS  100

/* ---- the list ---- */

enum {
	C_NAME,
	C_EMAIL,
	C_COMPANY,
	C_COUNTRY,
	C_SERVICES,
	C_OWES,
	C_STATUS,
	C_CREATED
};

/* clang-format off */
static const struct field fields[] = {
	[C_NAME]	= {"name",	"c.name",	FIELD_TEXT,	SEARCH,	"c.name"},
	[C_EMAIL]	= {"email",	"c.email",	FIELD_TEXT,	SEARCH,	NULL},
	[C_COMPANY]	= {"companyName", "c.company_name", FIELD_TEXT,	SEARCH,	NULL},
	[C_COUNTRY]	= {"country",	"c.country",	FIELD_TEXT,	FILTER | COARSE, NULL},
	[C_SERVICES]	= {"services",
		"(SELECT COUNT(*) FROM subscriptions s "
		"WHERE s.tenant_id = c.tenant_id AND s.customer_id = c.id "
		"AND s.status NOT IN ('cancelled', 'expired'))",
							FIELD_INT,	0,	NULL},
	[C_OWES]	= {"owes",
		"(SELECT SUM(i.total_minor - i.amount_paid_minor) FROM invoices i "
		"WHERE i.tenant_id = c.tenant_id AND i.customer_id = c.id "
		"AND i.status = 'open' AND i.currency = c.currency)",
							FIELD_MONEY,	0,	NULL},
	[C_STATUS]	= {"status",	"c.status",	FIELD_WORD,	FILTER,	NULL},
	[C_CREATED]	= {"createdAt",	"c.created_at",	FIELD_TIME,	0,	"c.id"},
};
/* clang-format on */

const struct noun customers_page_noun = {
    .name = "customers",
    .from = "customers c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .currency = "c.currency",
    .alive = "c.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

static void
fill_customer(
    const struct list_page *p, const struct cells *c, struct view *row)
{
	struct arena *a = p->rq->arena;

	view_text(row, "name", cell_text(c, C_NAME));
	view_text(row, "email", cell_text(c, C_EMAIL));
	view_text(row, "country", cell_text(c, C_COUNTRY));
	view_text(row, "services", show_count(a, cell_int(c, C_SERVICES)));
	view_text(row, "owes",
	    cell_int(c, C_OWES) > 0
		? show_money(a, cell_int(c, C_OWES), c->currency)
		: "");
	put_badge(row, cell_text(c, C_STATUS));
	put_time(row, "created", cell_int(c, C_CREATED), p->rq->now);
}

static const struct list_def customers_list = {
    .noun = &customers_page_noun,
    .path = CUSTOMERS,
    .file = "customers.csv",
    .find = "Name, e-mail, company",
    .column = (const struct list_column[]){{"name", "name"},
	{"created", "createdAt"}, {NULL}},
    .fill = fill_customer,
};

static const struct list_tab list_tabs[] = {
    {"All", NULL, false, false},
    {"Active", "active", false, false},
    {"Suspended", "suspended", true, false},
};

static enum err
list_customers_page(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &customers_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, "Customers", CUSTOMERS);
	list_page_start(&p, v);
	e = list_page_tabs(
	    &p, put_tabs(v), "status", list_tabs, N_ELEMS(list_tabs));
	if (e != OK)
		return e;
	if (request_may(rq, PERM_CUSTOMERS_WRITE))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    "New customer", CUSTOMERS "/new", "plus", "pri");
	return list_page_reply(&p, v, "admin/customers");
}

/* ---- one customer ---- */

struct customer_page {
	struct customer c;
	const char *company, *tax_id, *status;
	int64_t credit_minor, created_at;
};

static enum err
read_customer(struct tx *tx, const struct id *id, struct customer_page *out)
{
	struct rows r;
	enum err e = customer_get(tx, id, &out->c);

	if (e == OK)
		e = db_one(tx, &r,
		    "SELECT company_name, tax_id, status, credit_minor, "
		    "created_at FROM customers "
		    "WHERE tenant_id = $1 AND id = $2 "
		    "AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	out->company = row_strdup(&r, 0);
	out->tax_id = row_strdup(&r, 1);
	out->status = row_strdup(&r, 2);
	out->credit_minor = row_int(&r, 3);
	out->created_at = row_int(&r, 4);
	return rows_done(&r);
}

static enum err
put_owes(
    struct request *rq, const struct customer_page *p, struct view *figures)
{
	struct arena *a = rq->arena;
	char today[11];
	struct rows r;
	int64_t late;
	enum err e;

	date_iso(rq->now, today);
	e = db_one(rq->tx, &r,
	    "SELECT SUM(total_minor - amount_paid_minor), "
	    "SUM(CASE WHEN due_date < $4 THEN 1 ELSE 0 END) FROM invoices "
	    "WHERE tenant_id = $1 AND customer_id = $2 AND status = 'open' "
	    "AND currency = $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&p->c.id), DB_TEXT(p->c.currency),
	    DB_TEXT(today));
	if (e != OK)
		return e;
	late = row_int(&r, 1);
	figure_add(figures, "Owes",
	    show_money(a, row_int(&r, 0), p->c.currency),
	    late > 0 ? arena_printf(a, "%s overdue",
			   show_plural(a, late, "invoice", "invoices"))
		     : "nothing overdue",
	    late > 0 ? "warn" : "");
	return rows_done(&r);
}

static enum err
put_recurring(
    struct request *rq, const struct customer_page *p, struct view *figures)
{
	int64_t year = 0;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT period, SUM(price_minor * quantity) FROM subscriptions "
	    "WHERE tenant_id = $1 AND customer_id = $2 AND currency = $3 "
	    "AND status IN ('active', 'past_due') GROUP BY period",
	    DB_ID(&rq->tx->tenant), DB_ID(&p->c.id), DB_TEXT(p->c.currency));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		int months = period_info(period_of(row_text(&r, 0)))->months;

		if (months > 0)
			year += row_int(&r, 1) * 12 / months;
	}
	figure_add(figures, "Recurring",
	    show_money(rq->arena, (year + 6) / 12, p->c.currency), "a month",
	    "");
	return rows_done(&r);
}

static enum err
put_paid(
    struct request *rq, const struct customer_page *p, struct view *figures)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT SUM(amount_minor - refunded_minor), COUNT(*) "
	    "FROM payments WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND currency = $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&p->c.id), DB_TEXT(p->c.currency));

	if (e != OK)
		return e;
	figure_add(figures, "Paid in all",
	    show_money(rq->arena, row_int(&r, 0), p->c.currency),
	    show_plural(rq->arena, row_int(&r, 1), "payment", "payments"), "");
	return rows_done(&r);
}

static enum err
put_figures(
    struct request *rq, const struct customer_page *p, struct view *root)
{
	struct view *figures = view_list(view_object(root, "figures"), "items");
	enum err e = put_owes(rq, p, figures);

	if (e != OK)
		return e;
	figure_add(figures, "Credit",
	    show_money(rq->arena, p->credit_minor, p->c.currency),
	    p->credit_minor > 0 ? "used on the next invoice" : "", "");
	if ((e = put_recurring(rq, p, figures)) != OK)
		return e;
	return put_paid(rq, p, figures);
}

/* Two lines of an address as one, without empty pieces. */
static const char *
address_text(struct arena *a, const struct customer *c)
{
	const char *piece[] = {
	    c->line1, c->line2, c->postal_code, c->city, c->state};
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	for (size_t i = 0; i < N_ELEMS(piece); i++) {
		if (!piece[i] || !*piece[i])
			continue;
		if (b.len > 0)
			buf_puts(&b, ", ");
		buf_puts(&b, piece[i]);
	}
	s = buf_move(a, &b);
	return s ? s : "";
}

static void
put_facts(struct request *rq, const struct customer_page *p, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(facts, "Company", p->company);
	fact_text(facts, "E-mail", p->c.email);
	fact_text(facts, "Phone", p->c.phone);
	fact_text(facts, "Address", address_text(rq->arena, &p->c));
	fact_text(facts, "Country", p->c.country);
	fact_text(facts, "VAT ID", p->tax_id);
	fact_text(facts, "Currency", p->c.currency);
	fact_code(facts, "Customer", p->c.id.s);
}

/* What they ordered, newest first. */
static enum err
put_history(struct request *rq, const struct id *customer, struct view *root)
{
	struct view *events = view_list(root, "history");
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_ORDERS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT id, number, status, total_minor, currency, created_at "
	    "FROM orders WHERE tenant_id = $1 AND customer_id = $2 "
	    "ORDER BY id DESC LIMIT 20",
	    DB_ID(&rq->tx->tenant), DB_ID(customer));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct id id = row_id(&r, 0);
		const char *status = row_text(&r, 2);

		event_add(events,
		    str_eq(status, "review")	  ? "w"
		    : str_eq(status, "completed") ? "on"
						  : "",
		    arena_printf(rq->arena, "%s, %s, %s", row_text(&r, 1),
			show_money(rq->arena, row_int(&r, 3), row_text(&r, 4)),
			badge_word(status)),
		    order_path(rq, &id), row_int(&r, 5), rq->now);
	}
	return rows_done(&r);
}

/* ---- its tabs ---- */

static void
put_subscription_verbs(
    struct request *rq, const struct rows *r, struct view *row)
{
	const char *status = row_text(r, 3);
	struct view *verbs;

	if (!request_may(rq, PERM_SUBSCRIPTIONS_WRITE))
		return;
	verbs = view_list(row, "verbs");
	if (str_eq(status, "active") || str_eq(status, "past_due") ||
	    str_eq(status, "trialing"))
		verb_ask(verbs, "Suspend…",
		    arena_printf(
			rq->arena, "/subscriptions/%s/suspend", row_text(r, 0)),
		    NULL, NULL);
	if (str_eq(status, "suspended"))
		verb_ask(verbs, "Reactivate…",
		    arena_printf(rq->arena, "/subscriptions/%s/reactivate",
			row_text(r, 0)),
		    NULL, NULL);
}

static enum err
put_subscriptions(
    struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT s.id, p.name, s.domain, s.status, s.next_billing_date, "
	    "s.price_minor * s.quantity, s.currency, s.period "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND s.customer_id = $2 "
	    "ORDER BY s.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "product", row_text(&r, 1));
		view_text(v, "domain", row_text(&r, 2));
		put_badge(v, row_text(&r, 3));
		put_date(v, "next", row_text(&r, 4), rq->now);
		put_money(
		    v, rq->arena, "price", row_int(&r, 5), row_text(&r, 6));
		view_text(
		    v, "per", period_info(period_of(row_text(&r, 7)))->per);
		put_subscription_verbs(rq, &r, v);
	}
	return rows_done(&r);
}

static enum err
put_invoices(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT i.number, i.status, i.due_date, i.total_minor, "
	    "i.currency, (SELECT l.description FROM invoice_items l "
	    "WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id "
	    "ORDER BY l.position LIMIT 1) "
	    "FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.customer_id = $2 "
	    "ORDER BY i.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "number",
		    row_is_null(&r, 0) ? "Draft" : row_text(&r, 0));
		put_badge(v,
		    invoice_state(row_text(&r, 1), row_text(&r, 2), rq->now));
		put_date(v, "due", row_text(&r, 2), rq->now);
		put_money(
		    v, rq->arena, "total", row_int(&r, 3), row_text(&r, 4));
		view_text(v, "what", row_text(&r, 5));
	}
	return rows_done(&r);
}

static enum err
put_domains(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT name, status, registrar, expiry_date FROM domains "
	    "WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND deleted_at IS NULL ORDER BY id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "domain", row_text(&r, 0));
		put_badge(v, row_text(&r, 1));
		view_text(v, "registrar", row_text(&r, 2));
		put_date(v, "expires", row_text(&r, 3), rq->now);
	}
	return rows_done(&r);
}

static enum err
put_websites(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT w.id, w.domain, w.status, v.name, w.php_version "
	    "FROM websites w JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "WHERE w.tenant_id = $1 AND w.customer_id = $2 "
	    "ORDER BY w.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_textf(v, "href", "/websites/%s", row_text(&r, 0));
		view_text(v, "domain", row_text(&r, 1));
		put_badge(v, website_state(row_text(&r, 2)));
		view_text(v, "server", row_text(&r, 3));
		view_text(v, "php", row_text(&r, 4));
	}
	return rows_done(&r);
}

static const struct customer_tab {
	const char *name, *label;
	enum perm perm;
	enum err (*put)(
	    struct request *rq, const struct id *customer, struct view *rows);
	const char *count;
} customer_tabs[] = {
    {"subscriptions", "Subscriptions", PERM_SUBSCRIPTIONS_READ,
	put_subscriptions,
	"SELECT COUNT(*) FROM subscriptions "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"invoices", "Invoices", PERM_INVOICES_READ, put_invoices,
	"SELECT COUNT(*) FROM invoices "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"domains", "Domains", PERM_DOMAINS_READ, put_domains,
	"SELECT COUNT(*) FROM domains "
	"WHERE tenant_id = $1 AND customer_id = $2 AND deleted_at IS NULL"},
    {"websites", "Websites", PERM_WEBSITES_READ, put_websites,
	"SELECT COUNT(*) FROM websites "
	"WHERE tenant_id = $1 AND customer_id = $2"},
};

/* The tab of ?tab=, the first that the actor may see without it; NULL with a
 * problem when there is none of that name. */
static const struct customer_tab *
tab_of(struct request *rq)
{
	const char *name = query_text(rq, "tab");

	for (size_t i = 0; i < N_ELEMS(customer_tabs); i++) {
		const struct customer_tab *t = &customer_tabs[i];

		if (request_may(rq, t->perm) &&
		    (!name || str_eq(t->name, name)))
			return t;
	}
	if (name)
		problem_add(&rq->problems, "tab", "not_in_list",
		    "There is no such tab.");
	return NULL;
}

static enum err
put_customer_tabs(struct request *rq, const struct id *customer,
    const struct customer_tab *here, struct view *root)
{
	struct view *tabs = put_tabs(root);
	int64_t n;

	for (size_t i = 0; i < N_ELEMS(customer_tabs); i++) {
		const struct customer_tab *t = &customer_tabs[i];
		enum err e;

		if (!request_may(rq, t->perm))
			continue;
		e = db_int(rq->tx, 0, &n, t->count, DB_ID(&rq->tx->tenant),
		    DB_ID(customer));
		if (e != OK)
			return e;
		tab_add(tabs,
		    arena_printf(rq->arena, CUSTOMERS "/%s?tab=%s", customer->s,
			t->name),
		    t->label, t == here, n > 0 ? show_count(rq->arena, n) : "",
		    false);
	}
	return OK;
}

/* Where somebody looks after the account. */
static enum err
may_visit(struct request *rq, const struct id *id, bool *yes_out)
{
	struct id user;
	enum err e = E_NOTFOUND;

	if (request_may(rq, PERM_CUSTOMERS_ENTER))
		e = customer_people_first(rq->tx, id, &user);
	*yes_out = e == OK;
	return e == E_NOTFOUND ? OK : e;
}

static void
put_customer_head(struct request *rq, const struct customer_page *p,
    bool has_visit, struct view *root)
{
	struct view *head = view_object(root, "head");

	crumb_add(head_crumbs(head), CUSTOMERS, "Customers");
	put_badge(head, p->status);
	view_textf(head, "text", "%s%s%s · customer since %s", p->c.email,
	    p->c.country && *p->c.country ? " · " : "",
	    p->c.country ? p->c.country : "",
	    show_long_date(rq->arena, p->created_at));
	if (request_may(rq, PERM_CUSTOMERS_WRITE))
		verb_link(view_list(head, "verbs"), "Edit",
		    arena_printf(rq->arena, CUSTOMERS "/%s/edit", p->c.id.s),
		    "pen", NULL);
	if (has_visit)
		verb_ask(view_list(view_object(head, "more"), "items"),
		    "Look as this customer…",
		    arena_printf(
			rq->arena, CUSTOMERS "/%s/sign-in-as", p->c.id.s),
		    NULL, NULL);
}

enum err
show_customer(struct request *rq)
{
	static const char *const known[] = {"tab"};
	const struct customer_tab *tab = tab_of(rq);
	struct customer_page p;
	struct view *v;
	bool has_visit;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = query_known(rq, known, N_ELEMS(known))) != OK ||
	    (e = read_customer(rq->tx, &id, &p)) != OK)
		return e;
	if (!tab && rq->problems.n > 0)
		return E_INPUT;
	v = page_view(rq, p.c.name, CUSTOMERS);
	if ((e = may_visit(rq, &id, &has_visit)) != OK)
		return e;
	put_customer_head(rq, &p, has_visit, v);
	put_facts(rq, &p, v);
	if ((e = put_figures(rq, &p, v)) != OK ||
	    (e = put_customer_tabs(rq, &id, tab, v)) != OK ||
	    (e = put_history(rq, &id, v)) != OK)
		return e;
	if (tab)
		e = tab->put(
		    rq, &id, view_list(view_object(v, tab->name), "rows"));
	if (e != OK)
		return e;
	reply_page(rq, 200, "admin/customer", v);
	return OK;
}

/* clang-format off */
const struct route customer_page_routes[] = {
	{GET,	CUSTOMERS,		POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_READ,
		BODY_NONE, 0, list_customers_page, "customers.page"},
	{GET,	CUSTOMERS "/:id",	POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_READ,
		BODY_NONE, 0, show_customer, "customers.show"},
	{GET,	"/subscriptions/:id/suspend",	POOL_UI, AUTH_SESSION, PERM_SUBSCRIPTIONS_WRITE,
		BODY_NONE, 0, ask_suspend, "subscriptions.ask_suspend"},
	{POST,	"/subscriptions/:id/suspend",	POOL_UI, AUTH_SESSION, PERM_SUBSCRIPTIONS_WRITE,
		BODY_FORM, 0, do_suspend, "subscriptions.do_suspend"},
	{GET,	"/subscriptions/:id/reactivate", POOL_UI, AUTH_SESSION, PERM_SUBSCRIPTIONS_WRITE,
		BODY_NONE, 0, ask_reactivate, "subscriptions.ask_reactivate"},
	{POST,	"/subscriptions/:id/reactivate", POOL_UI, AUTH_SESSION, PERM_SUBSCRIPTIONS_WRITE,
		BODY_FORM, 0, do_reactivate, "subscriptions.do_reactivate"},
	{0}
};
/* clang-format on */
