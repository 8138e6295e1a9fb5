/* services_pages.c - what a customer has, and how it stands.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/subscription.h"
#include "catalog/period.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/websites_pages.h"
#include "orders/orders_pages.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"

#define LIST_ROWS 200

/* ---- how it stands ---- */

const char *
service_state(const char *status, const char *website)
{
	bool pends = str_eq(status, "pending") || str_eq(status, "active");

	if (website && str_eq(website, "suspended"))
		return "suspended";
	if (website && str_eq(website, "failed") && pends)
		return "delayed";
	if (str_eq(status, "pending") ||
	    (website && str_eq(website, "pending") && pends))
		return "setting_up";
	return str_eq(status, "trialing") ? "active" : status;
}

/* The same in words. */
static const char *
service_sentence(const char *state)
{
	static const struct {
		const char *state, *text;
	} sentences[] = {
	    {"active", "Up and running."},
	    {"setting_up", "Being set up; that usually takes a minute."},
	    {"delayed", "Setting it up takes longer than it should. Our staff "
			"have been told, and you need do nothing."},
	    {"suspended", "Suspended: visitors see a notice. Your data is "
			  "kept."},
	    {"past_due", "An invoice is overdue. Everything works until "
			 "further notice."},
	    {"paused", "Paused."},
	    {"cancelled", "Cancelled."},
	    {"expired", "Expired."},
	};

	for (size_t i = 0; i < N_ELEMS(sentences); i++)
		if (str_eq(sentences[i].state, state))
			return say(sentences[i].text);
	return "";
}

/* ---- rows ---- */

#define SERVICE_COLUMNS                                                          \
	"SELECT s.id, p.name, COALESCE(w.domain, s.domain), s.status, "          \
	"w.status, s.next_billing_date, " SQL_RECURRING(                         \
	    "s.") ", "                                                           \
		  "s.currency, s.period, w.php_version, w.ssl_expires_at, "      \
		  "v.site_base_url, w.ssl_enabled, p.description, s.created_at " \
		  "FROM subscriptions s "                                        \
		  "JOIN products p ON p.tenant_id = s.tenant_id "                \
		  "AND p.id = s.product_id "                                     \
		  "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "           \
		  "AND w.subscription_id = s.id AND w.status <> 'removed' "      \
		  "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "            \
		  "AND v.id = w.server_id "

struct service {
	struct id id;
	const char *product, *domain, *state, *renews, *currency, *per;
	const char *php, *node_url, *about;
	int64_t price, cert, created_at;
	bool has_site, tls;
};

static struct service
read_service(const struct rows *r)
{
	return (struct service){
	    .id = row_id(r, 0),
	    .product = row_strdup(r, 1),
	    .domain = row_strdup(r, 2),
	    .state = service_state(row_strdup(r, 3), row_strdup(r, 4)),
	    .has_site = !row_is_null(r, 4),
	    .renews = row_strdup(r, 5),
	    .price = row_int(r, 6),
	    .currency = row_strdup(r, 7),
	    .per = period_info(period_of(row_text(r, 8)))->per,
	    .php = row_strdup(r, 9),
	    .cert = row_int(r, 10),
	    .node_url = row_strdup(r, 11),
	    .tls = row_int(r, 12) != 0,
	    .about = row_strdup(r, 13),
	    .created_at = row_int(r, 14),
	};
}

static const char *
service_name(const struct service *s)
{
	return s->domain && s->domain[0] ? s->domain : s->product;
}

static const char *
service_price(struct request *rq, const struct service *s)
{
	return arena_printf(rq->arena, "%s %s",
	    show_money(rq->arena, s->price, s->currency), s->per);
}

enum err
put_services(struct request *rq, const struct portal_account *a, int64_t limit,
    struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    SERVICE_COLUMNS "WHERE s.tenant_id = $1 AND s.customer_id = $2 "
			    "ORDER BY s.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&a->customer), DB_INT(limit));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct service s = read_service(&r);
		struct view *v = view_item(rows);

		view_textf(v, "href", SERVICES "/%s", s.id.s);
		view_text(v, "name", service_name(&s));
		view_text(v, "product", s.product);
		put_badge(v, s.state);
		put_date(v, "renews", s.renews, rq->now);
		view_text(v, "price", service_price(rq, &s));
	}
	return rows_done(&r);
}

enum err
put_domains(struct request *rq, const struct portal_account *a, int64_t limit,
    struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT name, status, expiry_date, auto_renew, registrar "
	    "FROM domains WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND deleted_at IS NULL ORDER BY id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&a->customer), DB_INT(limit));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		bool is_ours = !str_eq(row_text(&r, 1), "unmanaged");
		struct view *v = view_item(rows);

		view_text(v, "name", row_text(&r, 0));
		put_badge(v, row_text(&r, 1));
		put_date(v, "ends", row_text(&r, 2), rq->now);
		view_flag(v, "renews", is_ours && row_int(&r, 3) != 0);
		view_flag(v, "elsewhere", !is_ours);
	}
	return rows_done(&r);
}

/* ---- pages ---- */

enum err
show_services(struct request *rq)
{
	struct portal_account account;
	struct view *v;
	enum err e = portal_open(rq, AREA_TECHNICAL, &account);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK)
		return e;
	v = page_view(rq, say("Services"), SERVICES);
	e = put_services(rq, &account, LIST_ROWS, view_list(v, "rows"));
	if (e == OK)
		reply_page(rq, 200, "client/services", v);
	return e;
}

enum err
show_domains(struct request *rq)
{
	struct portal_account account;
	struct view *v;
	enum err e = portal_open(rq, AREA_TECHNICAL, &account);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK)
		return e;
	v = page_view(rq, say("Domains"), DOMAINS);
	e = put_domains(rq, &account, LIST_ROWS, view_list(v, "rows"));
	if (e == OK)
		reply_page(rq, 200, "client/domains", v);
	return e;
}

static enum err
get_service(struct tx *tx, const struct id *id, struct service *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    SERVICE_COLUMNS "WHERE s.tenant_id = $1 AND s.id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = read_service(&r);
	return rows_done(&r);
}

static void
put_service_facts(
    struct request *rq, const struct service *s, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(facts, "Plan", s->product);
	fact_text(facts, "Price", service_price(rq, s));
	if (s->renews && str_eq(s->state, "active"))
		fact_text(facts, "Renews", invoice_date(rq, s->renews));
	if (s->has_site)
		fact_text(facts, "PHP", s->php ? s->php : say("none"));
	if (s->cert > 0)
		fact_time(facts, "Certificate until", s->cert, rq->now);
	fact_time(facts, "Ordered", s->created_at, rq->now);
}

enum err
show_service(struct request *rq)
{
	struct view *v, *head;
	struct service s;
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = get_service(rq->tx, &id, &s)) != OK)
		return e;
	v = page_view(rq, service_name(&s), SERVICES);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), SERVICES, say("Services"));
	put_badge(head, s.state);
	view_text(head, "text", service_sentence(s.state));
	if (s.has_site && str_eq(s.state, "active"))
		verb_link(view_list(head, "verbs"), "Visit site",
		    website_url(rq->arena, s.domain, s.node_url, s.tls), "out",
		    NULL);
	put_service_facts(rq, &s, v);
	view_text(v, "about", s.about);
	reply_page(rq, 200, "client/service", v);
	return OK;
}
