/* shim.h - a SQLite VFS between SQLite and the disk, for tests that harm it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Everything that SQLite asks of the operating system about a database, its
 * journal, its log and the log's index passes one hook, which looks, lets
 * pass, leaves undone or refuses.  Temporary files pass unseen.
 *
 *	static int
 *	hook(const struct shim_call *c)
 *	{
 *		return c->op == SHIM_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_OK;
 *	}
 *	...
 *	shim_install();
 *	shim_hook(hook);
 */
#ifndef MPANEL_T_SHIM_H
#define MPANEL_T_SHIM_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum shim_op {
	SHIM_OPEN,
	SHIM_READ,
	SHIM_WRITE,
	SHIM_TRUNCATE,
	SHIM_SYNC,
	SHIM_SIZE,
	SHIM_LOCK,
	SHIM_ACCESS,
	SHIM_DELETE,
	SHIM_SHM_MAP,
	SHIM_SHM_LOCK,
	SHIM_DIR_SYNC, /* after it was done; can't be refused */
	SHIM__MAX
};

struct shim_call {
	enum shim_op op;
	const char *path; /* SHIM_DIR_SYNC: of the directory */
	int64_t offset;	  /* SHIM_TRUNCATE: the size to be */
	int len;
	const void *data;
	bool creates; /* SHIM_OPEN: a file that was not there */
};

/* The answer of a hook that leaves the call undone and says that it was. */
#define SHIM_SKIP (-1)

/* SQLITE_OK: let it pass; SHIM_SKIP (writes, truncations, syncs, deletions
 * only); otherwise the error code that SQLite gets in its place. */
typedef int (*shim_hook_fn)(const struct shim_call *c);

/* Make it the process's VFS: every connection opened from now on. */
void shim_install(void);
/* NULL: everything passes. */
void shim_hook(shim_hook_fn hook);
/* A hook for where nobody cuts the power: everything but syncs. */
int shim_skip_syncs(const struct shim_call *c);
const char *shim_op_name(enum shim_op op);

#endif
