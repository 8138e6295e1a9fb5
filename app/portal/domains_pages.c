/* domains_pages.c - a name that a customer has, and whether it renews.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "domains/domain.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"

struct domain {
	struct id id, subscription; /* subscription unset: no site of theirs */
	const char *name, *status, *registrar;
	const char *registered, *expires; /* YYYY-MM-DD or NULL */
	bool renews;
};

static enum err
get_domain(struct tx *tx, const struct id *id, struct domain *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT d.id, d.name, d.status, d.registrar, "
	    "d.registration_date, d.expiry_date, d.auto_renew, s.id "
	    "FROM domains d LEFT JOIN subscriptions s "
	    "ON s.tenant_id = d.tenant_id AND s.id = d.subscription_id "
	    "AND s.customer_id = d.customer_id "
	    "WHERE d.tenant_id = $1 AND d.id = $2 AND d.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct domain){
	    .id = row_id(&r, 0),
	    .name = row_strdup(&r, 1),
	    .status = row_strdup(&r, 2),
	    .registrar = row_strdup(&r, 3),
	    .registered = row_strdup(&r, 4),
	    .expires = row_strdup(&r, 5),
	    .renews = row_int(&r, 6) != 0,
	    .subscription = row_id(&r, 7),
	};
	return rows_done(&r);
}

static const char *
domain_sentence(const struct domain *d)
{
	if (str_eq(d->status, "unmanaged"))
		return say("Registered elsewhere, and used with us. It renews "
			   "where it is registered.");
	if (!domain_may_renew(d->status))
		return "";
	return d->renews ? say("It renews by itself before it ends.")
			 : say("It does not renew: it is yours until it ends.");
}

static void
put_facts(struct request *rq, const struct domain *d, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(facts, "Registrar", d->registrar);
	if (d->registered)
		fact_text(facts, "Registered", invoice_date(rq, d->registered));
	if (d->expires)
		fact_text(facts, "Ends", invoice_date(rq, d->expires));
	if (id_is_set(&d->subscription))
		fact_link(facts, "Used by", say("Your website"),
		    arena_printf(rq->arena, SERVICES "/%s", d->subscription.s));
}

/* A button that says what it does, in a form of its own. */
static void
put_switch(struct request *rq, const struct domain *d, struct view *root)
{
	struct view *v;

	if (!domain_may_renew(d->status))
		return;
	v = view_object(root, "renewal");
	view_flag(v, "on", d->renews);
	view_text(v, "value", d->renews ? "no" : "yes");
	put_post(v, "turn",
	    arena_printf(rq->arena, DOMAINS "/%s/auto-renew", d->id.s));
}

static enum err
show_domain(struct request *rq)
{
	struct view *v, *head;
	struct domain d;
	struct id id;
	enum err e = portal_own(rq, &portal_domains_noun, AREA_TECHNICAL, &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = get_domain(rq->tx, &id, &d)) != OK)
		return e;
	v = page_view(rq, d.name, DOMAINS);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), DOMAINS, say("Domains"));
	put_badge(head, d.status);
	view_text(head, "text", domain_sentence(&d));
	put_facts(rq, &d, v);
	put_switch(rq, &d, v);
	reply_page(rq, 200, "client/domain", v);
	return OK;
}

static enum err
do_auto_renew(struct request *rq)
{
	const char *on = form_text(rq, "on");
	struct domain d;
	struct id id;
	enum err e = portal_own(rq, &portal_domains_noun, AREA_TECHNICAL, &id);

	if (e != OK)
		return e;
	if (!on || (!str_eq(on, "yes") && !str_eq(on, "no"))) {
		problem_add(
		    &rq->problems, "on", "not_in_list", "Say yes or no.");
		return E_INPUT;
	}
	e = domain_set_auto_renew(rq->tx, &id, str_eq(on, "yes"));
	if (e == OK)
		e = get_domain(rq->tx, &id, &d);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say_with(rq->arena,
		d.renews ? "%s renews by itself."
			 : "%s does not renew any more.",
		d.name));
	reply_redirect(rq, arena_printf(rq->arena, DOMAINS "/%s", id.s));
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_domains_page_routes[] = {
	ROW(GET,  DOMAINS "/:id",		BODY_NONE, show_domain,	  "client.domains.show"),
	ROW(POST, DOMAINS "/:id/auto-renew",	BODY_FORM, do_auto_renew, "client.domains.renew"),
	{0}
};
/* clang-format on */
