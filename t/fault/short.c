/* short.c - system calls that do less than they were asked to; for LD_PRELOAD.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * read(2), write(2) and their kin take or give some of the bytes only, as they
 * may on files, pipes and stream sockets.  What the kernel does whole is left
 *whole: messages, what comes from descriptors without a file, a pipe's small
 *writes, the lines of a log on standard error.
 *
 *	MPANEL_SHORT_FILE=FILE	numbers of 64 bits that all processes share: how
 *		many writes to files succeed before the disk is full (-1: it is
 *		large); then for each kind of process and call two, how often it
 *		was made and how often it was cut short
 *	MPANEL_SHORT=SEED	which calls, and how short; without it none
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dice.h"

enum role { ROLE_SERVE, ROLE_WORK, ROLE_AGENT, ROLE_OTHER, ROLE__MAX };

/* The test reads the counts in this order. */
enum call { CALL_FILE_IN, CALL_FILE_OUT, CALL_IN, CALL_OUT, CALL__MAX };

struct count {
	_Atomic uint64_t calls, cut;
};

static struct shared {
	_Atomic int64_t room;
	struct count counts[ROLE__MAX][CALL__MAX];
} * shared;
static enum role role;
static bool is_short;
static struct dice dice;

/* ---- who we are ---- */

static bool
is_argument(const char *line, size_t n, const char *word)
{
	for (size_t at = 0; at < n; at += strlen(line + at) + 1) {
		if (strcmp(line + at, word) == 0)
			return true;
	}
	return false;
}

static enum role
find_role(void)
{
	char line[4096] = "";
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	long n = syscall(SYS_read, fd, line, sizeof(line) - 1);
	const char *name = strrchr(line, '/');

	close(fd);
	if (n <= 0)
		return ROLE_OTHER;
	if (name && strcmp(name, "/mpanel-agent") == 0)
		return ROLE_AGENT;
	if (is_argument(line, (size_t)n, "serve"))
		return ROLE_SERVE;
	return is_argument(line, (size_t)n, "work") ? ROLE_WORK : ROLE_OTHER;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *seed = getenv("MPANEL_SHORT");
	const char *file = getenv("MPANEL_SHORT_FILE");
	void *map;
	int fd;

	if (!file || (fd = open(file, O_RDWR | O_CLOEXEC)) < 0)
		return;
	map = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	role = find_role();
	is_short = seed != NULL;
	dice = dice_new((seed ? strtoull(seed, NULL, 10) : 0) + role);
	shared = map;
}

/* ---- how short ---- */

/* False: the kernel would do all of it. */
static bool
may_be_cut(int fd, bool out, bool *is_file)
{
	struct stat st;
	int type = 0;
	socklen_t n = sizeof(type);

	if (fstat(fd, &st) < 0)
		return false;
	*is_file = S_ISREG(st.st_mode);
	if (S_ISSOCK(st.st_mode))
		return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
		       type == SOCK_STREAM;
	return S_ISREG(st.st_mode) || (S_ISFIFO(st.st_mode) && !out);
}

/* How much of n bytes: a few, some or, as often, all. */
static size_t
part_of(size_t n)
{
	size_t few = n < 16 ? n : 16;

	switch (dice_roll(&dice, 4)) {
	case 0:
		return 1 + dice_roll(&dice, (uint32_t)few);
	case 1:
		return 1 + dice_bits(&dice) % n;
	default:
		return n;
	}
}

static size_t
cut(int fd, size_t n, bool out)
{
	bool is_file = false;
	int e = errno;
	size_t part = n;
	struct count *c;

	if (shared && is_short && n > 1 && !(out && fd == STDERR_FILENO) &&
	    may_be_cut(fd, out, &is_file)) {
		part = part_of(n);
		c = &shared->counts[role]
				   [(is_file ? CALL_FILE_IN : CALL_IN) + out];
		c->calls++;
		c->cut += part < n;
	}
	errno = e;
	return part;
}

/* The last write before the disk is full has half of its room. */
static bool
is_full(int fd, size_t *n)
{
	bool is_file = false;

	if (!shared || shared->room < 0 || fd == STDERR_FILENO ||
	    !may_be_cut(fd, true, &is_file) || !is_file)
		return false;
	if (shared->room == 0) {
		errno = ENOSPC;
		return true;
	}
	shared->room--;
	if (shared->room == 0 && *n > 1)
		*n /= 2;
	return false;
}

static size_t
iov_bytes(const struct iovec *v, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i].iov_len;
	return sum;
}

/* The first of them, or a part of it, as *one; false: all of them. */
static bool
cut_iov(int fd, const struct iovec *v, size_t n, bool out, struct iovec *one)
{
	size_t all = iov_bytes(v, n), part = cut(fd, all, out);
	size_t i = 0;

	if (part == all)
		return false;
	while (v[i].iov_len == 0)
		i++;
	*one = v[i];
	if (one->iov_len > part)
		one->iov_len = part;
	return true;
}

/* ---- the calls ---- */

/* By the names that programs are linked with; their declarations in the
 * system's headers differ by the options of the compiler. */
#define STANDS_FOR(name) __asm__(name) __attribute__((visibility("default")))

ssize_t short_read(int fd, void *p, size_t n) STANDS_FOR("read");
ssize_t short_read_chk(int fd, void *p, size_t n, size_t size)
    STANDS_FOR("__read_chk");
ssize_t short_write(int fd, const void *p, size_t n) STANDS_FOR("write");
ssize_t short_pread(int fd, void *p, size_t n, off_t at) STANDS_FOR("pread");
ssize_t short_pread64(int fd, void *p, size_t n, off_t at)
    STANDS_FOR("pread64");
ssize_t short_pread_chk(int fd, void *p, size_t n, off_t at, size_t size)
    STANDS_FOR("__pread_chk");
ssize_t short_pread64_chk(int fd, void *p, size_t n, off_t at, size_t size)
    STANDS_FOR("__pread64_chk");
ssize_t short_pwrite(int fd, const void *p, size_t n, off_t at)
    STANDS_FOR("pwrite");
ssize_t short_pwrite64(int fd, const void *p, size_t n, off_t at)
    STANDS_FOR("pwrite64");
ssize_t short_recv(int fd, void *p, size_t n, int flags) STANDS_FOR("recv");
ssize_t short_recv_chk(int fd, void *p, size_t n, size_t size, int flags)
    STANDS_FOR("__recv_chk");
ssize_t short_send(int fd, const void *p, size_t n, int flags)
    STANDS_FOR("send");
ssize_t short_readv(int fd, const struct iovec *v, int n) STANDS_FOR("readv");
ssize_t short_writev(int fd, const struct iovec *v, int n) STANDS_FOR("writev");
ssize_t short_recvmsg(int fd, struct msghdr *m, int flags)
    STANDS_FOR("recvmsg");
ssize_t short_sendmsg(int fd, const struct msghdr *m, int flags)
    STANDS_FOR("sendmsg");

ssize_t
short_read(int fd, void *p, size_t n)
{
	return syscall(SYS_read, fd, p, cut(fd, n, false));
}

ssize_t
short_read_chk(int fd, void *p, size_t n, size_t size)
{
	if (n > size)
		abort();
	return short_read(fd, p, n);
}

ssize_t
short_write(int fd, const void *p, size_t n)
{
	if (is_full(fd, &n))
		return -1;
	return syscall(SYS_write, fd, p, cut(fd, n, true));
}

ssize_t
short_pread(int fd, void *p, size_t n, off_t at)
{
	return syscall(SYS_pread64, fd, p, cut(fd, n, false), at);
}

ssize_t
short_pread64(int fd, void *p, size_t n, off_t at)
{
	return short_pread(fd, p, n, at);
}

ssize_t
short_pread_chk(int fd, void *p, size_t n, off_t at, size_t size)
{
	if (n > size)
		abort();
	return short_pread(fd, p, n, at);
}

ssize_t
short_pread64_chk(int fd, void *p, size_t n, off_t at, size_t size)
{
	return short_pread_chk(fd, p, n, at, size);
}

ssize_t
short_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (is_full(fd, &n))
		return -1;
	return syscall(SYS_pwrite64, fd, p, cut(fd, n, true), at);
}

ssize_t
short_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return short_pwrite(fd, p, n, at);
}

ssize_t
short_recv(int fd, void *p, size_t n, int flags)
{
	size_t part = flags & MSG_WAITALL ? n : cut(fd, n, false);

	return syscall(SYS_recvfrom, fd, p, part, flags, NULL, NULL);
}

ssize_t
short_recv_chk(int fd, void *p, size_t n, size_t size, int flags)
{
	if (n > size)
		abort();
	return short_recv(fd, p, n, flags);
}

ssize_t
short_send(int fd, const void *p, size_t n, int flags)
{
	return syscall(SYS_sendto, fd, p, cut(fd, n, true), flags, NULL, 0);
}

ssize_t
short_readv(int fd, const struct iovec *v, int n)
{
	struct iovec one;

	if (n > 0 && cut_iov(fd, v, (size_t)n, false, &one))
		return syscall(SYS_readv, fd, &one, 1);
	return syscall(SYS_readv, fd, v, n);
}

ssize_t
short_writev(int fd, const struct iovec *v, int n)
{
	struct iovec one;

	if (n > 0 && cut_iov(fd, v, (size_t)n, true, &one))
		return syscall(SYS_writev, fd, &one, 1);
	return syscall(SYS_writev, fd, v, n);
}

/* Descriptors go with the first byte. */
ssize_t
short_recvmsg(int fd, struct msghdr *m, int flags)
{
	struct iovec *all = m->msg_iov, one;
	size_t n = m->msg_iovlen;
	ssize_t got;

	if (!(flags & MSG_WAITALL) && cut_iov(fd, all, n, false, &one)) {
		m->msg_iov = &one;
		m->msg_iovlen = 1;
	}
	got = syscall(SYS_recvmsg, fd, m, flags);
	m->msg_iov = all;
	m->msg_iovlen = n;
	return got;
}

ssize_t
short_sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct msghdr part = *m;
	struct iovec one;

	if (cut_iov(fd, m->msg_iov, m->msg_iovlen, true, &one)) {
		part.msg_iov = &one;
		part.msg_iovlen = 1;
	}
	return syscall(SYS_sendmsg, fd, &part, flags);
}
