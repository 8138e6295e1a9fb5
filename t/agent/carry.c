/* carry.c - a request carried out as the executor would, in this process.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "carry.h"

#include <fcntl.h>
#include <unistd.h>

#include "agent/executor.h"
#include "agent/job.h"
#include "tap.h"

/* The last frame is the outcome; those before are of its progress. */
static enum carried
outcome(const char *got, size_t n)
{
	struct arena *a = arena_new(1024 * 1024);
	enum carried carried = CARRIED_MUTE;
	struct frame f;
	size_t used = 0;

	for (size_t at = 0; at < n; at += used) {
		if (frame_decode(a, got + at, n - at, &f, &used) != OK)
			break;
		if (f.kind != FRAME_REPLY)
			continue;
		if (frame_get_num(&f, TAG_OK, 0) == 1)
			carried = CARRIED_OUT;
		else if (frame_get(&f, TAG_MESSAGE, "")[0])
			carried = CARRIED_FAILED;
	}
	arena_free(&a);
	return carried;
}

enum carried
carry_out(const struct node *node, const struct frame *f)
{
	char got[65536];
	int fd[2];
	ssize_t n;

	if (executor_refuses(f) != NULL)
		return CARRIED_REFUSED;
	if (pipe2(fd, O_CLOEXEC) < 0)
		bail("no pipe");
	fcntl(fd[0], F_SETPIPE_SZ, (int)sizeof(got));
	if (job_run(node, f, fd[1]) != OK)
		ok(false, "the job can speak");
	close(fd[1]);
	n = read(fd[0], got, sizeof(got));
	close(fd[0]);
	return n < 0 ? CARRIED_MUTE : outcome(got, (size_t)n);
}
