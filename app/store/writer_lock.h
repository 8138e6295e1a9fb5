/* writer_lock.h - SQLite's writers queue: a lock file with a deadline.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite's own busy_timeout polls and starves some process for seconds; flock
 * sleeps in the kernel, which wakes those who wait in their order (DESIGN.md
 * section 6; with 8 writers nobody waited for more than 0.1 s).
 */
#ifndef MPANEL_STORE_WRITER_LOCK_H
#define MPANEL_STORE_WRITER_LOCK_H

#include <stdbool.h>
#include <time.h>
#include "base/error.h"

struct writer_lock {
	int fd;
	timer_t timer;
	bool has_timer;
	bool held;
};
#define WRITER_LOCK_CLOSED ((struct writer_lock){.fd = -1})

/* Caller's storage.  Open after fork: flock belongs to the open file.  Takes
 * SIGALRM for the process (a timer interrupts the wait).  E_SYS, logged. */
enum err writer_lock_open(struct writer_lock *l, const char *path) MUST_USE;
void writer_lock_close(struct writer_lock *l);

/* E_BUSY when it is not ours within timeout_ms; 0 doesn't wait at all. */
enum err writer_lock_take(struct writer_lock *l, int timeout_ms) MUST_USE;
void writer_lock_drop(struct writer_lock *l);

#endif
