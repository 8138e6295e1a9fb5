/* swap.c - another tree in the place of a site's www, and the old one kept.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/site.h"
#include "agent/stamp.h"

#define DAY_S	 86400
#define FILE_MAX 4096

#define ROOM	 "restore"
#define TREE	 ROOM "/tree"
#define NEW_WWW	 TREE "/www"
#define PLAN	 ROOM "/plan.json"
#define LAST	 "restored.json"
#define REPLACED "replaced"

/* ---- plan and record: one format ---- */

static enum err
store(const struct job *job, const char *path, const struct swap *s)
{
	struct json_out w;
	struct buf b;
	enum err e;

	if (path == NULL)
		return E_LIMIT;
	buf_init(&b, FILE_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "restoreId", s->restore_id);
	json_str(&w, "archive", s->archive);
	json_int(&w, "files", s->files);
	json_int(&w, "at", s->at);
	json_int(&w, "inode", s->inode);
	if (*s->replaced != '\0')
		json_str(&w, "replaced", s->replaced);
	json_close(&w, '}');
	buf_putc(&b, '\n');
	e = buf_failed(&b)
		? E_LIMIT
		: beneath_write(job->node->root_fd, path, b.data, b.len, 0600);
	buf_fini(&b);
	return e;
}

static bool
read_members(const struct json_in *in, struct swap *s)
{
	int64_t t;

	return json_in_text(
		   in, "restoreId", JSON_REQUIRED, 36, &s->restore_id) &&
	       json_in_text(in, "archive", JSON_REQUIRED, 64, &s->archive) &&
	       json_in_int(
		   in, "files", JSON_REQUIRED, 0, INT64_MAX, &s->files) &&
	       json_in_int(in, "at", JSON_REQUIRED, 0, INT64_MAX, &s->at) &&
	       json_in_int(in, "inode", JSON_REQUIRED, INT64_MIN, INT64_MAX,
		   &s->inode) &&
	       json_in_text(in, "replaced", JSON_OPTIONAL, STAMP_SIZE - 1,
		   &s->replaced) &&
	       (*s->replaced == '\0' || stamp_parse(s->replaced, &t));
}

/* E_NOTFOUND: there is none; E_INPUT: damaged (logged). */
static enum err
load(struct job *job, const char *path, struct swap *out)
{
	struct swap s = {.replaced = ""};
	const char *text = NULL;
	struct problems problems;
	struct json_in in;
	json_t *v = NULL;
	size_t len = 0;
	enum err e;

	if (path == NULL)
		return E_LIMIT;
	e = beneath_read(
	    job->arena, job->node->root_fd, path, FILE_MAX, &text, &len);
	if (e != OK)
		return e;
	problems_init(&problems, job->arena);
	e = json_parse(text, len, &problems, &v);
	in = (struct json_in){v, "", &problems, job->arena};
	if (e == OK && (!json_is_object(v) || !read_members(&in, &s)))
		e = E_INPUT;
	json_decref(v);
	if (e != OK) {
		log_event(LOG_ERROR, "swap_damaged", LOG_S("path", path));
		return E_INPUT;
	}
	*out = s;
	return OK;
}

/* ---- trees ---- */

/* The inode of a directory; E_NOTFOUND, E_DENIED (a link) ... */
static enum err
inode_of(const struct job *job, const char *path, int64_t *out)
{
	struct stat st;
	int fd = -1;
	enum err e;

	if (path == NULL)
		return E_LIMIT;
	e = beneath_open(
	    job->node->root_fd, path, O_PATH | O_DIRECTORY, 0, &fd);
	if (e != OK)
		return e;
	if (fstat(fd, &st) < 0)
		e = E_SYS;
	else
		*out = (int64_t)st.st_ino;
	close(fd);
	return e;
}

static const char *
below(struct job *job, const char *site_id, const char *name)
{
	return site_path(job->arena, site_id, name);
}

static const char *
replaced_path(struct job *job, const char *site_id, const char *name)
{
	return arena_printf(
	    job->arena, "sites/%s/" REPLACED "/%s", site_id, name);
}

/* A name below replaced/ that is free, from `t` on. */
static enum err
free_name(struct job *job, const char *site_id, int64_t t, const char **out)
{
	int64_t inode;
	enum err e = OK;

	for (int i = 0; e == OK && i < 60; i++) {
		char stamp[STAMP_SIZE];

		stamp_of_time(t + i, stamp);
		*out = arena_strdup(job->arena, stamp);
		e = inode_of(job, replaced_path(job, site_id, stamp), &inode);
	}
	return e == E_NOTFOUND ? OK : e == OK ? E_CONFLICT : e;
}

/* What lies in restore/tree/www is somebody's: keep it as `name`. */
static enum err
set_aside(struct job *job, const char *site_id, const char *name)
{
	const char *dir = below(job, site_id, REPLACED);
	const char *from = below(job, site_id, NEW_WWW);
	const char *to = replaced_path(job, site_id, name);
	enum err e;

	if (dir == NULL || from == NULL || to == NULL)
		return E_LIMIT;
	e = beneath_make(job->node->root_fd, dir, 0700);
	if (e == OK)
		e = beneath_rename(job->node->root_fd, from, to, false);
	return e;
}

static enum err
clear_room(struct job *job, const char *site_id)
{
	const char *plan = below(job, site_id, PLAN);
	const char *room = below(job, site_id, ROOM);
	enum err e;

	if (plan == NULL || room == NULL)
		return E_LIMIT;
	/* First the plan, or it would speak of a tree that is half removed. */
	e = beneath_unlink(job->node->root_fd, plan);
	if (e == OK)
		e = beneath_remove_tree(job->node->root_fd, room);
	return e;
}

/* ---- after a crash ---- */

/* The new tree is in place: what is left of the work. */
static enum err
finish(struct job *job, const char *site_id, const struct swap *s)
{
	int64_t inode;
	enum err e = inode_of(job, below(job, site_id, NEW_WWW), &inode);

	if (e == OK)
		e = set_aside(job, site_id, s->replaced);
	if (e == E_NOTFOUND)
		e = OK;
	if (e == OK)
		e = store(job, below(job, site_id, LAST), s);
	return e == OK ? clear_room(job, site_id) : e;
}

/* What nobody can vouch for is kept. */
static enum err
keep_unknown(struct job *job, const char *site_id)
{
	const char *name = NULL;
	enum err e = free_name(job, site_id, clock_now(), &name);

	log_event(LOG_WARN, "swap_unclear", LOG_S("site", site_id),
	    LOG_S("kept", name));
	if (e == OK)
		e = set_aside(job, site_id, name);
	return e == OK || e == E_NOTFOUND ? clear_room(job, site_id) : e;
}

enum err
swap_recover(struct job *job, const char *site_id)
{
	int64_t live = 0, waiting = 0;
	struct swap s;
	enum err e = load(job, below(job, site_id, PLAN), &s);
	enum err w;

	if (e == E_NOTFOUND) /* it was still being unpacked, or all is done */
		return clear_room(job, site_id);
	if (e == E_INPUT)
		return keep_unknown(job, site_id);
	if (e != OK)
		return e;
	e = inode_of(job, below(job, site_id, "www"), &live);
	if (e == OK && live == s.inode) {
		log_event(LOG_INFO, "swap_finished", LOG_S("site", site_id));
		return finish(job, site_id, &s);
	}
	w = inode_of(job, below(job, site_id, NEW_WWW), &waiting);
	if (w == E_NOTFOUND || (w == OK && waiting == s.inode)) {
		log_event(LOG_INFO, "swap_undone", LOG_S("site", site_id));
		return clear_room(job, site_id);
	}
	return w == OK ? keep_unknown(job, site_id) : w;
}

/* ---- one after the other ---- */

enum err
swap_lock(struct job *job, const char *site_id, int *lock_out)
{
	const char *dir = below(job, site_id, "");
	int fd = -1;
	enum err e;

	if (dir == NULL)
		return E_LIMIT;
	e = beneath_open(
	    job->node->root_fd, dir, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (e != OK)
		return e;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		buf_puts(&job->why, "the site is being restored already");
		return E_BUSY;
	}
	*lock_out = fd;
	return OK;
}

enum err
swap_last(struct job *job, const char *site_id, struct swap *out)
{
	return load(job, below(job, site_id, LAST), out);
}

/* ---- a new tree ---- */

enum err
swap_make_room(struct job *job, const char *site_id, uid_t uid, gid_t gid,
    int *tree_fd_out)
{
	const char *room = below(job, site_id, ROOM);
	const char *tree = below(job, site_id, TREE);
	int fd = -1;
	enum err e;

	if (room == NULL || tree == NULL)
		return E_LIMIT;
	e = beneath_make(job->node->root_fd, room, 0700);
	if (e == OK)
		e = beneath_mkdir(job->node->root_fd, tree, 0700, &fd);
	if (e != OK)
		return e;
	/* What is made in it belongs to its group, which is the web's. */
	if ((!job->node->is_private && fchown(fd, uid, gid) < 0) ||
	    fchmod(fd, 02750) < 0) {
		log_event(LOG_ERROR, "swap_room_failed", LOG_S("path", tree),
		    LOG_S("error", strerror(errno)));
		close(fd);
		return E_SYS;
	}
	*tree_fd_out = fd;
	return OK;
}

/* All of it is on the disk before its plan is. */
static enum err
settle(struct job *job, const char *site_id)
{
	const char *tree = below(job, site_id, TREE);
	int fd = -1;
	enum err e;

	if (tree == NULL)
		return E_LIMIT;
	e = beneath_open(
	    job->node->root_fd, tree, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (e != OK)
		return e;
	if (syncfs(fd) < 0) {
		buf_printf(&job->why, "the disk does not take it: %s",
		    strerror(errno));
		e = E_SYS;
	}
	close(fd);
	return e;
}

/* A site whose www is not there gets one, and nothing is replaced. */
static enum err
change_places(struct job *job, const char *site_id, const struct swap *s)
{
	const char *www = below(job, site_id, "www");
	const char *new_www = below(job, site_id, NEW_WWW);

	if (www == NULL || new_www == NULL)
		return E_LIMIT;
	if (*s->replaced == '\0')
		return beneath_rename(job->node->root_fd, new_www, www, false);
	return beneath_exchange(job->node->root_fd, www, new_www);
}

enum err
swap_run(struct job *job, const char *site_id, struct swap *s)
{
	int64_t live;
	enum err e = inode_of(job, below(job, site_id, NEW_WWW), &s->inode);

	if (e == E_NOTFOUND)
		buf_puts(&job->why, "the archive holds no www");
	if (e != OK)
		return e;
	s->at = clock_now();
	s->replaced = "";
	e = inode_of(job, below(job, site_id, "www"), &live);
	if (e == OK)
		e = free_name(job, site_id, s->at, &s->replaced);
	else if (e == E_NOTFOUND)
		e = OK;
	else
		buf_puts(&job->why, "the site's www is no directory");
	if (e == OK)
		e = settle(job, site_id);
	if (e == OK)
		e = store(job, below(job, site_id, PLAN), s);
	if (e == OK)
		e = change_places(job, site_id, s);
	return e == OK ? finish(job, site_id, s) : e;
}

/* ---- afterwards ---- */

int64_t
swap_kept_until(const struct swap *s)
{
	return s->at + (int64_t)REPLACED_KEEP_DAYS * DAY_S;
}

static enum err
drop_replaced(struct job *job, const char *site_id)
{
	int64_t until = clock_now() - (int64_t)REPLACED_KEEP_DAYS * DAY_S;
	const char *dir = below(job, site_id, REPLACED);
	struct name_list names = {0};
	enum err e;

	if (dir == NULL)
		return E_LIMIT;
	e = beneath_list(job->arena, job->node->root_fd, dir, "", &names);
	for (size_t i = 0; e == OK && i < names.n; i++) {
		const char *path = replaced_path(job, site_id, names.name[i]);
		int64_t since;

		if (path == NULL)
			return E_LIMIT;
		if (!stamp_parse(names.name[i], &since) || since > until)
			continue;
		e = beneath_remove_tree(job->node->root_fd, path);
		log_event(LOG_INFO, "replaced_removed", LOG_S("path", path));
	}
	return e;
}

/* A restore that is at work now has the lock, and its site is left alone. */
enum err
swap_housekeep(struct job *job, const char *site_id)
{
	int64_t inode;
	int lock = -1;
	enum err e = swap_lock(job, site_id, &lock);

	if (e == E_BUSY)
		return OK;
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	e = inode_of(job, below(job, site_id, ROOM), &inode);
	if (e == OK)
		e = swap_recover(job, site_id);
	if (e == OK || e == E_NOTFOUND)
		e = drop_replaced(job, site_id);
	close(lock);
	return e;
}
