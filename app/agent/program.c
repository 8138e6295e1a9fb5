/* program.c - run another program: absolute path, argv, nothing inherited.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* No PATH: a program that needs another one does not get it from us. */
static char env_lang[] = "LC_ALL=C.UTF-8";
static char env_zone[] = "TZ=UTC";
char *const program_env[] = {env_lang, env_zone, NULL};

static int
set_actions(posix_spawn_file_actions_t *fa, int cwd_fd, int out_fd)
{
	int r =
	    posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(fa, out_fd, 1);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(fa, out_fd, 2);
	if (r == 0)
		r = posix_spawn_file_actions_addfchdir_np(fa, cwd_fd);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(fa, 3);
	return r;
}

static int
set_signals(posix_spawnattr_t *at)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setsigmask(at, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(at, &all);
	if (r == 0)
		r = posix_spawnattr_setflags(
		    at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return r;
}

static int
spawn(const char *const argv[], int cwd_fd, int out_fd, pid_t *pid_out)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int r = posix_spawn_file_actions_init(&fa);

	if (r != 0)
		return r;
	r = posix_spawnattr_init(&at);
	if (r != 0) {
		posix_spawn_file_actions_destroy(&fa);
		return r;
	}
	r = set_actions(&fa, cwd_fd, out_fd);
	if (r == 0)
		r = set_signals(&at);
	if (r == 0) {
		/* POSIX takes char *const[] and does not write to it. */
		union {
			const char *const *in;
			char *const *out;
		} args = {.in = argv};

		r = posix_spawn(
		    pid_out, argv[0], &fa, &at, args.out, program_env);
	}
	posix_spawnattr_destroy(&at);
	posix_spawn_file_actions_destroy(&fa);
	return r;
}

static void
read_said(int fd, struct buf *said)
{
	size_t left = PROGRAM_SAID_MAX;
	char chunk[1024];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (ssize_t i = 0; i < n && left > 0; i++, left--) {
			unsigned char c = (unsigned char)chunk[i];

			buf_putc(said, c < 0x20 || c > 0x7e ? ' ' : chunk[i]);
		}
	}
}

enum err
program_run(
    const char *const argv[], int cwd_fd, struct buf *said, int *status_out)
{
	int pipe_fd[2], status = 0, r;
	pid_t pid = -1;

	assert(argv[0][0] == '/');
	if (pipe2(pipe_fd, O_CLOEXEC) < 0) {
		log_event(
		    LOG_ERROR, "pipe_failed", LOG_S("error", strerror(errno)));
		return E_SYS;
	}
	r = spawn(argv, cwd_fd, pipe_fd[1], &pid);
	close(pipe_fd[1]);
	if (r != 0) {
		log_event(LOG_ERROR, "spawn_failed", LOG_S("program", argv[0]),
		    LOG_S("error", strerror(r)));
		close(pipe_fd[0]);
		return E_SYS;
	}
	read_said(pipe_fd[0], said);
	close(pipe_fd[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return E_SYS;
	}
	*status_out =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return OK;
}
