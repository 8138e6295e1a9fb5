/* backups_api.c - the backups of a service of mine, for programs; and the file,
 * for them and for the pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/portal_api.h"

#include "base/clock.h"
#include "base/text.h"
#include "portal/backups.h"
#include "portal/portal_nouns.h"

#define PATH "/api/client/services/:id"

static enum err
own(struct request *rq, struct id *service)
{
	return portal_own(rq, &portal_services_noun, AREA_TECHNICAL, service);
}

/* ---- what there is ---- */

static void
put_backup(
    struct json_out *w, const struct service_backups *s, const struct backup *b)
{
	json_open(w, NULL, '{');
	json_str(w, "id", b->id.s);
	json_time(w, "createdAt", b->taken_at);
	json_int(w, "size", b->bytes);
	json_int(w, "files", b->files);
	json_bool(w, "verified", b->ok);
	json_bool(w, "restorable", b->ok && service_may_restore(s));
	json_close(w, '}');
}

/* The word of a task for people. */
static const char *
restore_word(const struct restore_state *r)
{
	static const char *const words[][2] = {
	    {"pending", "restoring"},
	    {"in_progress", "restoring"},
	    {"success", "restored"},
	};

	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (str_eq(words[i][0], r->status))
			return words[i][1];
	return "failed";
}

static void
put_restore(struct json_out *w, const struct service_backups *s)
{
	if (!s->has_restore) {
		json_none(w, "restore");
		return;
	}
	json_open(w, "restore", '{');
	json_str(w, "status", restore_word(&s->restore));
	json_time(w, "takenAt", s->restore.taken_at);
	json_time(w, "askedAt", s->restore.since);
	if (s->restore.kept_until)
		json_time(w, "keptUntil", s->restore.kept_until);
	else
		json_none(w, "keptUntil");
	json_close(w, '}');
}

static enum err
reply_backups(struct request *rq, int status, const struct id *service)
{
	struct service_backups s;
	struct json_out *w;
	enum err e = service_backups_get(rq->tx, service, &s);

	if (e != OK)
		return e;
	w = reply_json(rq, status);
	json_open(w, NULL, '{');
	json_str(w, "domain", s.domain);
	put_restore(w, &s);
	json_open(w, "items", '[');
	for (size_t i = 0; i < s.n; i++)
		put_backup(w, &s, &s.list[i]);
	json_close(w, ']');
	json_close(w, '}');
	return OK;
}

static enum err
list_backups(struct request *rq)
{
	struct id service;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = own(rq, &service);
	return e == OK ? reply_backups(rq, 200, &service) : e;
}

static enum err
restore(struct request *rq)
{
	struct id service, id;
	struct backup b;
	enum err e = own(rq, &service);

	if (e == OK)
		e = path_id(rq, "backupId", &id);
	if (e == OK)
		e = service_restore(rq->tx, &service, &id, &b);
	return e == OK ? reply_backups(rq, 202, &service) : e;
}

/* ---- download ---- */

static enum err
reply_fetch(struct request *rq, int status, const struct id *service,
    const struct archive_fetch *f)
{
	bool ready = str_eq(f->status, "ready");
	struct json_out *w = reply_json(rq, status);

	json_open(w, NULL, '{');
	json_str(w, "status", f->status);
	json_str(w, "backupId", f->backup.s);
	json_time(w, "takenAt", f->taken_at);
	json_int(w, "size", f->bytes);
	json_str(w, "sha256", f->sha256);
	json_int(w, "progress", ready ? 100 : f->received);
	if (ready)
		json_time(w, "expiresAt", f->expires_at);
	else
		json_none(w, "expiresAt");
	json_str_or_null(w, "href",
	    ready ? arena_printf(rq->arena,
			"/api/client/services/%s/download/file", service->s)
		  : NULL);
	json_close(w, '}');
	return OK;
}

static enum err
want(struct request *rq)
{
	struct archive_fetch f;
	struct id service;
	enum err e = own(rq, &service);

	if (e == OK)
		e = service_fetch(rq->tx, rq->settings, &service, &f);
	return e == OK ? reply_fetch(rq, str_eq(f.status, "ready") ? 200 : 202,
			     &service, &f)
		       : e;
}

static enum err
find(struct request *rq, struct id *service, struct archive_fetch *out,
    const char **domain_out)
{
	struct service_backups s;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = own(rq, service);
	if (e == OK)
		e = service_backups_get(rq->tx, service, &s);
	if (e != OK)
		return e;
	if (!s.has_fetch)
		return E_NOTFOUND;
	*out = s.fetch;
	*domain_out = s.domain;
	return OK;
}

static enum err
show_fetch(struct request *rq)
{
	struct archive_fetch f;
	struct id service;
	const char *domain;
	enum err e = find(rq, &service, &f, &domain);

	return e == OK ? reply_fetch(rq, 200, &service, &f) : e;
}

/* The gate has let the person in; the web server sends the file. */
enum err
portal_backup_file(struct request *rq)
{
	struct archive_file file = {
	    .state_dir = setting_text(rq->settings, "state_dir")};
	struct archive_fetch f;
	struct id service;
	const char *domain;
	char taken[21];
	enum err e = find(rq, &service, &f, &domain);

	if (e != OK)
		return e;
	file.id = f.id;
	file.bytes = f.bytes;
	if (!str_eq(f.status, "ready") ||
	    !archive_file_is_there(rq->arena, &file)) {
		problem_add(&rq->problems, "", "not_found",
		    "This backup is not here (any more). Ask for it again.");
		return E_NOTFOUND;
	}
	time_iso(f.taken_at, taken);
	reply_text(rq, 200, "application/gzip", "");
	reply_header(rq, "X-Accel-Redirect",
	    arena_printf(rq->arena, ARCHIVE_INTERNAL "/%s.tar.gz", f.id.s));
	reply_header(rq, "Content-Disposition",
	    arena_printf(rq->arena, "attachment; filename=\"%s-%.10s.tar.gz\"",
		domain, taken));
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, PATH path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_backups_api_routes[] = {
	ROW(GET,  "/backups",			BODY_NONE, list_backups, "client.backups"),
	ROW(POST, "/backups/:backupId/restore",	BODY_JSON, restore,	"client.backups.restore"),
	ROW(POST, "/download",			BODY_JSON, want,	"client.download.want"),
	ROW(GET,  "/download",			BODY_NONE, show_fetch,	"client.download"),
	ROW(GET,  "/download/file",		BODY_NONE, portal_backup_file, "client.download.file"),
	{0}
};
/* clang-format on */
