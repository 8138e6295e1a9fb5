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
/* A noun that is read already. */
#define MAKE(path) ROW(POST, path)
#define CHANGE(path) ROW(PATCH | DELETE, path "/:id")

const struct route soon_api_routes[] = {
	ROW(ANY, "/api/2fa/sms/*"),
	ROW(ANY, "/api/2fa/webauthn/*"),
	ROW(ANY, "/api/client/*"),
	ROW(DELETE, "/api/admin/customers/:id"),
	MAKE("/api/admin/subscriptions"),
	MAKE("/api/admin/websites"),
	ROW(POST, "/api/admin/websites/:id/deploy"),
	ROW(POST, "/api/admin/websites/:id/ssl"),
	ROW(DELETE, "/api/customers/:id"),
	MAKE("/api/payments"),
	MAKE("/api/subscriptions"),
	CHANGE("/api/subscriptions"),
	MAKE("/api/websites"),
	CHANGE("/api/websites"),
	ROW(PATCH, "/api/admin/api-tokens/:id"),
	ROW(GET, "/api/admin/databases/overview"),
	MAKE("/api/admin/domains"),
	CHANGE("/api/admin/domains"),
	ROW(POST, "/api/admin/domains/:id/sync-pdns"),
	ROW(GET, "/api/admin/email/overview"),
	ROW(GET, "/api/admin/filemanager/overview"),
	ROW(POST, "/api/admin/guardian/deploy"),
	ROW(DELETE, "/api/admin/users/:id"),
	NOUN("/api/databases"),
	NOUN("/api/dns/zones"),
	MAKE("/api/domains"),
	CHANGE("/api/domains"),
	ROW(POST, "/api/domains/:id/sync-pdns"),
	NOUN("/api/mailboxes"),
	ROW(DELETE, "/api/users/:id"),
	NOUN("/api/advanced-dns"),
	NOUN("/api/ai-api"),
	NOUN("/api/analytics"),
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
	json_open(w, "details", '{');
	json_close(w, '}');
	json_close(w, '}');
	json_close(w, '}');
	return OK;
}
