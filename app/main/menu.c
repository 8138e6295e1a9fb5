/* menu.c - the menu of signed-in pages, and what stands above every page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The order is fixed; a permission hides a line, a group without lines is
 * hidden too.  "Soon" is what soon_pages.c answers.
 */
#include "config.h"
#include "main/menu.h"

#include <string.h>

#include "base/text.h"
#include "main/soon.h"
#include "orders/notices.h"
#include "portal/portal_pages.h"
#include "resource/known.h"

/* Open matters that are counted beside a line. */
enum matter {
	MATTER_NONE,
	MATTER_IN_REVIEW,
	MATTER_FAILED_TASKS,
	MATTER_UNASSIGNED,
	MATTER__MAX
};

#define MATTERS_SHOWN_MAX 999 /* more are shown as 999+ */

struct line {
	const char *href, *label;
	enum perm perm;
	enum matter matter;
	enum portal_area area; /* of the account that a customer looks at */
};

struct group {
	const char *title, *icon;
	const struct line *lines; /* ended by a NULL href */
};

/* clang-format off */
static const struct line overview[] = {
	{ "/dashboard",       "Dashboard",        PERM_DASHBOARD_READ, MATTER_NONE },
	{ "/notifications",   "Notifications",    PERM_DASHBOARD_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line customers[] = {
	{ "/orders",          "Orders",           PERM_ORDERS_READ, MATTER_IN_REVIEW },
	{ "/admin/customers", "Customers",        PERM_CUSTOMERS_READ, MATTER_NONE },
	{ "/quotes",          "Quotes",           PERM_CUSTOMERS_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line billing[] = {
	{ "/invoices",        "Invoices",         PERM_INVOICES_READ, MATTER_NONE },
	{ "/subscriptions",   "Subscriptions",    PERM_SUBSCRIPTIONS_READ, MATTER_NONE },
	{ "/payments",        "Payments",         PERM_PAYMENTS_READ, MATTER_NONE },
	{ "/products",        "Products",         PERM_PRODUCTS_READ, MATTER_NONE },
	{ "/coupons",         "Coupons",          PERM_PRODUCTS_READ, MATTER_NONE },
	{ "/tax",             "Tax rules",        PERM_INVOICES_READ, MATTER_NONE },
	{ "/ledger",          "Ledger",           PERM_PAYMENTS_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line hosting[] = {
	{ "/websites",        "Websites",         PERM_WEBSITES_READ, MATTER_NONE },
	{ "/databases",       "Databases",        PERM_WEBSITES_READ, MATTER_NONE },
	{ "/file-manager",    "File manager",     PERM_WEBSITES_READ, MATTER_NONE },
	{ "/app-installer",   "App installer",    PERM_WEBSITES_READ, MATTER_NONE },
	{ "/backups",         "Backups",          PERM_WEBSITES_READ, MATTER_NONE },
	{ "/ssl",             "SSL certificates", PERM_WEBSITES_READ, MATTER_NONE },
	{ "/ftp",             "FTP and SSH",      PERM_WEBSITES_READ, MATTER_NONE },
	{ "/cron",            "Cron",             PERM_WEBSITES_READ, MATTER_NONE },
	{ "/multi-db",        "Multi-database",   PERM_WEBSITES_READ, MATTER_NONE },
	{ "/serverless",      "Functions",        PERM_WEBSITES_READ, MATTER_NONE },
	{ "/registry",        "Registry",         PERM_WEBSITES_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line domains[] = {
	{ "/domains",         "Domains",          PERM_DOMAINS_READ, MATTER_NONE },
	{ "/dns",             "DNS zones",        PERM_DOMAINS_READ, MATTER_NONE },
	{ "/email",           "Mail",             PERM_DOMAINS_READ, MATTER_NONE },
	{ "/mailboxes",       "Mailboxes",        PERM_DOMAINS_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line infrastructure[] = {
	{ "/provisioning",    "Provisioning",     PERM_TASKS_READ, MATTER_FAILED_TASKS },
	{ "/servers",         "Servers",          PERM_SERVERS_READ, MATTER_NONE },
	{ "/jobs",            "Jobs",             PERM_TASKS_READ, MATTER_NONE },
	{ "/server-metrics",  "Server metrics",   PERM_SERVERS_READ, MATTER_NONE },
	{ "/monitoring",      "Monitoring",       PERM_SERVERS_READ, MATTER_NONE },
	{ "/cdn",             "CDN",              PERM_SERVERS_READ, MATTER_NONE },
	{ "/kubernetes",      "Kubernetes",       PERM_SERVERS_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line insight[] = {
	{ "/analytics",       "Analytics",        PERM_DASHBOARD_READ, MATTER_NONE },
	{ "/admin/guardian",  "Guardian",         PERM_DASHBOARD_READ, MATTER_NONE },
	{ "/ai",              "AI features",      PERM_DASHBOARD_READ, MATTER_NONE },
	{ "/email-marketing", "E-mail marketing", PERM_CUSTOMERS_READ, MATTER_NONE },
	{ "/performance",     "Performance",      PERM_DASHBOARD_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line support[] = {
	{ "/support",         "Tickets",          PERM_TICKETS_READ, MATTER_UNASSIGNED },
	{ "/knowledge-base",  "Knowledge base",   PERM_KB_READ, MATTER_NONE },
	{ "/network-status",  "Network status",   PERM_STATUS_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line platform[] = {
	{ "/api-keys",        "API keys",         PERM_SETTINGS_READ, MATTER_NONE },
	{ "/api-marketplace", "API marketplace",  PERM_SETTINGS_READ, MATTER_NONE },
	{ "/graphql-api",     "GraphQL",          PERM_SETTINGS_READ, MATTER_NONE },
	{ "/integrations",    "Integrations",     PERM_SETTINGS_READ, MATTER_NONE },
	{ "/websocket",       "WebSocket",        PERM_SETTINGS_READ, MATTER_NONE },
	{ "/white-label",     "White-label",      PERM_SETTINGS_READ, MATTER_NONE },
	{ "/premium",         "Premium",          PERM_SETTINGS_READ, MATTER_NONE },
	{ .href = NULL },
};
static const struct line settings[] = {
	{ "/settings",        "General",          PERM_SETTINGS_READ, MATTER_NONE },
	{ "/settings/brand",  "Brand and mail",   PERM_SETTINGS_READ, MATTER_NONE },
	{ "/settings/departments", "Departments", PERM_SETTINGS_READ, MATTER_NONE },
	{ "/settings/mail",   "Mail log",         PERM_SETTINGS_READ, MATTER_NONE },
	{ "/admin/users",     "Staff users",      PERM_USERS_READ, MATTER_NONE },
	{ "/role-management", "Roles",            PERM_USERS_READ, MATTER_NONE },
	{ "/approvals",       "Approvals",        PERM_DASHBOARD_READ, MATTER_NONE },
	{ "/security",        "Security",         PERM_SETTINGS_READ, MATTER_NONE },
	{ "/audit",           "Audit log",        PERM_AUDIT_READ, MATTER_NONE },
	{ "/compliance",      "Compliance",       PERM_AUDIT_READ, MATTER_NONE },
	{ "/tenants",         "Tenants",          PERM_PLATFORM_TENANTS, MATTER_NONE },
	{ .href = NULL },
};
static const struct group staff_menu[] = {
	{ "Overview",           "home",   overview },
	{ "Customers & Orders", "users",  customers },
	{ "Billing",            "bill",   billing },
	{ "Hosting",            "web",    hosting },
	{ "Domains & Mail",     "globe",  domains },
	{ "Infrastructure",     "server", infrastructure },
	{ "Insight",            "chart",  insight },
	{ "Support",            "help",   support },
	{ "Platform",           "boxes",  platform },
	{ "Settings",           "gear",   settings },
	{ .title = NULL },
};

static const struct line portal[] = {
	{ "/client",          "Home",             PERM_PORTAL_USE, MATTER_NONE, AREA_ANY },
	{ "/client/services", "Services",         PERM_PORTAL_USE, MATTER_NONE, AREA_TECHNICAL },
	{ "/client/domains",  "Domains",          PERM_PORTAL_USE, MATTER_NONE, AREA_TECHNICAL },
	{ "/client/invoices", "Invoices",         PERM_PORTAL_USE, MATTER_NONE, AREA_BILLING },
	{ "/client/help",     "Help",             PERM_PORTAL_USE, MATTER_NONE, AREA_SUPPORT },
	{ .href = NULL },
};
static const struct group portal_menu[] = {
	{ "My account",         "home",   portal },
	{ .title = NULL },
};
/* clang-format on */

/* ---- open matters ---- */

static struct known_key
key_of(const struct request *rq, enum matter m)
{
	struct known_key k = {.len = 0};

	known_add(&k, "matter");
	known_add(&k, rq->tenant.s);
	known_add_bytes(&k, &m, sizeof(m));
	return k;
}

static bool
recall_matters(const struct request *rq, int64_t out[MATTER__MAX])
{
	for (enum matter m = MATTER_NONE + 1; m < MATTER__MAX; m++) {
		struct known_key k = key_of(rq, m);

		if (known_recall(rq->tx, &k, &out[m]) != KNOWN_NOW)
			return false;
	}
	return true;
}

static enum err
ask_matters(const struct request *rq, int64_t out[MATTER__MAX])
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT (SELECT count(*) FROM (SELECT 1 FROM orders "
	    "WHERE tenant_id = $1 AND status = 'review' LIMIT $2) o), "
	    "(SELECT count(*) FROM (SELECT 1 FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'failed' LIMIT $2) t), "
	    "(SELECT count(*) FROM (SELECT 1 FROM tickets "
	    "WHERE tenant_id = $1 AND status <> 'closed' "
	    "AND assignee_id IS NULL LIMIT $2) q)",
	    DB_ID(&rq->tenant), DB_INT(MATTERS_SHOWN_MAX + 1));

	if (e != OK)
		return e;
	out[MATTER_IN_REVIEW] = row_int(&r, 0);
	out[MATTER_FAILED_TASKS] = row_int(&r, 1);
	out[MATTER_UNASSIGNED] = row_int(&r, 2);
	return rows_done(&r);
}

/* Counts that can't be had are not shown: the page itself is not at fault. */
static void
count_matters(const struct request *rq, int64_t out[MATTER__MAX])
{
	out[MATTER_NONE] = 0;
	if (rq->tx && recall_matters(rq, out))
		return;
	if (!rq->tx || ask_matters(rq, out) != OK) {
		memset(out, 0, MATTER__MAX * sizeof(*out));
		return;
	}
	for (enum matter m = MATTER_NONE + 1; m < MATTER__MAX; m++) {
		struct known_key k = key_of(rq, m);

		known_keep(rq->tx, &k, out[m], 0);
	}
}

static void
put_count(struct view *v, const char *name, int64_t n)
{
	if (n > MATTERS_SHOWN_MAX)
		view_textf(v, name, "%d+", MATTERS_SHOWN_MAX);
	else if (n > 0)
		view_int(v, name, n);
}

/* ---- the menu ---- */

static bool
may_see(const struct request *rq, const struct group *g)
{
	for (const struct line *l = g->lines; l->href; l++)
		if (perm_has(&rq->actor.perms, l->perm))
			return true;
	return false;
}

static void
put_group(struct request *rq, struct view *menu, const struct group *g,
    const char *current, const int64_t counts[MATTER__MAX],
    const struct portal_account *account)
{
	struct view *v = view_item(menu), *items;
	bool is_open = false;
	int64_t sum = 0;

	view_text(v, "title", say(g->title));
	view_text(v, "icon", g->icon);
	items = view_list(v, "items");
	for (const struct line *l = g->lines; l->href; l++) {
		struct view *item;
		int64_t n;

		if (!perm_has(&rq->actor.perms, l->perm) ||
		    !portal_may(account, l->area))
			continue;
		item = view_item(items);
		n = counts[l->matter];
		view_text(item, "href", l->href);
		view_text(item, "label", say(l->label));
		view_flag(item, "current", str_eq(l->href, current));
		view_flag(item, "soon", soon_has_page(l->href));
		put_count(item, "count", n);
		is_open |= str_eq(l->href, current);
		sum += n;
	}
	view_flag(v, "open", is_open);
	put_count(v, "sum", sum);
}

static void
add_banner(struct view *banners, const char *strong, const char *text)
{
	struct view *b = view_item(banners);

	view_text(b, "class", "warn");
	view_text(b, "icon", "warn");
	view_text(b, "strong", say(strong));
	view_text(b, "text", say(text));
}

/* Staff who look as a customer know it on every page, and the way back. */
static void
put_visit(struct request *rq, struct view *banners)
{
	struct view *b = view_item(banners), *verb;

	view_text(b, "class", "warn");
	view_text(b, "icon", "eye");
	view_text(b, "strong",
	    say_with(rq->arena, "You look as %s.", rq->actor.name));
	view_text(b, "text",
	    say_with(rq->arena, "What you do is noted under %s, too.",
		rq->actor.behind_name));
	verb = view_object(b, "verb");
	view_text(verb, "post", "/leave");
	view_text(verb, "label", say("Back to your own account"));
}

static void
put_banners(struct request *rq, struct view *view)
{
	struct view *banners;

	banners = view_list(view, "banners");
	if (id_is_set(&rq->actor.behind))
		put_visit(rq, banners);
	if (perm_has(&rq->actor.perms, PERM_ORDERS_READ) &&
	    setting_text(rq->settings, "stripe_secret_key")[0] == '\0')
		add_banner(banners, "No Stripe key is set.",
		    "Paid orders are trusted without asking Stripe.");
	if (perm_has(&rq->actor.perms, PERM_SETTINGS_READ) &&
	    setting_text(rq->settings, "smtp_url")[0] == '\0')
		add_banner(banners, "No mail server is set.",
		    "Mails wait until there is one.");
}

/* Beside the bell.  The same goes for them. */
static void
put_notices(struct request *rq, struct view *view)
{
	int64_t n = 0;

	if (rq->tx && notices_count(rq->tx, &n) == OK)
		put_count(view, "notices", n);
}

void
menu_each(struct request *rq, void (*fn)(const struct menu_line *l, void *arg),
    void *arg)
{
	for (const struct group *g = staff_menu; g->title; g++)
		for (const struct line *l = g->lines; l->href; l++)
			if (perm_has(&rq->actor.perms, l->perm) &&
			    !soon_has_page(l->href))
				fn(&(struct menu_line){g->title, l->label,
				       l->href},
				    arg);
}

void
menu_dress(struct request *rq, struct view *view, const char *current)
{
	bool is_staff = perm_has(&rq->actor.perms, PERM_DASHBOARD_READ);
	const struct group *g = is_staff ? staff_menu : portal_menu;
	const struct line *home = is_staff ? overview : portal;
	bool is_portal =
	    !is_staff && perm_has(&rq->actor.perms, PERM_PORTAL_USE);
	struct view *menu = view_list(view, "menu");
	struct portal_account account = {.name = NULL};
	int64_t counts[MATTER__MAX] = {0};

	view_flag(view, "staff", is_staff);
	view_flag(view, "portal", is_portal);
	view_text(view, "home", home->href);
	/* whoever has no account, or none that can be read now, has a home */
	if (is_portal && rq->tx && portal_dress(rq, view, &account) != OK)
		account = (struct portal_account){.name = NULL};
	if (is_staff) {
		count_matters(rq, counts);
		put_notices(rq, view);
	}
	for (; g->title; g++)
		if (may_see(rq, g))
			put_group(rq, menu, g, current, counts, &account);
	put_banners(rq, view);
}

static void
tell_groups(
    const struct group *g, void (*fn)(void *arg, const char *text), void *arg)
{
	for (; g->title; g++) {
		fn(arg, g->title);
		for (const struct line *l = g->lines; l->href; l++)
			fn(arg, l->label);
	}
}

void
menu_texts(void (*fn)(void *arg, const char *text), void *arg)
{
	tell_groups(staff_menu, fn, arg);
	tell_groups(portal_menu, fn, arg);
}
