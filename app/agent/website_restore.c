/* website_restore.c - a site's files as one of its archives has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The archive is unpacked beside the live tree by a process that is the site's
 * user: whatever it says, no more can be written than that user may write, and
 * what comes of it belongs to them.  Only a tree that is whole and verified
 * takes the place of www/ (swap.h).
 */
#include "config.h"
#include "agent/job.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/archive.h"
#include "agent/kept_archive.h"
#include "agent/site.h"
#include "agent/swap.h"
#include "agent/system_user.h"

#define WHY_MAX 1024

/* What the unpacking process says, in one write. */
struct outcome {
	enum err e;
	struct archive_facts facts;
	char why[WHY_MAX];
};

/* Who unpacks: the site's user, in the group that the web server reads as. */
struct unpacker {
	struct job *job;
	uid_t uid;
	gid_t gid;
	int archive_fd, tree_fd;
	const char *sha256;
};

static void
tell_progress(void *ctx, int64_t files, int64_t bytes)
{
	char text[96];

	snprintf(text, sizeof(text), "%lld files, %lld MiB unpacked",
	    (long long)files, (long long)(bytes / 1048576));
	job_progress(ctx, 50, text);
}

static bool
become(const struct unpacker *u)
{
	if (!u->job->node->is_private &&
	    (setgroups(0, NULL) < 0 || setresgid(u->gid, u->gid, u->gid) < 0 ||
		setresuid(u->uid, u->uid, u->uid) < 0))
		return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* In the child. */
static void
unpack_process(const struct unpacker *u, int out_fd, pid_t parent)
{
	const struct archive_limits limits = {
	    .max_bytes =
		setting_int(u->job->node->settings, "restore_max_mb") * 1048576,
	    .max_ratio = ARCHIVE_RATIO_MAX,
	    .sha256 = u->sha256,
	    .dir_bits = 02000, /* what is made in it gets its group */
	    .progress = tell_progress,
	    .ctx = u->job,
	};
	struct outcome o = {.e = E_SYS};
	struct buf why;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || !become(u))
		_exit(1);
	buf_init(&why, 0);
	o.e =
	    archive_unpack(u->archive_fd, u->tree_fd, &limits, &o.facts, &why);
	snprintf(o.why, sizeof(o.why), "%s", buf_str(&why));
	_exit(fd_write(out_fd, &o, sizeof(o)) ? 0 : 1);
}

static enum err
unpack(const struct unpacker *u, struct archive_facts *out)
{
	struct outcome o = {.e = E_SYS};
	pid_t parent = getpid(), pid;
	int fd[2], status;
	ssize_t n;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return E_SYS;
	pid = fork();
	if (pid == 0)
		unpack_process(u, fd[1], parent);
	close(fd[1]);
	n = pid < 0 ? -1 : fd_read(fd[0], &o, sizeof(o));
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(o)) {
		buf_puts(&u->job->why, "the unpacking was cut short");
		return E_SYS;
	}
	buf_puts(&u->job->why, o.why);
	if (o.e == OK)
		*out = o.facts;
	return o.e;
}

static enum err
unpack_beside(struct job *job, const struct site *site,
    const struct kept_archive *k, int archive_fd, struct archive_facts *out)
{
	struct unpacker u = {.job = job,
	    .archive_fd = archive_fd,
	    .tree_fd = -1,
	    .sha256 = k->sha256};
	enum err e;

	e = system_user_make(
	    job->node, site->system_user, &u.uid, &u.gid, &job->why);
	if (!job->node->is_private)
		u.gid = job->node->web_gid;
	if (e == OK)
		e = swap_make_room(job, site->id, u.uid, u.gid, &u.tree_fd);
	if (e == OK)
		e = unpack(&u, out);
	if (u.tree_fd >= 0)
		close(u.tree_fd);
	return e;
}

static enum err
restore(struct job *job, const struct site *site, const struct kept_archive *k,
    int archive_fd, struct swap *s)
{
	struct archive_facts facts = {.files = 0};
	enum err e = unpack_beside(job, site, k, archive_fd, &facts);

	s->files = facts.files;
	if (e == OK) {
		job_progress(job, 95, "putting the files in place");
		e = swap_run(job, site->id, s);
	}
	/* What can't be put right now is by the next run or by housekeeping. */
	if (e != OK && swap_recover(job, site->id) != OK)
		log_event(
		    LOG_ERROR, "restore_unfinished", LOG_S("site", site->id));
	return e;
}

static void
put_result(struct job *job, const struct site *site, const struct swap *s)
{
	struct json_out w;

	json_out_init(&w, &job->result);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", site->id);
	json_str(&w, "domain", site->domain);
	json_bool(&w, "php", site->php);
	json_bool(&w, "suspended", site->suspended);
	json_bool(&w, "fresh", false);
	json_str(&w, "archive", s->archive);
	json_int(&w, "files", s->files);
	json_time(&w, "restoredAt", s->at);
	json_str_or_null(&w, "replaced", *s->replaced ? s->replaced : NULL);
	json_time(&w, "keptUntil", swap_kept_until(s));
	json_close(&w, '}');
}

/* The site, locked; what a killed job has left is put right. */
static enum err
enter(struct job *job, const char *id, struct site *site, int *lock_out)
{
	enum err e = site_load(job->arena, job->node, id, site);

	if (e == OK)
		e = swap_lock(job, id, lock_out);
	if (e == E_NOTFOUND)
		buf_printf(&job->why, "there is no site %s on this node", id);
	return e == OK ? swap_recover(job, id) : e;
}

/* A wish that is told twice is fulfilled once: what has changed since is the
 * customer's. */
static enum err
restore_once(struct job *job, const struct site *site,
    const struct kept_archive *k, int archive_fd)
{
	struct swap s = {
	    .restore_id = frame_get(job->request, TAG_RESTORE_ID, ""),
	    .archive = frame_get(job->request, TAG_ARCHIVE, ""),
	    .replaced = ""};
	struct swap last;
	enum err e = swap_last(job, site->id, &last);

	if (e == OK && str_eq(last.restore_id, s.restore_id)) {
		put_result(job, site, &last);
		return OK;
	}
	e = restore(job, site, k, archive_fd, &s);
	if (e == OK)
		put_result(job, site, &s);
	return e;
}

enum err
website_restore(struct job *job)
{
	struct kept_archive k;
	int fd = -1, lock = -1;
	struct site site;
	enum err e;

	if (!id_valid(frame_get(job->request, TAG_RESTORE_ID, ""))) {
		buf_puts(&job->why, "restoreId is no UUID");
		return E_INPUT;
	}
	e = kept_archive_open(job, &k, &fd);
	if (e != OK)
		return e;
	job_progress(job, 5, "looking at the archive");
	e = enter(job, k.site_id, &site, &lock);
	if (e == OK)
		e = restore_once(job, &site, &k, fd);
	if (lock >= 0)
		close(lock);
	close(fd);
	return e;
}
