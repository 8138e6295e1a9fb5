/* log_ins_pages.c - when and from where one has signed in: /account/history.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/account_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/device.h"
#include "identity/log_ins_noun.h"

#define PAGE "/account/history"

static const char *
way_said(const char *way)
{
	if (str_eq(way, LOG_IN_BY_FACTOR))
		return say("Password and second factor");
	return str_eq(way, LOG_IN_BY_PASSWORD) ? say("Password") : "";
}

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *device = cell_text(c, LOG_IN_DEVICE);
	bool is_in = cell_int(c, LOG_IN_SUCCESS) != 0;

	put_moment(row, "at", cell_int(c, LOG_IN_AT), p->rq->now);
	view_text(
	    row, "device", device[0] ? device_label(p->rq->arena, device) : "");
	view_text(row, "address", cell_text(c, LOG_IN_ADDRESS));
	view_text(row, "way", way_said(cell_text(c, LOG_IN_WAY)));
	put_badge(row, is_in ? "success" : "failed");
}

static const struct list_def list = {
    .noun = &log_ins_noun,
    .path = PAGE,
    .file = "log-ins.csv",
    .column = (const struct list_column[]){{NULL, NULL}},
    .fill = fill,
};

enum err
show_log_ins(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &list, &p);

	if (e != OK)
		return e;
	log_ins_of(&p.list, &rq->actor.id, rq->now);
	if (p.is_csv)
		return list_page_csv(&p);
	v = page_view(rq, say("Log-in history"), "/account");
	crumb_add(head_crumbs(view_object(v, "head")), "/account",
	    say("Your account"));
	list_page_start(&p, v);
	return list_page_reply(&p, v, "account/history");
}
