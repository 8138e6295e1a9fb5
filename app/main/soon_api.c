/* soon_api.c - APIs of modules that are not built: 501 and nothing else.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Open to anyone, like the list itself: they read and write nothing.
 */
#include "config.h"
#include "main/soon.h"

#define ANY (GET | POST | PUT | PATCH | DELETE)

static enum err refuse(struct request *rq);

/* clang-format off */
#define ROW(methods, path) \
	{ methods, path, POOL_UI, AUTH_TENANT, PERM_SIGNED_IN, BODY_RAW, ROUTE_OWN_TX, refuse, "soon " path }
/* A noun with all below it. */
#define NOUN(path) ROW(ANY, path), ROW(ANY, path "/*")

const struct route soon_api_routes[] = {
	ROW(POST, "/api/auth/forgot-password"),
	ROW(POST, "/api/auth/reset-password"),
	ROW(POST, "/api/auth/change-password"),
	ROW(POST, "/api/auth/verify-email"),
	ROW(ANY, "/api/2fa/*"),
	ROW(GET, "/api/openapi.json"),
	ROW(GET, "/api/admin/dashboard/summary"),
	ROW(POST, "/api/public/checkout"),
	ROW(ANY, "/api/client/*"),
	NOUN("/api/admin/api-tokens"),
	NOUN("/api/admin/audit-logs"),
	NOUN("/api/admin/coupons"),
	NOUN("/api/admin/customers"),
	ROW(GET, "/api/admin/databases/overview"),
	NOUN("/api/admin/domains"),
	ROW(GET, "/api/admin/email/overview"),
	ROW(GET, "/api/admin/filemanager/overview"),
	NOUN("/api/admin/guardian"),
	NOUN("/api/admin/intake-refusals"),
	NOUN("/api/admin/invoices"),
	NOUN("/api/admin/jobs"),
	NOUN("/api/admin/orders"),
	NOUN("/api/admin/payments"),
	NOUN("/api/admin/products"),
	NOUN("/api/admin/provisioning/tasks"),
	NOUN("/api/admin/roles"),
	NOUN("/api/admin/servers"),
	NOUN("/api/admin/settings"),
	NOUN("/api/admin/subscriptions"),
	NOUN("/api/admin/tax-rules"),
	NOUN("/api/admin/tenants"),
	NOUN("/api/admin/users"),
	NOUN("/api/admin/websites"),
	NOUN("/api/customers"),
	NOUN("/api/databases"),
	NOUN("/api/dns/zones"),
	NOUN("/api/domains"),
	NOUN("/api/invoices"),
	NOUN("/api/jobs"),
	NOUN("/api/mailboxes"),
	NOUN("/api/payments"),
	NOUN("/api/products"),
	NOUN("/api/servers"),
	NOUN("/api/subscriptions"),
	NOUN("/api/users"),
	NOUN("/api/websites"),
	NOUN("/api/advanced-dns"),
	NOUN("/api/ai-api"),
	NOUN("/api/analytics"),
	NOUN("/api/backups"),
	NOUN("/api/billing"),
	NOUN("/api/cdn"),
	NOUN("/api/compliance"),
	NOUN("/api/email"),
	NOUN("/api/email-marketing"),
	NOUN("/api/enhanced-backups"),
	NOUN("/api/files"),
	NOUN("/api/integrations"),
	NOUN("/api/kubernetes"),
	NOUN("/api/marketing"),
	NOUN("/api/monitoring"),
	NOUN("/api/multi-db"),
	NOUN("/api/registry"),
	NOUN("/api/serverless"),
	NOUN("/api/ssl"),
	NOUN("/api/support"),
	NOUN("/api/websocket"),
	NOUN("/api/white-label"),
	NOUN("/graphql"),
	{ 0 },
};
/* clang-format on */

#define DETAIL "This part of MPanel is not built yet."

/* The members of every problem, and the one that names this one. */
static enum err
refuse(struct request *rq)
{
	struct json_out *w = reply_json(rq, 501);

	json_open(w, NULL, '{');
	json_bool(w, "notImplemented", true);
	json_str(w, "type", "about:blank");
	json_str(w, "title", "Not implemented");
	json_int(w, "status", 501);
	json_str(w, "detail", DETAIL);
	json_str(w, "requestId", rq->id);
	json_open(w, "errors", '[');
	json_close(w, ']');
	json_open(w, "error", '{');
	json_str(w, "code", "not_implemented");
	json_str(w, "message", DETAIL);
	json_open(w, "details", '[');
	json_close(w, ']');
	json_close(w, '}');
	json_close(w, '}');
	return OK;
}
