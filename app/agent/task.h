/* task.h - a claimed task: from the panel's JSON to a request frame.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_TASK_H
#define MPANEL_AGENT_TASK_H

#include <jansson.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/frame.h"

#define LEASE_TOKEN_MAX 128

struct task {
	char id[37];
	char lease_token[LEASE_TOKEN_MAX + 1];
	int64_t lease_seconds;
	struct frame request; /* its texts live in the arena of the call */
};

/* The value of "task" in a claim's answer.  E_INPUT: it has no usable id and
 * lease, so that nothing can be reported (logged).  E_DENIED: it can't be
 * carried out, and *why is what to report. */
enum err task_read(struct arena *a, const json_t *v, struct task *out,
    struct buf *why) MUST_USE;

#endif
