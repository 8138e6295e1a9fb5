/* kept_archive.c - one of a site's own archives, by name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/kept_archive.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/text.h"
#include "agent/archive.h"
#include "agent/beneath.h"
#include "agent/stamp.h"

/* <UTC time>.tar.gz, as backup_make() names them: no room for a path. */
static bool
name_valid(const char *name)
{
	int64_t t;

	return strlen(name) == STAMP_SIZE - 1 + strlen(".tar.gz") &&
	       stamp_parse(name, &t) &&
	       str_eq(name + STAMP_SIZE - 1, ".tar.gz");
}

static bool
sha256_valid(const char *s)
{
	return strlen(s) == ARCHIVE_SHA_SIZE - 1 &&
	       strspn(s, "0123456789abcdef") == ARCHIVE_SHA_SIZE - 1;
}

static enum err
read_request(struct job *job, struct kept_archive *out)
{
	const struct frame *f = job->request;
	const char *name = frame_get(f, TAG_ARCHIVE, "");

	out->site_id = frame_get(f, TAG_SITE_ID, "");
	out->sha256 = frame_get(f, TAG_SHA256, "");
	if (!id_valid(out->site_id) ||
	    !domain_valid(frame_get(f, TAG_DOMAIN, "")))
		buf_puts(&job->why, "siteId is no UUID or domain no host name");
	else if (!name_valid(name))
		buf_puts(&job->why, "archive is not the name of an archive");
	else if (!sha256_valid(out->sha256))
		buf_puts(&job->why, "sha256 is no hash in lower-case hex");
	if (job->why.len > 0)
		return E_INPUT;
	out->path =
	    arena_printf(job->arena, "backups/%s/%s", out->site_id, name);
	return out->path != NULL ? OK : E_LIMIT;
}

/* O_NONBLOCK: on a private node somebody may have put a fifo there. */
static enum err
open_file(struct job *job, const struct kept_archive *k, int *fd_out)
{
	struct stat st;
	int fd = -1;
	enum err e = beneath_open(job->node->root_fd, k->path,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd);

	if (e == E_NOTFOUND)
		buf_puts(&job->why,
		    "the archive is not on this node any more, or never was "
		    "this site's");
	if (e != OK)
		return e;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		buf_puts(&job->why, "the archive is no file");
		close(fd);
		return E_INPUT;
	}
	*fd_out = fd;
	return OK;
}

enum err
kept_archive_open(struct job *job, struct kept_archive *out, int *fd_out)
{
	struct kept_archive k;
	enum err e = read_request(job, &k);

	if (e == OK)
		e = open_file(job, &k, fd_out);
	if (e == OK)
		*out = k;
	return e;
}
