/* website.c - the verbs of websites: create, configure, suspend, remove ...
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/job.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/page.h"
#include "agent/server_conf.h"
#include "agent/site.h"
#include "agent/stamp.h"
#include "agent/system_user.h"

static enum err
check_php(const struct node *node, const struct site *site, struct buf *why)
{
	const char *have = setting_text(node->settings, "php_version");

	if (!site->php)
		return OK;
	if (!str_eq(site->php_version, have)) {
		buf_printf(why, "PHP %s is not on this node, PHP %s is",
		    site->php_version, have);
		return E_INPUT;
	}
	if (access(setting_text(node->settings, "php_fpm"), X_OK) < 0) {
		buf_puts(why, "PHP-FPM is not installed on this node");
		return E_INPUT;
	}
	return OK;
}

/* A directory of the site with exactly this owner and mode. */
static enum err
make_dir(const struct job *job, const struct site *site, const char *name,
    mode_t mode, uid_t uid, gid_t gid)
{
	const char *path = site_path(job->arena, site->id, name);
	int fd = -1;
	enum err e;

	if (path == NULL)
		return E_LIMIT;
	e = beneath_mkdir(job->node->root_fd, path, mode, &fd);
	if (e != OK)
		return e;
	if ((!job->node->is_private && fchown(fd, uid, gid) < 0) ||
	    fchmod(fd, mode) < 0) {
		log_event(LOG_ERROR, "site_dir_failed", LOG_S("path", path));
		e = E_SYS;
	}
	close(fd);
	return e;
}

/* The site's user writes in www (which nginx reads as the group) and tmp, and
 * reads logs: nginx opens those as root, so a link planted there would be
 * followed. */
static enum err
make_dirs(const struct job *job, const struct site *site, uid_t uid, gid_t gid)
{
	gid_t web = job->node->is_private ? gid : job->node->web_gid;
	enum err e = make_dir(job, site, "", 0711, 0, 0);

	if (e == OK)
		e = make_dir(job, site, "www", 02750, uid, web);
	if (e == OK)
		e = make_dir(job, site, "tmp", 0700, uid, gid);
	if (e == OK)
		e = make_dir(job, site, "logs", 0750, 0, gid);
	return e;
}

/* A file that must not exist yet, in a directory that its owner can change
 * under us: all by descriptor. */
static enum err
write_new(const struct job *job, const char *path, const struct buf *text,
    uid_t uid, gid_t gid)
{
	enum err e;
	int fd = -1;

	e = beneath_open(
	    job->node->root_fd, path, O_WRONLY | O_CREAT | O_EXCL, 0640, &fd);
	if (e != OK)
		return e;
	if (!fd_write(fd, text->data, text->len) || fchmod(fd, 0640) < 0 ||
	    (!job->node->is_private && fchown(fd, uid, gid) < 0) ||
	    fsync(fd) < 0) {
		log_event(LOG_ERROR, "placeholder_failed", LOG_S("path", path),
		    LOG_S("error", strerror(errno)));
		e = E_SYS;
	}
	close(fd);
	/* Half of it would be taken for a page of the customer's. */
	if (e != OK && beneath_unlink(job->node->root_fd, path) != OK)
		log_event(LOG_ERROR, "placeholder_stays", LOG_S("path", path));
	return e;
}

/* Put the placeholder into an empty www.  *fresh_out: the placeholder is what
 * visitors see, from now or from an earlier run of the same task. */
static enum err
put_placeholder(
    const struct job *job, const struct site *site, uid_t uid, bool *fresh_out)
{
	struct arena *a = job->arena;
	const char *www = site_path(a, site->id, "www");
	const char *path = site_path(
	    a, site->id, site->php ? "www/index.php" : "www/index.html");
	int root = job->node->root_fd;
	const char *there = NULL;
	struct name_list names = {0};
	struct buf page;
	enum err e;

	if (www == NULL || path == NULL)
		return E_LIMIT;
	buf_init(&page, 0);
	page_placeholder(&page, site->domain, site->php);
	e = beneath_list(a, root, www, "", &names);
	if (e == OK && names.n == 0) {
		gid_t web = job->node->web_gid;

		e = write_new(job, path, &page, uid, web);
		*fresh_out = true;
	} else if (e == OK) {
		*fresh_out =
		    beneath_read(a, root, path, page.len, &there, NULL) == OK &&
		    str_eq(there, buf_str(&page));
	}
	buf_fini(&page);
	return e;
}

static void
put_result(struct job *job, const struct site *site, bool fresh)
{
	const char *www = site_path(job->arena, site->id, "www");
	struct json_out w;

	json_out_init(&w, &job->result);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", site->id);
	json_str(&w, "domain", site->domain);
	json_bool(&w, "php", site->php);
	json_str_or_null(
	    &w, "phpVersion", site->php ? site->php_version : NULL);
	json_str_or_null(
	    &w, "systemUser", *site->system_user ? site->system_user : NULL);
	json_str_or_null(&w, "documentRoot",
	    www == NULL
		? NULL
		: arena_printf(job->arena, "%s/%s", job->node->root, www));
	json_bool(&w, "suspended", site->suspended);
	json_bool(&w, "fresh", fresh);
	json_close(&w, '}');
}

enum err
website_create(struct job *job)
{
	const struct node *node = job->node;
	struct site site;
	bool fresh = false;
	uid_t uid = 0;
	gid_t gid = 0;
	enum err e;

	e = site_of_frame(node, job->request, &site, &job->why);
	if (e == OK)
		e = check_php(node, &site, &job->why);
	if (e == OK)
		e = site_names_free(job->arena, node, &site, &job->why);
	job_progress(job, 10, "making the site's user and directories");
	if (e == OK)
		e = system_user_make(
		    node, site.system_user, &uid, &gid, &job->why);
	if (e == OK)
		e = make_dirs(job, &site, uid, gid);
	if (e == OK)
		e = put_placeholder(job, &site, uid, &fresh);
	if (e == OK)
		e = server_conf_put(job->arena, node, &site, &job->why);
	if (e == OK)
		e = site_store(node, &site);
	if (e == OK)
		put_result(job, &site, fresh);
	return e;
}

static enum err
set_suspended(struct job *job, bool suspended)
{
	const struct node *node = job->node;
	struct site asked, site;
	enum err e;

	e = site_of_frame(node, job->request, &asked, &job->why);
	if (e != OK)
		return e;
	e = site_load(job->arena, node, asked.id, &site);
	if (e == E_NOTFOUND)
		buf_printf(
		    &job->why, "there is no site %s on this node", asked.id);
	if (e != OK)
		return e;
	site.suspended = suspended;
	e = server_conf_put(job->arena, node, &site, &job->why);
	if (e == OK)
		e = site_store(node, &site);
	if (e == OK)
		put_result(job, &site, false);
	return e;
}

enum err
website_suspend(struct job *job)
{
	return set_suspended(job, true);
}

enum err
website_unsuspend(struct job *job)
{
	return set_suspended(job, false);
}

/* Other names, another plan: what is asked takes the place of what was, but for
 * its state and its user, whose the files are. */
enum err
website_configure(struct job *job)
{
	const struct node *node = job->node;
	struct site asked, was;
	enum err e;

	e = site_of_frame(node, job->request, &asked, &job->why);
	if (e == OK)
		e = check_php(node, &asked, &job->why);
	if (e != OK)
		return e;
	e = site_load(job->arena, node, asked.id, &was);
	if (e == E_NOTFOUND)
		buf_printf(
		    &job->why, "there is no site %s on this node", asked.id);
	if (e == OK)
		e = site_names_free(job->arena, node, &asked, &job->why);
	if (e != OK)
		return e;
	asked.suspended = was.suspended;
	asked.system_user = was.system_user;
	e = server_conf_put(job->arena, node, &asked, &job->why);
	if (e == OK)
		e = site_store(node, &asked);
	if (e == OK)
		put_result(job, &asked, false);
	return e;
}

static const char *
trash_path(struct arena *a, const char *id)
{
	char stamp[STAMP_SIZE];

	stamp_of_time(clock_now(), stamp);
	return arena_printf(a, "trash/%s-%s", id, stamp);
}

enum err
website_remove(struct job *job)
{
	const struct node *node = job->node;
	const char *dir, *trash;
	struct site site;
	enum err e;

	e = site_of_frame(node, job->request, &site, &job->why);
	if (e != OK)
		return e;
	dir = site_path(job->arena, site.id, "");
	trash = trash_path(job->arena, site.id);
	if (dir == NULL || trash == NULL)
		return E_LIMIT;
	e = server_conf_remove(job->arena, node, site.id, &job->why);
	if (e == OK)
		e = beneath_rename(node->root_fd, dir, trash, false);
	if (e == E_NOTFOUND)
		e = OK;
	if (e == OK)
		put_result(job, &site, false);
	return e;
}
