/* customers_pages.c - who buys.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/orders_pages.h"

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
    .found = &customers_found,
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
	v = page_view(rq, say("Customers"), CUSTOMERS);
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

/* clang-format off */
const struct route customer_page_routes[] = {
	{GET,	CUSTOMERS,		POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_READ,
		BODY_NONE, 0, list_customers_page, "customers.page"},
	{GET,	CUSTOMERS "/:id",	POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_READ,
		BODY_NONE, 0, show_customer, "customers.show"},
	{0}
};
/* clang-format on */
