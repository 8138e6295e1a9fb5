/* export_pages.c - all that there is about an account, as a page:
 * /client/export.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/export.h"
#include "portal/portal_pages.h"

#define EXPORT CLIENT "/export"

enum { SHOWN = 20 }; /* the newest */

static enum err
put_exports(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, status, created_at, size_bytes, expires_at "
	    "FROM exports WHERE tenant_id = $1 AND customer_id = $2 "
	    "ORDER BY id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)SHOWN));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);
		bool is_ready = str_eq(row_text(&r, 1), "ready");

		put_time(v, "asked", row_int(&r, 2), rq->now);
		put_badge(v, str_eq(row_text(&r, 1), "waiting")
				 ? "in_progress"
				 : row_text(&r, 1));
		if (!row_is_null(&r, 3))
			view_text(
			    v, "size", show_bytes(rq->arena, row_int(&r, 3)));
		if (is_ready) {
			view_textf(
			    v, "href", EXPORT "/%s/file", row_text(&r, 0));
			put_time(v, "until", row_int(&r, 4), rq->now);
		}
	}
	return rows_done(&r);
}

static enum err
show(struct request *rq, int status)
{
	struct portal_account account;
	struct view *v, *parts;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e != OK)
		return e;
	v = page_view(rq, say("Export my data"), EXPORT);
	view_textf(v, "days", "%" PRId64,
	    setting_int(rq->settings, "export_keep_days"));
	if (status != 200)
		form_refusal(rq, v, "Nothing was asked for");
	parts = view_list(v, "parts");
	for (const struct exporter *x = exporters; x->name; x++)
		view_text(view_item(parts), "text", say(x->about));
	e = put_exports(rq, &account.customer, view_list(v, "rows"));
	if (e == OK)
		reply_page(rq, status, "client/export", v);
	return e;
}

static enum err
show_export(struct request *rq)
{
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? show(rq, 200) : e;
}

static enum err
do_export(struct request *rq)
{
	struct portal_account account;
	struct id id;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e == OK)
		e = export_ask(rq->tx, &account.customer, &id);
	if (e == E_CONFLICT)
		return show(rq, 409);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say("It is being made. You get a mail when it can be fetched."));
	reply_redirect(rq, EXPORT);
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, flags, handler, name)			\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route portal_export_page_routes[] = {
	ROW(GET,  EXPORT,	      BODY_NONE, 0,	     show_export, "client.export.page"),
	ROW(POST, EXPORT,	      BODY_FORM, ROUTE_SELF, do_export,	  "client.export.page.ask"),
	ROW(GET,  EXPORT "/:id/file", BODY_NONE, ROUTE_SELF, portal_export_file, "client.export.page.file"),
	{0}
};
/* clang-format on */
