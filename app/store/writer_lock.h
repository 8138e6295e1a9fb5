/* writer_lock.h - SQLite's writers queue: a lock file with a deadline.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite's own busy_timeout polls and starves some process for seconds; flock
 * sleeps in the kernel and wakes in order (DESIGN.md section 6).  Two locks
 * make it fair: who waits for the writers' lock holds the gate meanwhile, so
 * that the one who just wrote can't step in again before the one who waits.
 */
#ifndef MPANEL_STORE_WRITER_LOCK_H
#define MPANEL_STORE_WRITER_LOCK_H

#include <stdbool.h>
#include <time.h>
#include "base/error.h"

struct writer_lock {
	int fd;	     /* the writers' lock */
	int gate_fd; /* PATH with ".gate" behind it */
	timer_t timer;
	bool has_timer;
	bool held;
};
#define WRITER_LOCK_CLOSED ((struct writer_lock){.fd = -1, .gate_fd = -1})

/* Caller's storage.  Open after fork: flock belongs to the open file.  Takes
 * SIGALRM for the process (a timer interrupts the wait).  E_SYS, logged. */
enum err writer_lock_open(struct writer_lock *l, const char *path) MUST_USE;
void writer_lock_close(struct writer_lock *l);

/* E_BUSY when it is not ours within timeout_ms. */
enum err writer_lock_take(struct writer_lock *l, int timeout_ms) MUST_USE;
/* Without waiting; E_BUSY when somebody has it or waits for it. */
enum err writer_lock_try(struct writer_lock *l) MUST_USE;
void writer_lock_drop(struct writer_lock *l);

#endif
