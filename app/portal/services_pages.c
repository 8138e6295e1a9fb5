/* services_pages.c - one thing that a customer has, and how it stands.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/subscription.h"
#include "catalog/period.h"
#include "domains/attach.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/websites_pages.h"
#include "orders/orders_pages.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"
#include "portal/service_pages.h"

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

/* ---- its row ---- */

#define SERVICE_COLUMNS                                                           \
	"SELECT s.id, p.name, COALESCE(w.domain, s.domain), s.status, "           \
	"w.status, s.next_billing_date, " SQL_RECURRING(                          \
	    "s.") ", "                                                            \
		  "s.currency, s.period, w.php_version, w.ssl_expires_at, "       \
		  "v.site_base_url, w.ssl_enabled, p.description, s.created_at, " \
		  "s.ends_on, w.id, s.current_period_end, s.product_id "          \
		  "FROM subscriptions s "                                         \
		  "JOIN products p ON p.tenant_id = s.tenant_id "                 \
		  "AND p.id = s.product_id "                                      \
		  "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "            \
		  "AND w.subscription_id = s.id AND w.status <> 'removed' "       \
		  "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "             \
		  "AND v.id = w.server_id "

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
	    .ends_on = row_strdup(r, 15),
	    .website = row_id(r, 16),
	    .period_end = row_strdup(r, 17),
	    .product_id = row_id(r, 18),
	};
}

const char *
service_name(const struct service *s)
{
	return s->domain && s->domain[0] ? s->domain : s->product;
}

const char *
service_price(struct request *rq, const struct service *s)
{
	return arena_printf(rq->arena, "%s %s",
	    show_money(rq->arena, s->price, s->currency), s->per);
}

const char *
service_last_day(struct request *rq, const char *ends_on)
{
	char day[11];

	if (!ends_on)
		return NULL;
	date_add_days(ends_on, -1, day);
	return arena_strdup(rq->arena, day);
}

bool
service_lives(const struct service *s)
{
	return !str_eq(s->state, "cancelled") && !str_eq(s->state, "expired");
}

bool
service_is_up(const struct service *s)
{
	return service_lives(s) && !str_eq(s->state, "setting_up") &&
	       !str_eq(s->state, "delayed");
}

/* ---- the page ---- */

enum err
service_get(struct tx *tx, const struct id *id, struct service *out)
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

static struct view *
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
	fact_time(facts, "Ordered", s->created_at, rq->now);
	return facts;
}

/* A site with a name that we made may have another. */
static enum err
read_preview(struct tx *tx, struct service *s)
{
	struct attach_site site;
	enum err e = attach_site_get(tx, &s->id, &site);

	if (e == OK)
		s->is_preview = site.is_preview;
	return e == E_NOTFOUND ? OK : e;
}

/* Until when it works, and the way back. */
static void
put_ending(struct request *rq, const struct service *s, bool may_keep,
    struct view *root)
{
	const char *last = service_last_day(rq, s->ends_on);
	struct view *v;

	if (!last || !service_lives(s))
		return;
	v = view_object(root, "ending");
	view_text(v, "text",
	    say_with(rq->arena, "Ends on %s. You can keep it until then.",
		invoice_date(rq, last)));
	if (may_keep)
		put_post(v, "keep",
		    arena_printf(rq->arena, SERVICES "/%s/keep", s->id.s));
}

/* What may be done, in the order of the page. */
static void
put_deeds(struct request *rq, const struct service *s,
    const struct portal_account *a, struct view *root)
{
	bool decides = portal_may(a, AREA_CONTRACT);

	put_ending(rq, s, decides, root);
	if (decides && service_is_up(s) && !s->ends_on)
		view_textf(view_object(root, "change"), "href",
		    SERVICES "/%s/plan", s->id.s);
	if (s->is_preview && str_eq(s->state, "active"))
		view_textf(view_object(root, "attach"), "href",
		    SERVICES "/%s/domain", s->id.s);
	if (decides && service_is_up(s) && !s->ends_on)
		view_textf(view_object(root, "cancel"), "href",
		    SERVICES "/%s/cancel", s->id.s);
}

enum err
show_service(struct request *rq)
{
	struct portal_account account;
	struct view *v, *head, *verbs;
	struct service s;
	struct id id;
	enum err e = portal_own_of(
	    rq, &portal_services_noun, AREA_TECHNICAL, &id, &account);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = service_get(rq->tx, &id, &s)) != OK)
		return e;
	v = page_view(rq, service_name(&s), SERVICES);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), SERVICES, say("Services"));
	put_badge(head, s.state);
	view_text(head, "text", service_sentence(s.state));
	verbs = view_list(head, "verbs");
	if (s.has_site && str_eq(s.state, "active"))
		verb_link(verbs, "Visit site",
		    website_url(rq->arena, s.domain, s.node_url, s.tls), "out",
		    NULL);
	if ((e = put_last_backup(
		 rq, &id, put_service_facts(rq, &s, v), verbs)) != OK)
		return e;
	view_text(v, "about", s.about);
	if ((e = read_preview(rq->tx, &s)) != OK)
		return e;
	put_deeds(rq, &s, &account, v);
	if ((e = usage_put_service(rq, &id, v)) != OK)
		return e;
	reply_page(rq, 200, "client/service", v);
	return OK;
}
