/* fd.c - tests of base/fd.h: pipes that give and take little, and signals.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/fd.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define BYTES (1 << 20) /* many times what a pipe holds */
#define CHUNK 4096
#define EVERY (16 * CHUNK) /* bytes from one interruption to the next */

static char out[BYTES], in[BYTES + 1];
static volatile sig_atomic_t interruptions;

static void
interrupt(int sig)
{
	(void)sig;
	interruptions++;
}

/* Fill out[] with what has no period that a pipe has. */
static void
fill(void)
{
	for (size_t i = 0; i < BYTES; i++)
		out[i] = (char)(i % 251);
}

/* A process at the other end of a pipe; our end is *fd_out.  It interrupts us
 * by how far it is: a timer would be all that valgrind had time for. */
static pid_t
start(bool it_reads, int *fd_out)
{
	const pid_t parent = getpid();
	int fd[2];
	pid_t pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		bail("no fork");
	*fd_out = fd[it_reads];
	if (pid > 0) {
		close(fd[!it_reads]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fd[it_reads]);
	for (size_t at = 0; at < BYTES; at += CHUNK) {
		usleep(50);
		if (at % EVERY == 0)
			kill(parent, SIGUSR1);
		if (it_reads ? fd_read(fd[0], in + at, CHUNK) != CHUNK
			     : write(fd[1], out + at, CHUNK) != CHUNK)
			_exit(1);
	}
	_exit(it_reads && memcmp(in, out, BYTES) != 0);
}

static bool
ends_well(pid_t pid)
{
	pid_t ended;
	int status;

	while ((ended = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		continue;
	return ended == pid && status == 0;
}

static void
slow_pipes(void)
{
	const struct sigaction sa = {.sa_handler = interrupt}; /* no restart */
	int fd;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	pid = start(true, &fd);
	ok(fd_write(fd, out, BYTES), "a slow reader is given all of it");
	close(fd);
	ok(ends_well(pid), "in its order");
	pid = start(false, &fd);
	is_int(fd_read(fd, in, BYTES + 1), BYTES,
	    "all is taken from a slow writer, to its end");
	ok(memcmp(in, out, BYTES) == 0 && ends_well(pid), "in its order");
	close(fd);
	ok(interruptions > 2, "with interruptions");
}

static void
at_an_offset(void)
{
	FILE *f = tmpfile();
	int fd = f ? fileno(f) : -1;
	char part[8] = "";

	ok(fd_pwrite(fd, "hello", 5, 3) && fd_pwrite(fd, "abc", 3, 0),
	    "a file is written at an offset");
	is_int(fd_pread(fd, part, 4, 2), 4, "and read at one");
	is_str(part, "chel", "what is there");
	is_int(fd_pread(fd, part, 8, 6), 2, "fewer at the end");
	is_int(fd_pread(fd, part, 8, 99), 0, "none behind it");
	is_int(fd_read(fd, part, 3), 3, "the file's own place has not moved");
	is_str(part, "abcl", "from the beginning");
	if (f)
		fclose(f);
}

static void
failures(void)
{
	int fd[2];
	char c;

	if (pipe(fd) < 0)
		bail("no pipe");
	close(fd[0]);
	errno = 0;
	ok(!fd_write(fd[1], "x", 1) && errno == EPIPE,
	    "a pipe without a reader is said so");
	errno = 0;
	ok(fd_read(fd[1], &c, 1) == -1 && errno == EBADF,
	    "so is what cannot be read");
	ok(fd_write(fd[1], "", 0), "nothing can always be written");
	close(fd[1]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	fill();
	slow_pipes();
	at_an_offset();
	failures();
	return tap_done();
}
