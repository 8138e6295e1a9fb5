/* fd.h - all of the bytes, where a system call may stop short.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * read(2), write(2): a signal, a full disk or a network under the file system
 * may end one early.  These go on until all is done.
 */
#ifndef MPANEL_BASE_FD_H
#define MPANEL_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* False, with errno: some of it may be written. */
bool fd_write(int fd, const void *p, size_t n);
bool fd_pwrite(int fd, const void *p, size_t n, off_t at);
/* How many bytes; fewer than n only at the end.  -1, with errno. */
ssize_t fd_read(int fd, void *p, size_t n);
ssize_t fd_pread(int fd, void *p, size_t n, off_t at);

#endif
