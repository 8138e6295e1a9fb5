/* listen.h - the sockets that the web server connects to.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_WEB_LISTEN_H
#define MPANEL_WEB_LISTEN_H

#include <sys/stat.h>
#include "base/buf.h"
#include "web/web.h"

struct listeners {
	char path[POOL__MAX][108]; /* sun_path; "" when not bound */
	struct stat made[POOL__MAX];
	int fd[POOL__MAX]; /* non-blocking; -1 */
	int lock_fd;
};

/* Take the lock of dir (so that there is one master; E_CONFLICT otherwise)
 * and open dir/ui.sock and its brothers, 0660, over stale ones.  E_SYS.  What
 * was opened is for listeners_close() also after an error. */
enum err listeners_open(
    const char *dir, struct listeners *l, struct buf *complaint) MUST_USE;
/* Unlink the sockets that are still ours and close everything. */
void listeners_close(struct listeners *l);
/* In a worker: keep only its pool's socket. */
void listeners_keep(struct listeners *l, enum pool pool);

#endif
