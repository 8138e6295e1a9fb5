/* shim.c - a SQLite VFS between SQLite and the disk, for tests that harm it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Over SQLite's own "unix" VFS.  https://www.sqlite.org/vfs.html; that a
 * directory is synced shows in the system call that opens it.
 */
#include "config.h"
#include "shim.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shim_file {
	sqlite3_file base;
	char *path; /* NULL: temporary, not looked at */
	sqlite3_file *real;
};

static sqlite3_vfs shim;
static sqlite3_vfs *real_vfs;
static shim_hook_fn the_hook;
static int (*real_open_directory)(const char *path, int *fd_out);

static const char *const op_names[SHIM__MAX] = {
    [SHIM_OPEN] = "open",
    [SHIM_READ] = "read",
    [SHIM_WRITE] = "write",
    [SHIM_TRUNCATE] = "truncate",
    [SHIM_SYNC] = "sync",
    [SHIM_SIZE] = "size",
    [SHIM_LOCK] = "lock",
    [SHIM_ACCESS] = "access",
    [SHIM_DELETE] = "delete",
    [SHIM_SHM_MAP] = "shm map",
    [SHIM_SHM_LOCK] = "shm lock",
    [SHIM_DIR_SYNC] = "directory sync",
};

const char *
shim_op_name(enum shim_op op)
{
	return op_names[op];
}

static int
ask(const struct shim_call *c)
{
	return the_hook != NULL && c->path != NULL ? the_hook(c) : SQLITE_OK;
}

static struct shim_file *
file_of(sqlite3_file *f)
{
	return (struct shim_file *)f;
}

/* ---- one file ---- */

static int
shim_close(sqlite3_file *f)
{
	struct shim_file *s = file_of(f);
	int code = s->real->pMethods->xClose(s->real);

	free(s->path);
	return code;
}

static int
shim_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){
	    .op = SHIM_READ, .path = s->path, .offset = at, .len = n});

	return code ? code : s->real->pMethods->xRead(s->real, p, n, at);
}

/* A full disk takes the first half. */
static int
shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){.op = SHIM_WRITE,
	    .path = s->path,
	    .offset = at,
	    .len = n,
	    .data = p});

	if (code == SHIM_SKIP)
		return SQLITE_OK;
	if (code == SQLITE_FULL)
		s->real->pMethods->xWrite(s->real, p, n / 2, at);
	return code ? code : s->real->pMethods->xWrite(s->real, p, n, at);
}

static int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){
	    .op = SHIM_TRUNCATE, .path = s->path, .offset = size});

	if (code == SHIM_SKIP)
		return SQLITE_OK;
	return code ? code : s->real->pMethods->xTruncate(s->real, size);
}

static int
shim_sync(sqlite3_file *f, int flags)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){.op = SHIM_SYNC, .path = s->path});

	if (code == SHIM_SKIP)
		return SQLITE_OK;
	return code ? code : s->real->pMethods->xSync(s->real, flags);
}

static int
shim_size(sqlite3_file *f, sqlite3_int64 *out)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){.op = SHIM_SIZE, .path = s->path});

	return code ? code : s->real->pMethods->xFileSize(s->real, out);
}

static int
shim_lock(sqlite3_file *f, int level)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){
	    .op = SHIM_LOCK, .path = s->path, .len = level});

	return code ? code : s->real->pMethods->xLock(s->real, level);
}

static int
shim_unlock(sqlite3_file *f, int level)
{
	struct shim_file *s = file_of(f);

	return s->real->pMethods->xUnlock(s->real, level);
}

static int
shim_check_reserved(sqlite3_file *f, int *out)
{
	struct shim_file *s = file_of(f);

	return s->real->pMethods->xCheckReservedLock(s->real, out);
}

static int
shim_control(sqlite3_file *f, int op, void *arg)
{
	struct shim_file *s = file_of(f);

	return s->real->pMethods->xFileControl(s->real, op, arg);
}

static int
shim_sector_size(sqlite3_file *f)
{
	struct shim_file *s = file_of(f);

	return s->real->pMethods->xSectorSize(s->real);
}

static int
shim_characteristics(sqlite3_file *f)
{
	struct shim_file *s = file_of(f);

	return s->real->pMethods->xDeviceCharacteristics(s->real);
}

static int
shim_shm_map(
    sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
	struct shim_file *s = file_of(f);
	int code = ask(&(struct shim_call){
	    .op = SHIM_SHM_MAP, .path = s->path, .len = size});

	return code ? code
		    : s->real->pMethods->xShmMap(
			  s->real, region, size, extend, out);
}

/* Giving a lock back is not refused: nothing on earth does that. */
static int
shim_shm_lock(sqlite3_file *f, int from, int n, int flags)
{
	struct shim_file *s = file_of(f);
	int code = SQLITE_OK;

	if (flags & SQLITE_SHM_LOCK)
		code = ask(&(struct shim_call){
		    .op = SHIM_SHM_LOCK, .path = s->path, .len = n});
	return code ? code
		    : s->real->pMethods->xShmLock(s->real, from, n, flags);
}

static void
shim_shm_barrier(sqlite3_file *f)
{
	struct shim_file *s = file_of(f);

	s->real->pMethods->xShmBarrier(s->real);
}

static int
shim_shm_unmap(sqlite3_file *f, int remove)
{
	struct shim_file *s = file_of(f);

	return s->real->pMethods->xShmUnmap(s->real, remove);
}

/* Version 2: no memory map of the database, which nobody could watch. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

/* ---- the file system ---- */

static int
shim_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags,
    int *flags_out)
{
	struct shim_file *s = file_of(f);
	int code;

	(void)v;
	*s = (struct shim_file){.real = (sqlite3_file *)(s + 1)};
	code = ask(&(struct shim_call){.op = SHIM_OPEN,
	    .path = path,
	    .creates = path && (flags & SQLITE_OPEN_CREATE) &&
		       access(path, F_OK) != 0});
	if (code != SQLITE_OK)
		return code;
	memset(s->real, 0, (size_t)real_vfs->szOsFile);
	code = real_vfs->xOpen(real_vfs, path, s->real, flags, flags_out);
	if (s->real->pMethods == NULL)
		return code;
	s->base.pMethods = &methods;
	s->path = path ? strdup(path) : NULL;
	return code;
}

static int
shim_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
	int code = ask(&(struct shim_call){.op = SHIM_DELETE, .path = path});

	(void)v;
	if (code == SHIM_SKIP)
		return SQLITE_OK;
	return code ? code : real_vfs->xDelete(real_vfs, path, sync_dir);
}

static int
shim_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
	int code = ask(&(struct shim_call){.op = SHIM_ACCESS, .path = path});

	(void)v;
	return code ? code : real_vfs->xAccess(real_vfs, path, flags, out);
}

/* The unix VFS opens a directory only to sync it. */
static int
open_directory(const char *path, int *fd_out)
{
	int code = real_open_directory(path, fd_out);

	if (code == SQLITE_OK)
		ask(&(struct shim_call){.op = SHIM_DIR_SYNC, .path = path});
	return code;
}

void
shim_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	real_open_directory = (int (*)(const char *,
	    int *))real_vfs->xGetSystemCall(real_vfs, "openDirectory");
	if (real_open_directory == NULL ||
	    real_vfs->xSetSystemCall(real_vfs, "openDirectory",
		(sqlite3_syscall_ptr)open_directory) != SQLITE_OK)
		abort();
	shim = *real_vfs;
	shim.zName = "shim";
	shim.pNext = NULL;
	shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
	shim.xOpen = shim_open;
	shim.xDelete = shim_delete;
	shim.xAccess = shim_access;
	if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK)
		abort();
}

void
shim_hook(shim_hook_fn hook)
{
	the_hook = hook;
}

int
shim_skip_syncs(const struct shim_call *c)
{
	return c->op == SHIM_SYNC ? SHIM_SKIP : SQLITE_OK;
}
