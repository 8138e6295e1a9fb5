/* report.h - the outcome of a task, kept on disk until the panel has it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * state/report.json is written before the first attempt to report and removed
 * when the panel has answered for good, so an outcome survives lost
 * connections and restarts; the lease token makes its repetition harmless.
 */
#ifndef MPANEL_AGENT_REPORT_H
#define MPANEL_AGENT_REPORT_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "agent/panel.h"
#include "agent/task.h"

struct report {
	char task_id[37]; /* "": none */
	char *body;	  /* heap; of POST .../complete */
};

/* Set and store it.  error NULL: success with result (a JSON object). */
enum err report_set(struct report *r, int state_dir, const struct task *task,
    const char *error, const char *result) MUST_USE;
/* What an earlier process has left; none is OK. */
enum err report_load(struct report *r, struct arena *a, int state_dir) MUST_USE;
static inline bool
report_pending(const struct report *r)
{
	return r->task_id[0] != '\0';
}
/* Try to hand it in; any answer but ANSWER_LATER ends it. */
enum answer report_send(
    struct report *r, struct panel *p, struct arena *a, int state_dir);
void report_fini(struct report *r);

#endif
