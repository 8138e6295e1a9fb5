/* approvals_api.c - approvals for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/approvals_api.h"

#include "base/text.h"
#include "face/list_api.h"

#define APPROVALS "/api/admin/approvals"

static const char *
id_or_null(const struct id *id)
{
	return id_is_set(id) ? id->s : NULL;
}

static void
put_approval(struct json_out *w, const struct approval *a)
{
	json_open(w, NULL, '{');
	json_str(w, "id", a->id.s);
	json_str(w, "action", a->action_name);
	json_str(w, "noun", a->noun);
	json_str_or_null(w, "nounId", id_or_null(&a->noun_id));
	json_str(w, "title", a->title);
	json_raw(w, "wish", a->wish);
	json_str(w, "status", a->status);
	json_str(w, "askedBy", a->asked_by.s);
	json_str(w, "askedName", a->asked_name);
	json_str_or_null(w, "decidedBy", id_or_null(&a->decided_by));
	json_str_or_null(w, "decidedName", a->decided_name);
	json_time(w, "decidedAt", a->decided_at);
	json_time(w, "expiresAt", a->expires_at);
	json_time(w, "createdAt", a->created_at);
	json_close(w, '}');
}

static enum err
list_approvals(struct request *rq)
{
	const struct approval *list;
	struct json_out *w;
	size_t n;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = approvals_list(rq->tx, &list, &n);
	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (size_t i = 0; i < n; i++)
		put_approval(w, &list[i]);
	reply_items_end(w, n);
	return OK;
}

static enum err
reply_one(struct request *rq, const struct id *id)
{
	struct approval a;
	enum err e = approval_get(rq->tx, id, &a);

	if (e == OK)
		put_approval(reply_json(rq, 200), &a);
	return e;
}

static enum err
get_approval(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? reply_one(rq, &id) : e;
}

static enum err
decide(struct request *rq, bool is_approved)
{
	struct json_in in = request_json(rq);
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK && !json_in_known(&in, NULL, 0))
		e = E_INPUT;
	if (e == OK)
		e = approval_decide(rq->tx, &id, is_approved);
	return e == OK ? reply_one(rq, &id) : e;
}

static enum err
approve(struct request *rq)
{
	return decide(rq, true);
}

static enum err
refuse(struct request *rq)
{
	return decide(rq, false);
}

/* Staff see what is theirs to see; which act needs which permission is looked
 * at behind the gate.
 * clang-format off */
const struct route approvals_api_routes[] = {
    {GET, APPROVALS, POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_NONE, 0,
	list_approvals, "approvals.list"},
    {GET, APPROVALS "/:id", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
	BODY_NONE, 0, get_approval, "approvals.get"},
    {POST, APPROVALS "/:id/approve", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
	BODY_JSON, ROUTE_SELF, approve, "approvals.approve"},
    {POST, APPROVALS "/:id/refuse", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
	BODY_JSON, ROUTE_SELF, refuse, "approvals.refuse"},
    {0},
};
/* clang-format on */
