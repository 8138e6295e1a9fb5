/* suggest_pages.c - what would make the company safer or sell better: sentences
 * that are true now, each with where to see to it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "billing/stripe_client.h"
#include "face/part.h"
#include "face/show.h"
#include "jobs/checks.h"
#include "orders/orders_pages.h"
#include "tenancy/tenant.h"

#define DAY_S	   86400
#define COUNT_MOST 100

struct facts {
	int64_t bare_owners, tax_rules, full_servers, past_due;
	struct check backup;
	bool runs_house;
};

static enum err
read_facts(struct tx *tx, struct facts *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT (SELECT COUNT(*) FROM users u WHERE u.tenant_id = t.id "
	    "AND u.role IN ('super_admin', 'admin') AND u.status = 'active' "
	    "AND u.deleted_at IS NULL AND u.has_factor = 0), "
	    "(SELECT COUNT(*) FROM tax_rules x WHERE x.tenant_id = t.id "
	    "AND x.status = 'active' AND x.deleted_at IS NULL), "
	    "(SELECT COUNT(*) FROM servers v JOIN server_sites s "
	    "ON s.tenant_id = v.tenant_id AND s.server_id = v.id "
	    "WHERE v.tenant_id = t.id AND v.status = 'active' "
	    "AND v.deleted_at IS NULL "
	    "AND s.sites * 10 >= v.capacity_sites * 9), "
	    "(SELECT COUNT(*) FROM (SELECT 1 FROM subscriptions "
	    "WHERE tenant_id = $1 AND status = 'past_due' LIMIT $2) AS due) "
	    "FROM tenants t WHERE t.id = $1",
	    DB_ID(&tx->tenant), DB_INT((int64_t)COUNT_MOST));

	if (e != OK)
		return e;
	out->bare_owners = row_int(&r, 0);
	out->tax_rules = row_int(&r, 1);
	out->full_servers = row_int(&r, 2);
	out->past_due = row_int(&r, 3);
	e = rows_done(&r);
	if (e == OK)
		e = tenant_runs_house(tx, &out->runs_house);
	return e == OK ? house_check_get(tx, "backup", &out->backup) : e;
}

/* The heading comes with the first. */
struct place {
	struct view *root, *items;
};

static void
suggest(struct place *list, const char *icon, const char *strong,
    const char *text, const char *href, const char *label)
{
	struct view *v, *link;

	if (!list->items)
		list->items =
		    view_list(view_object(list->root, "suggestions"), "items");
	v = view_item(list->items);
	view_text(v, "icon", icon);
	view_text(v, "strong", say(strong));
	view_text(v, "text", say(text));
	link = view_object(v, "link");
	view_text(link, "href", href);
	view_text(link, "label", say(label));
}

static void
suggest_settings(struct request *rq, const struct facts *f, struct place *list)
{
	int64_t age = rq->now - f->backup.at;
	struct arena *a = rq->arena;

	if (!stripe_is_configured(rq->settings))
		suggest(list, "bill", "No Stripe key is set.",
		    "Paid orders are trusted without asking Stripe.",
		    "/settings", "See settings");
	if (!f->runs_house)
		return;
	if (f->backup.at == 0)
		suggest(list, "disk", "No backup of the panel is known.",
		    "mpanel backup makes one; a timer does so each night.",
		    "/admin/guardian", "See Guardian");
	else if (age > 2 * DAY_S)
		suggest(list, "disk",
		    say_with(
			a, "No backup of the panel for %s.", show_span(a, age)),
		    "What happened since then is in one place only.",
		    "/admin/guardian", "See Guardian");
}

static void
suggest_people(struct request *rq, const struct facts *f, struct place *list)
{
	if (f->bare_owners == 0)
		return;
	suggest(list, "lock",
	    say_with(rq->arena, "%s no second factor.",
		show_plural(rq->arena, f->bare_owners, "administrator has",
		    "administrators have")),
	    "A stolen password is enough to get in. A role can require one.",
	    "/admin/users", "See who");
}

static void
suggest_business(struct request *rq, const struct facts *f, struct place *list)
{
	struct arena *a = rq->arena;

	if (f->past_due > 0 && request_may(rq, PERM_SUBSCRIPTIONS_READ))
		suggest(list, "bill",
		    say_with(a,
			f->past_due == COUNT_MOST ? "At least %s past due."
						  : "%s past due.",
			show_plural(a, f->past_due, "subscription is",
			    "subscriptions are")),
		    "Their customers have not paid yet.",
		    "/subscriptions?status=past_due", "See them");
	if (f->full_servers > 0 && request_may(rq, PERM_SERVERS_READ))
		suggest(list, "server",
		    say_with(a, "%s nine tenths full.",
			show_plural(
			    a, f->full_servers, "server is", "servers are")),
		    "New websites need room.", "/servers", "See servers");
	if (f->tax_rules == 0 && request_may(rq, PERM_INVOICES_READ))
		suggest(list, "bill", "There is no tax rule.",
		    "No invoice has tax on it.", "/tax", "See tax rules");
}

enum err
put_suggestions(struct request *rq, struct view *root)
{
	struct place list = {root, NULL};
	struct facts f = {.tax_rules = 0};
	enum err e = read_facts(rq->tx, &f);

	if (e != OK)
		return e;
	suggest_business(rq, &f, &list);
	if (request_may(rq, PERM_SETTINGS_READ))
		suggest_settings(rq, &f, &list);
	if (request_may(rq, PERM_USERS_READ))
		suggest_people(rq, &f, &list);
	return OK;
}
