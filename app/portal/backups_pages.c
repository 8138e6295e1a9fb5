/* backups_pages.c - the backups of a service: see, download, have one restored.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/backups.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"

#define DAY_S 86400
#define TOLD  (7 * DAY_S) /* how long the last restore is spoken of */

static const char *
backups_path(struct request *rq, const struct id *service)
{
	return arena_printf(rq->arena, SERVICES "/%s/backups", service->s);
}

static const char *
moment(struct request *rq, int64_t t)
{
	return arena_printf(rq->arena, "%s, %s", show_long_date(rq->arena, t),
	    show_clock(rq->arena, t));
}

/* ---- the state of a restore ---- */

static const char *
restore_said(struct request *rq, const struct service_backups *s)
{
	const struct restore_state *r = &s->restore;

	if (service_is_restoring(s))
		return say_printf(rq->arena,
		    "The files are being restored to the state of %s. You get "
		    "a mail when that is done.",
		    moment(rq, r->taken_at));
	if (r->ended_at < rq->now - TOLD)
		return "";
	if (str_eq(r->status, "success") && r->kept_until > rq->now)
		return say_printf(rq->arena,
		    "The files are as they were on %s. What was replaced is "
		    "kept until %s; ask our staff if you need something of it.",
		    moment(rq, r->taken_at), moment(rq, r->kept_until));
	if (str_eq(r->status, "failed"))
		return say_printf(rq->arena,
		    "The backup of %s could not be restored. Your website was "
		    "left as it was, and our staff have been told.",
		    moment(rq, r->taken_at));
	return "";
}

/* ---- the download ---- */

static void
put_wish(struct view *d, struct request *rq, const struct id *service)
{
	put_post(d, "want",
	    arena_printf(
		rq->arena, SERVICES "/%s/backups/download", service->s));
}

static void
put_download(
    struct request *rq, const struct service_backups *s, struct view *root)
{
	const struct archive_fetch *f = &s->fetch;
	struct view *d;

	if (!s->latest)
		return;
	d = view_object(root, "download");
	if (s->has_fetch && str_eq(f->status, "fetching")) {
		view_text(d, "text",
		    say_printf(rq->arena,
			"The backup of %s is being fetched from its server. "
			"It can be downloaded here when it has come.",
			moment(rq, f->taken_at)));
		view_text(d, "again", rq->path);
		return;
	}
	if (s->has_fetch && str_eq(f->status, "ready")) {
		view_textf(
		    d, "href", SERVICES "/%s/backups/file", s->service.s);
		view_text(d, "text",
		    say_printf(rq->arena,
			"The backup of %s: %s, as a .tar.gz file. "
			"The link works until %s.",
			moment(rq, f->taken_at),
			show_bytes(rq->arena, f->bytes),
			moment(rq, f->expires_at)));
		if (!str_eq(f->backup.s, s->latest->id.s))
			put_wish(d, rq, &s->service);
		return;
	}
	if (s->has_fetch && str_eq(f->status, "failed"))
		view_text(d, "text",
		    say("The last one could not be fetched from its server, "
			"and our staff have been told. You can try again."));
	else
		view_text(d, "text",
		    say_printf(rq->arena,
			"%s, of %s. It is fetched from its server first, "
			"which takes a few minutes.",
			show_bytes(rq->arena, s->latest->bytes),
			moment(rq, s->latest->taken_at)));
	put_wish(d, rq, &s->service);
}

/* ---- the page ---- */

static void
put_rows(struct request *rq, const struct service_backups *s, struct view *rows)
{
	bool may = service_may_restore(s);

	for (size_t i = 0; i < s->n; i++) {
		const struct backup *b = &s->list[i];
		struct view *v = view_item(rows);

		view_text(v, "taken", moment(rq, b->taken_at));
		view_text(
		    v, "size", b->ok ? show_bytes(rq->arena, b->bytes) : "");
		put_badge(v, b->ok ? "verified" : "failed");
		view_flag(v, "latest", b == s->latest);
		if (b->ok && may)
			view_textf(v, "href", SERVICES "/%s/backups/%s/restore",
			    s->service.s, b->id.s);
	}
}

struct page {
	struct view *root, *head, *crumbs;
};

static struct page
open_page(
    struct request *rq, const char *title, const struct service_backups *s)
{
	struct page p = {.root = page_view(rq, title, SERVICES)};

	p.head = view_object(p.root, "head");
	p.crumbs = head_crumbs(p.head);
	crumb_add(p.crumbs, SERVICES, say("Services"));
	crumb_add(p.crumbs,
	    arena_printf(rq->arena, SERVICES "/%s", s->service.s), s->domain);
	return p;
}

static const char *
about(struct request *rq, const struct service_backups *s)
{
	return say_printf(rq->arena,
	    "Every night the files of %s are packed up, read back and "
	    "verified. Databases are not in these backups yet.",
	    s->domain);
}

static enum err
show(struct request *rq, int status)
{
	struct service_backups s;
	struct id service;
	struct page p;
	enum err e =
	    portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &service);

	if (e == OK)
		e = service_backups_get(rq->tx, &service, &s);
	if (e != OK)
		return e;
	p = open_page(rq, say("Backups"), &s);
	if (status != 200)
		put_problems(p.root, say("That was not done"), &rq->problems);
	if (s.n > 0)
		view_text(p.head, "text", about(rq, &s));
	if (s.has_restore)
		view_text(p.root, "restoring", restore_said(rq, &s));
	put_download(rq, &s, p.root);
	put_rows(rq, &s, view_list(p.root, "rows"));
	reply_page(rq, status, "client/backups", p.root);
	return OK;
}

static enum err
show_backups(struct request *rq)
{
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? show(rq, 200) : e;
}

/* What was refused is shown on the page that it was asked from. */
static enum err
refused(struct request *rq, enum err why)
{
	enum err e;

	if (why != E_CONFLICT)
		return why;
	e = request_undo(rq);
	return e == OK ? show(rq, 409) : e;
}

/* ---- restore ---- */

static enum err
ask_restore(struct request *rq)
{
	struct view *ask, *points, *ignored;
	struct service_backups s;
	struct id service, id;
	struct backup b;
	struct page p;
	enum err e =
	    portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &service);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = path_id(rq, "backupId", &id);
	if (e == OK)
		e = service_backups_get(rq->tx, &service, &s);
	if (e == OK)
		e = backup_get(rq->tx, &s.website, &id, &b);
	if (e != OK)
		return e;
	p = open_page(rq, say("Restore"), &s);
	crumb_add(p.crumbs, backups_path(rq, &service), say("Backups"));
	ask = put_ask(p.root,
	    &(struct ask){
		.title = say_printf(rq->arena, "Restore %s to the state of %s?",
		    s.domain, moment(rq, b.taken_at)),
		.text = "All files of the website become those of this "
			"backup.",
		.action = rq->path,
		.yes = "Restore the files",
		.no_href = backups_path(rq, &service),
		.no_label = "Leave them as they are",
		.danger = true,
	    },
	    &ignored);
	points = view_list(view_object(ask, "points"), "items");
	ask_point(points,
	    say("What has changed since is set aside and kept for 7 days, "
		"where no visitor sees it."));
	ask_point(points, say("Databases and mail stay as they are."));
	ask_point(points,
	    say("It takes a few minutes. Visitors see the website as it is "
		"until the moment of the change."));
	reply_page(rq, 200, "admin/ask", p.root);
	return OK;
}

static enum err
do_restore(struct request *rq)
{
	struct id service, id;
	struct backup b;
	enum err e =
	    portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &service);

	if (e == OK)
		e = path_id(rq, "backupId", &id);
	if (e == OK)
		e = service_restore(rq->tx, &service, &id, &b);
	if (e != OK)
		return refused(rq, e);
	reply_flash(rq, "good", "The restore has begun.");
	reply_redirect(rq, backups_path(rq, &service));
	return OK;
}

static enum err
do_fetch(struct request *rq)
{
	struct archive_fetch f;
	struct id service;
	enum err e =
	    portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &service);

	if (e == OK)
		e = service_fetch(rq->tx, rq->settings, &service, &f);
	if (e != OK)
		return refused(rq, e);
	reply_redirect(rq, backups_path(rq, &service));
	return OK;
}

/* ---- on the service's own page ---- */

enum err
put_last_backup(struct request *rq, const struct id *service,
    struct view *facts, struct view *verbs)
{
	struct service_backups s;
	enum err e = service_backups_get(rq->tx, service, &s);

	if (e == E_NOTFOUND || (e == OK && s.n == 0))
		return OK;
	if (e != OK)
		return e;
	fact_link(facts, "Last backup",
	    s.latest ? moment(rq, s.latest->taken_at) : say("none"),
	    backups_path(rq, service));
	verb_link(verbs, "Backups", backups_path(rq, service), "disk", NULL);
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, SERVICES "/:id/backups" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_backups_page_routes[] = {
	ROW(GET,  "",			BODY_NONE, show_backups, "client.backups.page"),
	ROW(POST, "/download",		BODY_FORM, do_fetch,	"client.backups.fetch"),
	ROW(GET,  "/file",		BODY_NONE, portal_backup_file, "client.backups.file"),
	ROW(GET,  "/:backupId/restore",	BODY_NONE, ask_restore,	"client.backups.ask"),
	ROW(POST, "/:backupId/restore",	BODY_FORM, do_restore,	"client.backups.page.restore"),
	{0}
};
/* clang-format on */
