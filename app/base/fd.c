/* fd.c - all of the bytes, where a system call may stop short.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/fd.h"

#include <errno.h>
#include <unistd.h>

#define FROM_HERE ((off_t)-1)

static bool
write_at(int fd, const char *p, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done =
		    at == FROM_HERE ? write(fd, p, n) : pwrite(fd, p, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
		if (at != FROM_HERE)
			at += done;
	}
	return true;
}

static ssize_t
read_at(int fd, char *p, size_t n, off_t at)
{
	size_t len = 0;

	while (len < n) {
		ssize_t got = at == FROM_HERE ? read(fd, p + len, n - len)
					      : pread(fd, p + len, n - len,
						    at + (off_t)len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

bool
fd_write(int fd, const void *p, size_t n)
{
	return write_at(fd, p, n, FROM_HERE);
}

bool
fd_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return write_at(fd, p, n, at);
}

ssize_t
fd_read(int fd, void *p, size_t n)
{
	return read_at(fd, p, n, FROM_HERE);
}

ssize_t
fd_pread(int fd, void *p, size_t n, off_t at)
{
	return read_at(fd, p, n, at);
}
