/* lists_pages.c - what a customer has: the lists of services and domains.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/subscription.h"
#include "catalog/period.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/usage_pages.h"
#include "orders/orders_pages.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"
#include "portal/service_pages.h"

/* ---- services ---- */

enum {
	S_ID,
	S_PRODUCT,
	S_DOMAIN,
	S_STATUS,
	S_SITE,
	S_RENEWS,
	S_ENDS,
	S_PRICE,
	S_PERIOD,
	S_DAY, /* SQL_USAGE() */
	S_MONTH,
	S_SENT,
	S_DISK,
	S_FILES,
	S_DISK_LIMIT,
	S_SENT_LIMIT,
	S_OWNER,
	S_CREATED
};

/* clang-format off */
static const struct field service_columns[] = {
	[S_ID]		= {"id",	"s.id",			FIELD_ID},
	[S_PRODUCT]	= {"name",	"p.name",		FIELD_TEXT,	JOINED},
	[S_DOMAIN]	= {"domain",	"COALESCE(w.domain, s.domain)", FIELD_TEXT, JOINED},
	[S_STATUS]	= {"status",	"s.status",		FIELD_WORD,	FILTER},
	[S_SITE]	= {"websiteStatus", "w.status",		FIELD_WORD,	JOINED},
	[S_RENEWS]	= {"renewDate",	"s.next_billing_date",	FIELD_DATE},
	[S_ENDS]	= {"endsOn",	"s.ends_on",		FIELD_DATE},
	[S_PRICE]	= {"price",	SQL_RECURRING("s."),	FIELD_MONEY},
	[S_PERIOD]	= {"billingPeriod", "s.period",		FIELD_WORD},
	[S_DAY]		= {"usageDay",	"u.day",		FIELD_DATE,	JOINED},
	[S_MONTH]	= {"usageMonth", "u.month",		FIELD_DATE,	JOINED},
	[S_SENT]	= {"bandwidthUsage", "u.month_sent",	FIELD_INT,	JOINED},
	[S_DISK]	= {"diskUsage",	"u.disk_bytes",		FIELD_INT,	JOINED},
	[S_FILES]	= {"files",	"u.files",		FIELD_INT,	JOINED},
	[S_DISK_LIMIT]	= {"diskLimit",	SQL_DISK_LIMIT("p."),	FIELD_INT,	JOINED},
	[S_SENT_LIMIT]	= {"bandwidthLimit", SQL_TRAFFIC_LIMIT("p."), FIELD_INT, JOINED},
	[S_OWNER]	= {PORTAL_OWNER, "s.customer_id",	FIELD_ID,	FILTER},
	[S_CREATED]	= {"createdAt",	"s.created_at",		FIELD_TIME,	0,	"s.id"},
};
/* clang-format on */

const struct noun portal_services_page_noun = {
    .name = "client.services",
    .from = PORTAL_SERVICES,
    .base = "subscriptions s",
    .tenant = "s.tenant_id",
    .id = "s.id",
    .currency = "s.currency",
    .field = service_columns,
    .n_fields = N_ELEMS(service_columns),
    .may_read = PERM_PORTAL_USE,
};

/* While it is up: what it uses says nothing of one that is being set up. */
static void
put_usage(struct request *rq, const struct cells *c, struct view *row)
{
	struct usage_now u = usage_of_row(c->row, NOUN_FIELDS + S_DAY, rq->now);

	if (u.day[0] != '\0')
		usage_put_meters(
		    rq, &u, view_list(view_object(row, "use"), "items"));
}

static void
put_service(struct request *rq, const struct cells *c, struct view *row)
{
	const char *domain = cell_text(c, S_DOMAIN);
	const char *per = period_info(period_of(cell_text(c, S_PERIOD)))->per;

	view_text(row, "name", domain[0] ? domain : cell_text(c, S_PRODUCT));
	view_text(row, "product", cell_text(c, S_PRODUCT));
	put_badge(
	    row, service_state(cell_text(c, S_STATUS), cell_get(c, S_SITE)));
	put_date(row, "renews", cell_get(c, S_RENEWS), rq->now);
	put_date(
	    row, "ends", service_last_day(rq, cell_get(c, S_ENDS)), rq->now);
	put_usage(rq, c, row);
	view_text(row, "price",
	    arena_printf(rq->arena, "%s %s",
		show_money(rq->arena, cell_int(c, S_PRICE), c->currency), per));
}

static void
fill_service(const struct list_page *p, const struct cells *c, struct view *row)
{
	put_service(p->rq, c, row);
}

static const struct list_def services = {
    .noun = &portal_services_page_noun,
    .path = SERVICES,
    .file = "services.csv",
    .column = (const struct list_column[]){{NULL, NULL}},
    .fill = fill_service,
};

/* ---- domains ---- */

static void
put_domain(struct request *rq, const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, DOMAIN_STATUS);
	bool is_ours = !str_eq(status, "unmanaged");

	view_text(row, "name", cell_text(c, DOMAIN_NAME));
	put_badge(row, status);
	put_date(row, "ends", cell_get(c, DOMAIN_ENDS), rq->now);
	view_flag(row, "renews", is_ours && cell_int(c, DOMAIN_RENEWS) != 0);
	view_flag(row, "elsewhere", !is_ours);
}

static void
fill_domain(const struct list_page *p, const struct cells *c, struct view *row)
{
	put_domain(p->rq, c, row);
}

static const struct list_def domains = {
    .noun = &portal_domains_noun,
    .path = DOMAINS,
    .file = "domains.csv",
    .column = (const struct list_column[]){{NULL, NULL}},
    .fill = fill_domain,
};

/* ---- a list's page, and its first rows on another ---- */

static enum err
show_list(struct request *rq, const struct list_def *def, const char *title,
    const char *template)
{
	struct portal_account account;
	struct list_page p;
	struct view *v;
	enum err e = portal_open(rq, AREA_TECHNICAL, &account);

	if (e != OK || (e = list_page_open(rq, def, &p)) != OK)
		return e;
	list_only(
	    &p.list, PORTAL_OWNER, arena_strdup(rq->arena, account.customer.s));
	if (p.is_csv)
		return list_page_csv(&p);
	v = page_view(rq, title, def->path);
	list_page_start(&p, v);
	return list_page_reply(&p, v, template);
}

enum err
show_services(struct request *rq)
{
	return show_list(rq, &services, say("Services"), "client/services");
}

enum err
show_domains(struct request *rq)
{
	return show_list(rq, &domains, say("Domains"), "client/domains");
}

struct filling {
	struct request *rq;
	const struct list_def *def;
	void (*put)(
	    struct request *rq, const struct cells *c, struct view *row);
	struct view *rows;
};

static void
fill_first(const struct cells *c, void *arg)
{
	const struct filling *f = arg;
	struct view *row = view_item(f->rows);

	view_path(row, "href", f->def->path, c->id);
	f->put(f->rq, c, row);
}

static enum err
put_first(const struct portal_account *a, int limit, struct filling *f)
{
	struct cells_page page;
	struct list l;

	list_init(&l, f->def->noun);
	list_only(&l, PORTAL_OWNER, arena_strdup(f->rq->arena, a->customer.s));
	l.limit = limit;
	return cells_each(f->rq->tx, &l, fill_first, f, &page);
}

enum err
put_services(struct request *rq, const struct portal_account *a, int limit,
    struct view *rows)
{
	return put_first(
	    a, limit, &(struct filling){rq, &services, put_service, rows});
}

enum err
put_domains(struct request *rq, const struct portal_account *a, int limit,
    struct view *rows)
{
	return put_first(
	    a, limit, &(struct filling){rq, &domains, put_domain, rows});
}
