/* tenants_api.c - companies, for the platform's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/tenants_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "identity/platform.h"
#include "tenancy/tenants_noun.h"

#define TENANTS	  "/api/admin/tenants"
#define EMAIL_MAX 254
#define TEXT_MAX  256

static enum err
list_tenants(struct request *rq)
{
	return list_api(rq, &tenants_noun, NULL, NULL);
}

/* The row, with its host names. */
static enum err
reply_tenant(struct request *rq, int status, const struct id *id)
{
	const char *const *hosts;
	struct json_out *w;
	struct rows r;
	size_t n;
	enum err e = platform_hosts(rq->tx, id, &hosts, &n);

	if (e == OK)
		e = noun_get(rq->tx, &tenants_noun, id, &r);
	if (e != OK)
		return e;
	w = reply_json(rq, status);
	json_open(w, NULL, '{');
	noun_json(&tenants_noun, &r, true, w);
	json_open(w, "hosts", '[');
	for (size_t i = 0; i < n; i++)
		json_str(w, NULL, hosts[i]);
	json_close(w, ']');
	json_close(w, '}');
	return rows_done(&r);
}

static enum err
get_tenant(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? reply_tenant(rq, 200, &id) : e;
}

/* ---- making ---- */

static bool
read_new(struct request *rq, struct tenant_new *n, struct platform_owner *owner)
{
	static const char *const names[] = {"slug", "name", "currency",
	    "supportEmail", "host", "ownerEmail", "ownerFirstName",
	    "ownerLastName"};
	struct json_in in = request_json(rq);
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_text(&in, "slug", JSON_REQUIRED, TEXT_MAX, &n->slug);
	good &= json_in_text(&in, "name", JSON_REQUIRED, TEXT_MAX, &n->name);
	good &= json_in_text(
	    &in, "currency", JSON_OPTIONAL, TEXT_MAX, &n->currency);
	good &= json_in_text(
	    &in, "supportEmail", JSON_OPTIONAL, EMAIL_MAX, &n->support_email);
	good &= json_in_text(&in, "host", JSON_REQUIRED, TEXT_MAX, &n->host);
	good &= json_in_text(
	    &in, "ownerEmail", JSON_REQUIRED, EMAIL_MAX, &owner->email);
	good &= json_in_text(
	    &in, "ownerFirstName", JSON_OPTIONAL, TEXT_MAX, &owner->first_name);
	return good & json_in_text(&in, "ownerLastName", JSON_OPTIONAL,
			  TEXT_MAX, &owner->last_name);
}

static enum err
add_tenant(struct request *rq)
{
	struct tenant_new n = {.slug = NULL};
	struct platform_owner owner = {.email = NULL};
	struct id id;
	enum err e = read_new(rq, &n, &owner) ? OK : E_INPUT;

	if (e == OK)
		e = platform_add(rq->tx, &n, &owner, &id);
	return e == OK ? reply_tenant(rq, 201, &id) : e;
}

/* ---- changing ---- */

static bool
read_change(struct request *rq, struct platform_change *c)
{
	static const char *const names[] = {
	    "name", "currency", "supportEmail", "status", "version"};
	static const char *const statuses[] = {"suspended", "active"};
	struct json_in in = request_json(rq);
	struct tenant_change *t = &c->tenant;
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_text(&in, "name", JSON_OPTIONAL, TEXT_MAX, &t->name);
	good &= json_in_text(
	    &in, "currency", JSON_OPTIONAL, TEXT_MAX, &t->currency);
	good &= json_in_text(
	    &in, "supportEmail", JSON_OPTIONAL, EMAIL_MAX, &t->support_email);
	good &= json_in_enum(&in, "status", JSON_OPTIONAL, statuses,
	    N_ELEMS(statuses), &c->active);
	good &= json_in_int(
	    &in, "version", JSON_OPTIONAL, 1, INT64_MAX, &t->version);
	c->changes_tenant =
	    t->name || t->currency || t->support_email || t->version != 0;
	return good;
}

static enum err
change_tenant(struct request *rq)
{
	struct platform_change c = {.active = -1};
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK && !read_change(rq, &c))
		e = E_INPUT;
	if (e == OK)
		e = platform_change(rq->tx, &id, &c);
	return e == OK ? reply_tenant(rq, 200, &id) : e;
}

/* ---- hosts ---- */

static enum err
add_host(struct request *rq)
{
	static const char *const names[] = {"host"};
	struct json_in in = request_json(rq);
	const char *host;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "host", JSON_REQUIRED, TEXT_MAX, &host))
		return E_INPUT;
	e = platform_add_host(rq->tx, &id, host);
	return e == OK ? reply_tenant(rq, 201, &id) : e;
}

static enum err
drop_host(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = platform_drop_host(
		    rq->tx, &id, path_param(rq, "host"), rq->host);
	return e == OK ? reply_tenant(rq, 200, &id) : e;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				       \
	{ method, TENANTS path, POOL_UI, AUTH_API, PERM_PLATFORM_TENANTS,      \
	  body, 0, handler, "tenants." name }

const struct route tenants_api_routes[] = {
	ROW(GET,    "",                 BODY_NONE, list_tenants,  "list"),
	ROW(POST,   "",                 BODY_JSON, add_tenant,    "add"),
	ROW(GET,    "/:id",             BODY_NONE, get_tenant,    "get"),
	ROW(PATCH,  "/:id",             BODY_JSON, change_tenant, "change"),
	ROW(POST,   "/:id/hosts",       BODY_JSON, add_host,      "host.add"),
	ROW(DELETE, "/:id/hosts/:host", BODY_NONE, drop_host,     "host.drop"),
	{ 0 },
};
/* clang-format on */
