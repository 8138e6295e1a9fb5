/* soon_pages.c - pages of modules that are not built: what they will do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/soon.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"

/* One list makes the routes and the texts. */
/* clang-format off */
#define SOON_PAGES(X)							\
	X("/quotes", CUSTOMERS_READ, "Quotes", "bill", \
	  "Offers that a customer can accept on line. An accepted quote becomes an order.") \
	X("/databases", WEBSITES_READ, "Databases", "db", \
	  "PostgreSQL, MariaDB and Redis for your customers. Users, sizes and slow queries are shown beside them.") \
	X("/file-manager", WEBSITES_READ, "File manager", "web", \
	  "A site's files in the browser. Edit, upload, pack and unpack without FTP.") \
	X("/app-installer", WEBSITES_READ, "App installer", "boxes", \
	  "WordPress and other applications with one click. They are updated from here as well.") \
	X("/ssl", WEBSITES_READ, "SSL certificates", "lock", \
	  "Certificates are ordered and renewed by themselves. You can upload your own.") \
	X("/ftp", WEBSITES_READ, "FTP and SSH", "key", \
	  "Accounts and keys for file transfer. Each is kept inside its site.") \
	X("/cron", WEBSITES_READ, "Cron", "clock", \
	  "Jobs of sites with their last run and output. A job that fails says so.") \
	X("/multi-db", WEBSITES_READ, "Multi-database", "db", \
	  "Replicas and failover over several database servers. You see how far each replica is behind.") \
	X("/serverless", WEBSITES_READ, "Functions", "cube", \
	  "Small programs that run on a schedule or an event. Each is isolated and has its own log.") \
	X("/registry", WEBSITES_READ, "Registry", "boxes", \
	  "A private registry for container images. Push, scan, sign and collect what is not used.") \
	X("/dns", DOMAINS_READ, "DNS zones", "globe", \
	  "Zones and records with history and undo. Changes are checked before they are published.") \
	X("/email", DOMAINS_READ, "Mail", "mail", \
	  "Mail service of your customers' domains at a glance. Queues, limits and reputation are shown here.") \
	X("/mailboxes", DOMAINS_READ, "Mailboxes", "inbox", \
	  "Mailboxes, forwarders and quotas. Signatures for outgoing mail are set up by themselves.") \
	X("/monitoring", SERVERS_READ, "Monitoring", "chart", \
	  "Checks of your customers' sites from outside. Alerts can be acknowledged and handed on.") \
	X("/cdn", SERVERS_READ, "CDN", "globe", \
	  "Sites delivered from places near their visitors. Caches are emptied from here.") \
	X("/kubernetes", SERVERS_READ, "Kubernetes", "cube", \
	  "Clusters and what runs in them. Applications are deployed from charts.") \
	X("/analytics", DASHBOARD_READ, "Analytics", "chart", \
	  "Revenue, churn and lifetime value by product and cohort. Every figure leads to the rows behind it.") \
	X("/ai", DASHBOARD_READ, "AI features", "pen", \
	  "Help with texts, tickets and code. Nothing leaves your servers unless you switch it on.") \
	X("/email-marketing", CUSTOMERS_READ, "E-mail marketing", "mail", \
	  "Campaigns and sequences to your customers. Who unsubscribes stays unsubscribed.") \
	X("/performance", DASHBOARD_READ, "Performance", "chart", \
	  "How fast sites are for real visitors. Suggestions show what would help most.") \
	X("/api-marketplace", SETTINGS_READ, "API marketplace", "boxes", \
	  "Extensions that others have built for MPanel. Each says which rights it wants.") \
	X("/graphql-api", SETTINGS_READ, "GraphQL", "cube", \
	  "The same data as the REST API, asked for in one query. Permissions are the same.") \
	X("/integrations", SETTINGS_READ, "Integrations", "out", \
	  "Webhooks and connections to other systems. What could not be delivered is kept and can be sent again.") \
	X("/websocket", SETTINGS_READ, "WebSocket", "run", \
	  "Live updates for pages and programs. Each listener hears only what it may see.") \
	X("/white-label", SETTINGS_READ, "White-label", "pen", \
	  "Resellers with their own brand, prices and payouts. Their customers never see yours.") \
	X("/premium", SETTINGS_READ, "Premium", "boxes", \
	  "A site builder, search engine tools and a performance suite. They are sold as add-ons.") \
	X("/compliance", AUDIT_READ, "Compliance", "info", \
	  "Exports, erasure and retention as the law asks. Each request leaves its evidence.") \
	X("/client/*", PORTAL_USE, "My account", "home", \
	  "Pay, order and take your data with you, by yourself. Everything works without asking anyone.")

static const struct soon {
	const char *path, *title, *icon, *text;
} soons[] = {
#define X(path, perm, title, icon, text) { path, title, icon, text },
	SOON_PAGES(X)
#undef X
};

static enum err show(struct request *rq);

const struct route soon_page_routes[] = {
#define X(path, perm, title, icon, text)				\
	{ GET, path, POOL_UI, AUTH_SESSION, PERM_##perm, BODY_NONE, 0,	\
	  show, "soon " path },
	SOON_PAGES(X)
#undef X
	{ 0 },
};
/* clang-format on */

bool
soon_has_page(const char *path)
{
	for (const struct route *r = soon_page_routes; r->path; r++)
		if (str_eq(r->path + 1, path + 1)) /* behind the slash */
			return true;
	return false;
}

/* The menu's line of a page about one thing is that of the list. */
static const char *
menu_path(struct arena *a, const char *path)
{
	const char *colon = strstr(path, "/:");

	return colon ? arena_strndup(a, path, (size_t)(colon - path)) : path;
}

static const struct soon *
find(const char *route_path)
{
	for (size_t i = 0; i < N_ELEMS(soons); i++)
		if (str_eq(soons[i].path, route_path))
			return &soons[i];
	return NULL;
}

void
soon_texts(void (*fn)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; i < N_ELEMS(soons); i++) {
		fn(arg, soons[i].title);
		fn(arg, soons[i].text);
	}
}

static enum err
show(struct request *rq)
{
	const struct soon *s = find(rq->route->path);
	struct view *v, *coming;

	assert(s != NULL);
	v = page_view(rq, say(s->title), menu_path(rq->arena, s->path));
	coming = view_object(v, "coming");
	view_text(coming, "icon", s->icon);
	view_text(coming, "text", say(s->text));
	reply_page(rq, 200, "admin/soon", v);
	return OK;
}
