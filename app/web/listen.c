/* listen.c - the sockets that the web server connects to.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "web/route.h"

#define BACKLOG	     511
#define LOCK_TRIES   40 /* of 50 ms: a killed master's workers are dying */
#define LOCK_WAIT_NS 50000000L

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == 108,
    "struct listeners has room for a socket's path");

static enum err
fault(struct buf *complaint, const char *what, const char *path)
{
	buf_printf(complaint, "%s %s: %s\n", what, path, strerror(errno));
	return E_SYS;
}

static enum err
take_lock(const char *dir, int *fd_out, struct buf *complaint)
{
	const struct timespec pause = {.tv_nsec = LOCK_WAIT_NS};
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/master.lock", dir) >=
	    (int)sizeof(path))
		return fault(complaint, "too long:", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fault(complaint, "cannot open", path);
	*fd_out = fd;
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return OK;
		if (errno != EWOULDBLOCK)
			return fault(complaint, "cannot lock", path);
		nanosleep(&pause, NULL);
	}
	buf_printf(complaint, "another mpanel serve is running in %s\n", dir);
	return E_CONFLICT;
}

static enum err
open_socket(
    const char *dir, enum pool pool, struct listeners *l, struct buf *complaint)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char *path = l->path[pool];
	int fd;
	mode_t mask;
	bool bound;

	if (snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s.sock", dir,
		pool_name(pool)) >= (int)sizeof(sa.sun_path)) {
		buf_printf(
		    complaint, "socket_dir %s is too long for a socket\n", dir);
		return E_SYS;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	l->fd[pool] = fd;
	if (fd < 0)
		return fault(complaint, "no socket for", sa.sun_path);
	if (unlink(sa.sun_path) != 0 && errno != ENOENT)
		return fault(complaint, "cannot remove", sa.sun_path);
	mask = umask(0117); /* 0660 from the first moment */
	bound = bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0;
	umask(mask);
	if (!bound || listen(fd, BACKLOG) != 0 ||
	    stat(sa.sun_path, &l->made[pool]) != 0)
		return fault(complaint, "cannot listen on", sa.sun_path);
	memcpy(path, sa.sun_path, sizeof(sa.sun_path));
	return OK;
}

enum err
listeners_open(const char *dir, struct listeners *l, struct buf *complaint)
{
	enum err e;

	*l = (struct listeners){.lock_fd = -1};
	for (int p = 0; p < POOL__MAX; p++)
		l->fd[p] = -1;
	if (mkdir(dir, 0750) != 0 && errno != EEXIST)
		return fault(complaint, "cannot make", dir);
	e = take_lock(dir, &l->lock_fd, complaint);
	for (int p = 0; e == OK && p < POOL__MAX; p++)
		e = open_socket(dir, (enum pool)p, l, complaint);
	return e;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
listeners_close(struct listeners *l)
{
	for (int p = 0; p < POOL__MAX; p++) {
		struct stat now;

		if (l->path[p][0] && stat(l->path[p], &now) == 0 &&
		    now.st_ino == l->made[p].st_ino &&
		    now.st_dev == l->made[p].st_dev)
			unlink(l->path[p]);
		l->path[p][0] = '\0';
		close_fd(&l->fd[p]);
	}
	close_fd(&l->lock_fd);
}

void
listeners_keep(struct listeners *l, enum pool pool)
{
	for (int p = 0; p < POOL__MAX; p++)
		if (p != (int)pool)
			close_fd(&l->fd[p]);
	close_fd(&l->lock_fd);
}
