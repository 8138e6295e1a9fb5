/* running.h - a job under way: its process, its pipe and its time limit.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	running_init(&r, hand_on, x);
 *	why = running_start(&r, node, request, let_go);
 *	...				// r.fd is readable
 *	running_read(&r);
 *	...				// now and then, by running_due_us()
 *	running_tick(&r, now_us);
 *	...				// r.pid has been waited for
 *	if (running_end(&r, wait_status, why))
 *		... r.reply
 */
#ifndef MPANEL_AGENT_RUNNING_H
#define MPANEL_AGENT_RUNNING_H

#include <sys/types.h>
#include "agent/frame_io.h"
#include "agent/node.h"

#define RUNNING_WHY_MAX 96

struct running {
	frame_taker *hand_on;
	void *ctx;
	pid_t pid; /* 0: free */
	int fd;	   /* frames come here */
	struct buf in;
	struct buf reply;     /* kept until the process has ended */
	struct frame request; /* head only: kind, verb, serial */
	int64_t deadline_us;
	bool timed_out;
};

/* hand_on(ctx, ...) gets each frame of a job but its reply. */
void running_init(struct running *r, frame_taker *hand_on, void *ctx);
void running_fini(struct running *r);

/* Fork a job, leader of a process group, for a request that r is free for.
 * The child calls let_go(ctx), to close what is not its own.  NULL, or why it
 * can't be. */
const char *running_start(struct running *r, const struct node *node,
    const struct frame *request, void (*let_go)(void *ctx));
/* Take what it has said; one that says no frames is killed. */
void running_read(struct running *r);
/* Kill its process group; nothing when r is free. */
void running_kill(const struct running *r);

/* Kill it once it has had its time. */
void running_tick(struct running *r, int64_t now_us);
/* When that will be; INT64_MAX: never. */
int64_t running_due_us(const struct running *r);

/* The process has ended, and r is free.  True: r->reply is whole; false: there
 * is none, for this reason. */
bool running_end(
    struct running *r, int wait_status, char why[static RUNNING_WHY_MAX]);

#endif
