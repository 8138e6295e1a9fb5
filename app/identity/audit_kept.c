/* audit_kept.c - the end of a tenant's chain, kept outside of the database.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * state_dir/audit/<tenant id>: the number and the hash of the last seal.  It is
 * written behind the commit, so it is never ahead of the database: older after
 * a crash, which does no harm.
 */
#include "config.h"
#include "identity/audit_chain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

#define FOLDER	      "audit"
#define HEAD_LINE_MAX (20 + 1 + TOKEN_HASH_LEN + 1)

static enum err
fault(const char *path, const char *why)
{
	log_event(LOG_ERROR, "audit_head_file", LOG_S("file", path),
	    LOG_S("why", why));
	return E_SYS;
}

static bool
path_of(char out[static PATH_MAX], const char *state_dir,
    const struct id *tenant, const char *suffix)
{
	return snprintf(out, PATH_MAX, "%s/" FOLDER "/%s%s", state_dir,
		   tenant->s, suffix) < PATH_MAX;
}

/* "12 3f..." and a line end. */
static bool
parse(char *line, struct audit_head *out)
{
	char *space = strchr(line, ' '), *end = strchr(line, '\n');
	unsigned char bytes[(TOKEN_HASH_LEN - 1) / 2];

	if (!space || !end || end[1] != '\0')
		return false;
	*space = *end = '\0';
	if (!str_to_i64(line, 0, INT64_MAX, &out->seq) ||
	    !hex_decode(space + 1, bytes, sizeof(bytes)))
		return false;
	memcpy(out->hash, space + 1, TOKEN_HASH_LEN);
	return true;
}

enum err
audit_kept_read(
    const char *state_dir, const struct id *tenant, struct audit_head *out)
{
	char path[PATH_MAX], line[HEAD_LINE_MAX + 1];
	struct audit_head head;
	ssize_t n;
	int fd;

	if (!path_of(path, state_dir, tenant, ""))
		return fault(state_dir, "too long");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? E_NOTFOUND
				       : fault(path, strerror(errno));
	n = fd_read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n < 0)
		return fault(path, strerror(errno));
	line[n] = '\0';
	if (!parse(line, &head))
		return fault(path, "not a seal's number and hash");
	*out = head;
	return OK;
}

static bool
write_file(const char *path, const char *line, size_t n)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good = fd >= 0 && fd_write(fd, line, n);

	if (fd >= 0 && close(fd) != 0)
		good = false;
	return good;
}

enum err
audit_kept_write(const char *state_dir, const struct id *tenant,
    const struct audit_head *head)
{
	char folder[PATH_MAX], path[PATH_MAX], part[PATH_MAX];
	char line[HEAD_LINE_MAX];
	int n = snprintf(
	    line, sizeof(line), "%" PRId64 " %s\n", head->seq, head->hash);

	if (snprintf(folder, sizeof(folder), "%s/" FOLDER, state_dir) >=
		PATH_MAX ||
	    !path_of(path, state_dir, tenant, "") ||
	    !path_of(part, state_dir, tenant, ".part"))
		return fault(state_dir, "too long");
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return fault(folder, strerror(errno));
	if (!write_file(part, line, (size_t)n) || rename(part, path) != 0)
		return fault(path, strerror(errno));
	return OK;
}
