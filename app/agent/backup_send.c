/* backup_send.c - hand one of a site's archives to the puller, to be sent.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The executor has no network, and the puller may read no archive.  This one
 * gets a second name in the puller's directory and its group for reading, which
 * costs no room; archives lie in a directory that the puller can't enter.
 */
#include "config.h"
#include "agent/job.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/archive.h"
#include "agent/beneath.h"
#include "agent/kept_archive.h"

static enum err
check_hash(struct job *job, const struct kept_archive *k, int fd,
    struct archive_facts *facts)
{
	enum err e = archive_hash(fd, facts, &job->why);

	if (e == OK && !str_eq(facts->sha256, k->sha256)) {
		buf_puts(&job->why,
		    "the archive is refused: its hash is not the one on "
		    "record");
		e = E_INPUT;
	}
	return e;
}

static enum err
give(struct job *job, const struct kept_archive *k, int fd)
{
	const struct node *node = job->node;
	enum err e;

	if (!node->is_private &&
	    (fchown(fd, 0, node->puller_gid) < 0 || fchmod(fd, 0640) < 0)) {
		log_event(LOG_ERROR, "archive_not_given",
		    LOG_S("error", strerror(errno)));
		return E_SYS;
	}
	e = beneath_unlink(node->root_fd, OUTGOING_PATH);
	return e == OK ? beneath_link(node->root_fd, k->path, OUTGOING_PATH)
		       : e;
}

static void
put_result(struct job *job, const struct kept_archive *k,
    const struct archive_facts *facts)
{
	struct json_out w;

	json_out_init(&w, &job->result);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", k->site_id);
	json_str(&w, "archive", k->path);
	json_int(&w, "bytes", facts->bytes);
	json_str(&w, "sha256", facts->sha256);
	json_close(&w, '}');
}

enum err
backup_send(struct job *job)
{
	struct archive_facts facts;
	struct kept_archive k;
	int fd = -1;
	enum err e = kept_archive_open(job, &k, &fd);

	if (e != OK)
		return e;
	job_progress(job, 1, "reading the archive");
	e = check_hash(job, &k, fd, &facts);
	if (e == OK)
		e = give(job, &k, fd);
	if (e == OK)
		put_result(job, &k, &facts);
	close(fd);
	return e;
}
