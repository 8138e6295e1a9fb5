/* outgoing.h - an archive on its way to the panel, piece by piece.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The executor lays it where the puller may read it (backup_send.c); the puller
 * sends it in pieces, each told where it belongs, from where the panel already
 * has it.  A panel or an agent that dies in between costs one piece.
 */
#ifndef MPANEL_AGENT_OUTGOING_H
#define MPANEL_AGENT_OUTGOING_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "agent/node.h"
#include "agent/panel.h"
#include "agent/task.h"

struct outgoing {
	int fd; /* -1: nothing is on its way */
	int64_t size, sent;
	int stuck;    /* pieces in a row that the panel did not keep */
	char *result; /* heap; of the task, once all is there */
};

/* Take up what the executor has laid out; result: the executor's, copied. */
enum err outgoing_open(
    struct outgoing *o, int state_dir, const char *result) MUST_USE;
static inline bool
outgoing_is_open(const struct outgoing *o)
{
	return o->fd >= 0;
}
/* Send one piece.  ANSWER_YES: it was taken; look at outgoing_is_done().
 * ANSWER_NO: the panel will not take it, ever. */
enum answer outgoing_step(struct outgoing *o, struct panel *p, struct arena *a,
    const struct task *task);
static inline bool
outgoing_is_done(const struct outgoing *o)
{
	return o->sent == o->size;
}
/* It has been sent, or nobody wants it; also what an earlier process left. */
void outgoing_close(struct outgoing *o, int state_dir);

#endif
