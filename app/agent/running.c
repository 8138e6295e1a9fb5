/* running.c - a job under way: its process, its pipe and its time limit.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/running.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "agent/job.h"
#include "agent/verb.h"

#define SECOND_US (1000 * 1000)

void
running_init(struct running *r, frame_taker *hand_on, void *ctx)
{
	*r = (struct running){.hand_on = hand_on, .ctx = ctx};
	buf_init(&r->in, 4 * FRAME_BODY_MAX);
	buf_init(&r->reply, 4 * FRAME_BODY_MAX);
}

void
running_fini(struct running *r)
{
	buf_fini(&r->in);
	buf_fini(&r->reply);
}

/* In the child. */
static void
become_job(const struct node *node, const struct frame *request, int out_fd)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	log_set_process("agent-job");
	_exit(job_run(node, request, out_fd) == OK ? 0 : 1);
}

const char *
running_start(struct running *r, const struct node *node,
    const struct frame *request, void (*let_go)(void *ctx))
{
	pid_t parent = getpid(), pid;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return "the node is out of descriptors";
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		let_go(r->ctx);
		become_job(node, request, fd[1]);
	}
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return "the node can't make processes";
	}
	setpgid(pid, pid);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	r->pid = pid;
	r->fd = fd[0];
	r->request = (struct frame){.kind = FRAME_REQUEST,
	    .verb = request->verb,
	    .serial = request->serial};
	r->deadline_us = clock_mono_us() +
			 (int64_t)verb_infos[request->verb].limit_s * SECOND_US;
	r->timed_out = false;
	buf_reset(&r->in);
	buf_reset(&r->reply);
	return NULL;
}

void
running_kill(const struct running *r)
{
	if (r->pid > 0)
		kill(-r->pid, SIGKILL);
}

/* The reply waits until the process has ended. */
static void
take_frame(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	struct running *r = ctx;

	if (f->serial != r->request.serial)
		return;
	if (f->kind == FRAME_REPLY)
		buf_add(&r->reply, bytes, n);
	else
		r->hand_on(r->ctx, f, bytes, n);
}

void
running_read(struct running *r)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(r->fd, chunk, sizeof(chunk))) > 0) {
		buf_add(&r->in, chunk, (size_t)n);
		if (!frame_take(&r->in, take_frame, r)) {
			log_event(
			    LOG_ERROR, "job_babbles", LOG_I("child", r->pid));
			running_kill(r);
			return;
		}
	}
}

void
running_tick(struct running *r, int64_t now_us)
{
	if (now_us >= running_due_us(r)) {
		r->timed_out = true;
		running_kill(r);
	}
}

int64_t
running_due_us(const struct running *r)
{
	return r->pid > 0 && !r->timed_out ? r->deadline_us : INT64_MAX;
}

bool
running_end(
    struct running *r, int wait_status, char why[static RUNNING_WHY_MAX])
{
	running_read(r);
	close(r->fd);
	r->pid = 0;
	if (r->reply.len > 0 && !r->timed_out)
		return true;
	if (r->timed_out)
		snprintf(why, RUNNING_WHY_MAX, "it took longer than %d seconds",
		    verb_infos[r->request.verb].limit_s);
	else
		snprintf(why, RUNNING_WHY_MAX, "the job died (wait status %d)",
		    wait_status);
	return false;
}
