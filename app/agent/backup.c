/* backup.c - archives of a site, and the verbs that order and end them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/site.h"
#include "agent/stamp.h"
#include "agent/system_user.h"

#define DAY_S	     86400
#define SCHEDULE_MAX 4096

int64_t
backup_due_since(int64_t now, int hour)
{
	int64_t due = now - now % DAY_S + (int64_t)hour * 3600;

	return due <= now ? due : due - DAY_S;
}

bool
backup_is_stale(int64_t made_at, int64_t now, bool is_newest,
    const struct backup_schedule *s)
{
	if (s->active && is_newest)
		return false;
	return made_at < now - s->keep_days * DAY_S;
}

static const char *
schedule_path(struct arena *a, const char *site_id)
{
	return arena_printf(a, "backups/%s/schedule.json", site_id);
}

enum err
backup_schedule_load(struct arena *a, const struct node *node,
    const char *site_id, struct backup_schedule *out)
{
	const char *path = schedule_path(a, site_id), *text = NULL;
	struct backup_schedule s = {.keep_days = 0};
	struct problems problems;
	struct json_in in;
	json_t *obj = NULL;
	size_t len = 0;
	enum err e;

	if (path == NULL)
		return E_LIMIT;
	e = beneath_read(a, node->root_fd, path, SCHEDULE_MAX, &text, &len);
	if (e != OK)
		return e;
	problems_init(&problems, a);
	e = json_parse(text, len, &problems, &obj);
	in = (struct json_in){obj, "", &problems, a};
	if (e == OK &&
	    (!json_is_object(obj) ||
		!json_in_int(&in, "retentionDays", JSON_REQUIRED, 1,
		    BACKUP_RETENTION_MAX, &s.keep_days) ||
		!json_in_int(
		    &in, "triedAt", JSON_OPTIONAL, 0, INT64_MAX, &s.tried_at) ||
		!json_in_bool(&in, "active", JSON_REQUIRED, &s.active)))
		e = E_INPUT;
	json_decref(obj);
	if (e != OK) {
		log_event(LOG_ERROR, "schedule_damaged", LOG_S("path", path));
		return e;
	}
	*out = s;
	return OK;
}

enum err
backup_schedule_store(const struct node *node, const char *site_id,
    const struct backup_schedule *s)
{
	char path[80];
	struct json_out w;
	struct buf b;
	enum err e;

	buf_init(&b, SCHEDULE_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", site_id);
	json_int(&w, "retentionDays", s->keep_days);
	json_int(&w, "triedAt", s->tried_at);
	json_bool(&w, "active", s->active);
	json_close(&w, '}');
	buf_putc(&b, '\n');
	snprintf(path, sizeof(path), "backups/%.36s/schedule.json", site_id);
	e = buf_failed(&b)
		? E_LIMIT
		: beneath_write(node->root_fd, path, b.data, b.len, 0600);
	buf_fini(&b);
	return e;
}

static void
tell_progress(void *ctx, int64_t files, int64_t bytes)
{
	struct job *job = ctx;
	char text[96];

	snprintf(text, sizeof(text), "%lld files, %lld MiB read",
	    (long long)files, (long long)(bytes / 1048576));
	job_progress(job, 50, text);
}

/* Only the site's own files go into its archive: a hard link to somebody
 * else's would carry its content out. */
static enum err
owner_of(const struct job *job, const struct site *site, uid_t *owner_out,
    struct buf *why)
{
	gid_t gid;

	if (job->node->is_private) {
		*owner_out = (uid_t)-1;
		return OK;
	}
	return system_user_make(
	    job->node, site->system_user, owner_out, &gid, why);
}

/* Write to `tmp`, and when it is verified give it the name `final`. */
static enum err
write_archive(struct job *job, const struct archive_source *src,
    const char *tmp, const char *final, struct archive_facts *facts,
    struct buf *why)
{
	int root = job->node->root_fd, fd = -1;
	enum err e;

	e = beneath_open(root, tmp, O_RDWR | O_CREAT | O_TRUNC, 0600, &fd);
	if (e != OK)
		return e;
	e = archive_make(src, fd, facts, why);
	close(fd);
	if (e == OK)
		e = beneath_rename(root, tmp, final, true);
	if (e != OK && beneath_unlink(root, tmp) != OK)
		log_event(LOG_WARN, "backup_leftover", LOG_S("path", tmp));
	return e;
}

enum err
backup_make(struct job *job, const char *site_id, struct backup_archive *out,
    struct buf *why)
{
	struct arena *a = job->arena;
	struct backup_archive archive = {.made_at = clock_now()};
	struct archive_source src = {
	    .dir_fd = -1, .progress = tell_progress, .ctx = job};
	const char *tmp, *www = site_path(a, site_id, "www");
	const char *dir = arena_printf(a, "backups/%s", site_id);
	char stamp[STAMP_SIZE];
	struct site site;
	enum err e;

	stamp_of_time(archive.made_at, stamp);
	archive.path = arena_printf(a, "backups/%s/%s.tar.gz", site_id, stamp);
	tmp = arena_printf(
	    a, "backups/%s/%s-%d.making", site_id, stamp, (int)getpid());
	if (arena_failed(a))
		return E_LIMIT;
	e = site_load(a, job->node, site_id, &site);
	if (e == E_NOTFOUND)
		buf_puts(why, "the site is not on this node");
	if (e == OK)
		e = owner_of(job, &site, &src.owner, why);
	if (e == OK)
		e = beneath_make(job->node->root_fd, dir, 0700);
	if (e == OK)
		e = beneath_open(job->node->root_fd, www,
		    O_RDONLY | O_DIRECTORY, 0, &src.dir_fd);
	if (e != OK)
		return e;
	e = write_archive(job, &src, tmp, archive.path, &archive.facts, why);
	close(src.dir_fd);
	if (e == OK)
		*out = archive;
	return e;
}

/* The site that a request is about, checked again here. */
static enum err
site_asked(struct job *job, const char **id_out, int64_t *keep_out)
{
	const struct frame *f = job->request;
	const char *id = frame_get(f, TAG_SITE_ID, "");
	int64_t keep = frame_get_num(f, TAG_RETENTION_DAYS,
	    setting_int(job->node->settings, "backup_keep_days"));

	if (!id_valid(id) || !domain_valid(frame_get(f, TAG_DOMAIN, "")))
		buf_puts(&job->why, "siteId is no UUID or domain no host name");
	else if (keep < 1 || keep > BACKUP_RETENTION_MAX)
		buf_printf(&job->why, "retentionDays is not within 1..%d",
		    BACKUP_RETENTION_MAX);
	if (job->why.len > 0)
		return E_INPUT;
	*id_out = id;
	*keep_out = keep;
	return OK;
}

static void
put_result(struct job *job, const char *id, const struct backup_archive *b,
    const struct backup_schedule *s)
{
	struct json_out w;

	json_out_init(&w, &job->result);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", id);
	json_str(&w, "archive", b->path);
	json_int(&w, "bytes", b->facts.bytes);
	json_int(&w, "files", b->facts.files);
	json_int(&w, "skipped", b->facts.skipped);
	json_int(&w, "changed", b->facts.changed);
	json_str(&w, "sha256", b->facts.sha256);
	json_time(&w, "createdAt", b->made_at);
	json_int(&w, "retentionDays", s->keep_days);
	json_int(&w, "hour", setting_int(job->node->settings, "backup_hour"));
	json_close(&w, '}');
}

enum err
backup_create(struct job *job)
{
	struct backup_schedule schedule = {.active = true};
	struct backup_archive archive;
	const char *id;
	enum err e;

	e = site_asked(job, &id, &schedule.keep_days);
	job_progress(job, 5, "making the first archive");
	if (e == OK)
		e = backup_make(job, id, &archive, &job->why);
	if (e == OK)
		e = backup_schedule_store(job->node, id, &schedule);
	if (e == OK)
		put_result(job, id, &archive, &schedule);
	return e;
}

/* No more archives; those that there are stay until they are old. */
enum err
backup_remove(struct job *job)
{
	struct backup_schedule schedule;
	struct name_list archives = {0};
	struct json_out w;
	const char *id, *dir;
	int64_t keep;
	enum err e;

	e = site_asked(job, &id, &keep);
	if (e != OK)
		return e;
	e = backup_schedule_load(job->arena, job->node, id, &schedule);
	if (e == OK) {
		schedule.active = false;
		e = backup_schedule_store(job->node, id, &schedule);
	} else if (e == E_NOTFOUND) {
		e = OK;
	}
	dir = arena_printf(job->arena, "backups/%s", id);
	if (e == OK)
		e = dir == NULL ? E_LIMIT
				: beneath_list(job->arena, job->node->root_fd,
				      dir, ".tar.gz", &archives);
	if (e != OK)
		return e;
	json_out_init(&w, &job->result);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", id);
	json_int(&w, "archivesKept", (int64_t)archives.n);
	json_close(&w, '}');
	return OK;
}
