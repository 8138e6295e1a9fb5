/* export_api.c - all that there is about an account, for programs, and its
 * file.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "face/list_api.h"
#include "portal/export.h"
#include "portal/portal_api.h"

#define PATH "/api/client/export"

static enum err
list_exports(struct request *rq)
{
	struct portal_account account;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	return e == OK ? list_api(rq, &portal_exports_noun, EXPORT_OWNER,
			     arena_strdup(rq->arena, account.customer.s))
		       : e;
}

static enum err
ask_export(struct request *rq)
{
	struct portal_account account;
	const char *name;
	json_t *value;
	struct id id;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e != OK)
		return e;
	json_object_foreach(rq->json, name, value)
	{
		problem_add(&rq->problems, name, "unknown_field",
		    "There is no such field.");
		return E_INPUT;
	}
	e = export_ask(rq->tx, &account.customer, &id);
	return e == OK ? noun_reply_made(rq, &portal_exports_noun, &id) : e;
}

static enum err
get_export(struct request *rq)
{
	struct id id;
	enum err e = portal_own(rq, &portal_exports_noun, AREA_PEOPLE, &id);

	return e == OK ? noun_reply(rq, &portal_exports_noun, &id) : e;
}

/* nginx sends the file itself, from a place that nobody can ask it for. */
enum err
portal_export_file(struct request *rq)
{
	struct export x;
	struct id id;
	enum err e = portal_own(rq, &portal_exports_noun, AREA_PEOPLE, &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = export_get(rq->tx, &id, &x)) != OK)
		return e;
	if (!str_eq(x.status, "ready")) {
		problem_add(&rq->problems, "", "not_found",
		    str_eq(x.status, "waiting")
			? "The file is still being made."
			: "The file is not there any more. Ask for a new one.");
		return E_NOTFOUND;
	}
	reply_bytes(rq, 200, "application/zip", "", 0);
	reply_header(rq, "Content-Disposition",
	    arena_printf(
		rq->arena, "attachment; filename=\"export-%.8s.zip\"", x.id.s));
	reply_header(rq, "X-Accel-Redirect",
	    arena_printf(rq->arena, "/_exports/%s/%s", rq->tenant.s, x.file));
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, flags, handler, name)			\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route portal_export_api_routes[] = {
	ROW(GET,  PATH,		    BODY_NONE, 0,	   list_exports,	"client.exports"),
	ROW(POST, PATH,		    BODY_JSON, ROUTE_SELF, ask_export,	"client.export.ask"),
	ROW(GET,  PATH "/:id",	    BODY_NONE, 0,	   get_export,	"client.export"),
	ROW(GET,  PATH "/:id/file", BODY_NONE, ROUTE_SELF, portal_export_file, "client.export.file"),
	{0}
};
/* clang-format on */
