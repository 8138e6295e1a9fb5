/* beneath.h - files below a directory, without ever following a link.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The people whose sites live here can plant symbolic links, so every path is
 * resolved by openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and
 * RESOLVE_NO_MAGICLINKS: a path that leaves `dir` or meets a link anywhere is
 * E_DENIED.  Work is then done on the descriptor.
 *
 * Paths are relative, without empty, "." or ".." components.  E_NOTFOUND: no
 * such file; E_CONFLICT: it exists or is of another kind; E_DENIED as above;
 * E_LIMIT: larger than allowed; E_SYS: the rest, logged.
 */
#ifndef MPANEL_AGENT_BENEATH_H
#define MPANEL_AGENT_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"

/* Like openat(2); O_CLOEXEC is added, O_NOFOLLOW must not be. */
enum err beneath_open(
    int dir, const char *path, int flags, mode_t mode, int *fd_out) MUST_USE;

/* The directory, made with its parents when missing; existing ones keep their
 * mode. */
enum err beneath_mkdir(
    int dir, const char *path, mode_t mode, int *fd_out) MUST_USE;
/* The same when nobody needs the descriptor. */
enum err beneath_make(int dir, const char *path, mode_t mode) MUST_USE;

/* A regular file of at most max bytes, with a NUL behind it. */
enum err beneath_read(struct arena *a, int dir, const char *path, size_t max,
    const char **text_out, size_t *len_out) MUST_USE;

/* Replace path as a whole: temporary file beside it, fsync, rename, fsync of
 * the directory. */
enum err beneath_write(
    int dir, const char *path, const void *p, size_t n, mode_t mode) MUST_USE;

/* Both parents must exist; `to` is not overwritten (E_CONFLICT) unless
 * `replace`. */
enum err beneath_rename(
    int dir, const char *from, const char *to, bool replace) MUST_USE;

/* Both exist, and change places at once: nobody sees one without the other. */
enum err beneath_exchange(int dir, const char *a, const char *b) MUST_USE;
/* A second name for a file; `to` must not exist (E_CONFLICT). */
enum err beneath_link(int dir, const char *from, const char *to) MUST_USE;

/* Absent is OK. */
enum err beneath_unlink(int dir, const char *path) MUST_USE;
/* A directory and all that is in it, whatever its depth; absent is OK. */
enum err beneath_remove_tree(int dir, const char *path) MUST_USE;

/* Names in a directory that end with suffix ("" for all), sorted, without
 * those that begin with a dot.  A missing directory is empty. */
struct name_list {
	const char **name;
	size_t n;
};
enum err beneath_list(struct arena *a, int dir, const char *path,
    const char *suffix, struct name_list *list_out) MUST_USE;

#endif
