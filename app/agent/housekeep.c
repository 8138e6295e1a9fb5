/* housekeep.c - nightly backups, retention, what was replaced, the trash.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One pass does all that is due and nothing twice, because what is due follows
 * from the names of the files that are there.
 */
#include "config.h"
#include "agent/job.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/backup.h"
#include "agent/beneath.h"
#include "agent/site.h"
#include "agent/stamp.h"
#include "agent/swap.h"
#include "agent/system_user.h"

#define DAY_S	    86400
#define TRY_AGAIN_S 3600

/* Tell how a nightly backup went; a failed one has the path of its directory
 * for an archive. */
static void
note_backup(struct job *job, const char *id, const struct backup_archive *b,
    const char *error)
{
	struct json_out w;
	struct buf text;

	buf_init(&text, 8192);
	json_out_init(&w, &text);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", id);
	json_str(&w, "archive", b->path);
	json_int(&w, "bytes", b->facts.bytes);
	json_int(&w, "files", b->facts.files);
	json_str_or_null(&w, "sha256", error == NULL ? b->facts.sha256 : NULL);
	json_time(&w, "createdAt", b->made_at);
	json_bool(&w, "ok", error == NULL);
	json_str_or_null(&w, "error", error);
	json_close(&w, '}');
	if (!buf_failed(&text))
		job_note(job, buf_str(&text));
	buf_fini(&text);
}

static enum err
nightly(struct job *job, const char *id, struct backup_schedule *s)
{
	struct backup_archive archive = {.made_at = clock_now()};
	struct buf why;
	enum err e;

	archive.path = arena_printf(job->arena, "backups/%s", id);
	if (archive.path == NULL)
		return E_LIMIT;
	s->tried_at = archive.made_at;
	e = backup_schedule_store(job->node, id, s);
	if (e != OK)
		return e;
	buf_init(&why, 2048);
	e = backup_make(job, id, &archive, &why);
	if (e == OK)
		note_backup(job, id, &archive, NULL);
	else
		note_backup(job, id, &archive,
		    why.len > 0 ? buf_str(&why) : err_info(e)->title);
	log_event(e == OK ? LOG_INFO : LOG_ERROR, "nightly_backup",
	    LOG_S("site", id), LOG_S("archive", archive.path),
	    LOG_S("why", buf_str(&why)));
	buf_fini(&why);
	return e;
}

static bool
is_due(const struct job *job, const struct name_list *archives,
    const struct backup_schedule *s)
{
	int64_t now = clock_now(), newest = 0;
	int64_t since = backup_due_since(
	    now, (int)setting_int(job->node->settings, "backup_hour"));

	if (archives->n > 0 &&
	    !stamp_parse(archives->name[archives->n - 1], &newest))
		newest = 0;
	return s->active && newest < since && s->tried_at + TRY_AGAIN_S <= now;
}

/* Names sort by time. */
static enum err
drop_stale(struct job *job, const char *dir, const struct name_list *archives,
    const struct backup_schedule *s)
{
	int64_t now = clock_now();
	enum err e = OK;

	for (size_t i = 0; e == OK && i < archives->n; i++) {
		const char *path =
		    arena_printf(job->arena, "%s/%s", dir, archives->name[i]);
		int64_t made_at;

		if (path == NULL)
			return E_LIMIT;
		if (!stamp_parse(archives->name[i], &made_at) ||
		    !backup_is_stale(made_at, now, i + 1 == archives->n, s))
			continue;
		e = beneath_unlink(job->node->root_fd, path);
		log_event(LOG_INFO, "backup_expired", LOG_S("path", path));
	}
	return e;
}

/* What jobs that were killed have left. */
static enum err
drop_unfinished(struct job *job, const char *dir)
{
	struct name_list names = {0};
	enum err e = beneath_list(
	    job->arena, job->node->root_fd, dir, ".making", &names);

	for (size_t i = 0; e == OK && i < names.n; i++) {
		const char *path =
		    arena_printf(job->arena, "%s/%s", dir, names.name[i]);
		int64_t begun;

		if (path == NULL)
			return E_LIMIT;
		if (stamp_parse(names.name[i], &begun) &&
		    begun < clock_now() - DAY_S)
			e = beneath_unlink(job->node->root_fd, path);
	}
	return e;
}

static enum err
keep_site(struct job *job, const char *id)
{
	struct arena *a = job->arena;
	const char *dir = arena_printf(a, "backups/%s", id);
	int root = job->node->root_fd;
	struct name_list archives = {0};
	struct backup_schedule s;
	enum err e;

	if (dir == NULL)
		return E_LIMIT;
	e = backup_schedule_load(a, job->node, id, &s);
	if (e == E_NOTFOUND)
		return OK; /* a first archive is being made */
	if (e == OK)
		e = beneath_list(a, root, dir, ".tar.gz", &archives);
	if (e == OK && is_due(job, &archives, &s)) {
		e = nightly(job, id, &s);
		if (e == OK)
			e = beneath_list(a, root, dir, ".tar.gz", &archives);
	}
	if (e == OK)
		e = drop_stale(job, dir, &archives, &s);
	if (e == OK)
		e = drop_unfinished(job, dir);
	if (e == OK && !s.active && archives.n == 0)
		e = beneath_remove_tree(root, dir);
	return e;
}

/* The user goes with the files: until then its number must not be given to
 * somebody else. */
static void
drop_user(struct job *job, const char *dir)
{
	struct arena *a = job->arena;
	const char *conf = arena_printf(a, "%s/conf.json", dir);
	const char *text = NULL, *name = NULL;
	struct problems problems;
	json_t *obj = NULL;
	struct buf why;
	size_t len = 0;

	buf_init(&why, 2048);
	problems_init(&problems, a);
	if (conf != NULL &&
	    beneath_read(a, job->node->root_fd, conf, 65536, &text, &len) ==
		OK &&
	    json_parse(text, len, &problems, &obj) == OK)
		name = json_string_value(json_object_get(obj, "systemUser"));
	if (name != NULL && system_user_remove(job->node, name, &why) != OK)
		log_event(LOG_WARN, "user_stays", LOG_S("user", name),
		    LOG_S("why", buf_str(&why)));
	json_decref(obj);
	buf_fini(&why);
}

static enum err
empty_trash(struct job *job)
{
	int64_t keep_s = setting_int(job->node->settings, "trash_days") * DAY_S;
	struct name_list names = {0};
	enum err e =
	    beneath_list(job->arena, job->node->root_fd, "trash", "", &names);

	for (size_t i = 0; e == OK && i < names.n; i++) {
		const char *path =
		    arena_printf(job->arena, "trash/%s", names.name[i]);
		int64_t since;

		if (path == NULL)
			return E_LIMIT;
		if (strlen(names.name[i]) != 36 + STAMP_SIZE ||
		    !stamp_parse(names.name[i] + 37, &since) ||
		    since > clock_now() - keep_s)
			continue;
		drop_user(job, path);
		e = beneath_remove_tree(job->node->root_fd, path);
		log_event(LOG_INFO, "trash_emptied", LOG_S("path", path));
	}
	return e;
}

/* What restores have replaced, and what a killed one has left. */
static enum err
keep_sites(struct job *job, int64_t *failed)
{
	struct name_list ids = {0};
	enum err e =
	    beneath_list(job->arena, job->node->root_fd, "sites", "", &ids);

	for (size_t i = 0; e == OK && i < ids.n; i++) {
		if (id_valid(ids.name[i]) &&
		    swap_housekeep(job, ids.name[i]) != OK)
			(*failed)++;
	}
	return e;
}

enum err
housekeep(struct job *job)
{
	struct name_list ids = {0};
	int64_t failed = 0;
	struct json_out w;
	enum err e;

	e = beneath_list(job->arena, job->node->root_fd, "backups", "", &ids);
	/* One site's trouble does not take the others' backups. */
	for (size_t i = 0; e == OK && i < ids.n; i++) {
		if (id_valid(ids.name[i]) && keep_site(job, ids.name[i]) != OK)
			failed++;
	}
	if (e == OK)
		e = keep_sites(job, &failed);
	if (e == OK)
		e = empty_trash(job);
	if (e != OK)
		return e;
	json_out_init(&w, &job->result);
	json_open(&w, NULL, '{');
	json_int(&w, "schedules", (int64_t)ids.n);
	json_int(&w, "failed", failed);
	json_close(&w, '}');
	return OK;
}
