/* task_parts.h - rows and events of tasks, shared by the flows of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_TASK_PARTS_H
#define MPANEL_PROVISIONING_TASK_PARTS_H

#include "provisioning/task.h"

/* A task's row, locked where the transaction writes. */
struct task_row {
	struct id id, server, subscription, website, order;
	const char *type, *step, *payload;
	const char *domain, *plan; /* NULL: in the payload */
	enum task_status status;
	const char *lease_hash, *outcome_hash; /* NULL: none */
	int64_t attempt, max_attempts, lease_seconds, lease_until;
};
enum err task_load(
    struct tx *tx, const struct id *id, struct task_row *out) MUST_USE;

/* One line in the task's history, and in the log. */
enum err task_event(struct tx *tx, const struct task_row *t, const char *event,
    const char *message) MUST_USE;

/* Run the kind of a task that ended: its succeeded, failed, undo or retried.
 * result may be NULL. */
enum task_end {
	TASK_END_SUCCESS,
	TASK_END_FAILURE,
	TASK_END_UNDO,
	TASK_END_RETRY
};
enum err task_kind_run(struct tx *tx, const struct task_row *t,
    enum task_end end, const json_t *result, const char *error) MUST_USE;

/* It is over without success: failed or cancelled, which is also the event. */
enum err task_close(struct tx *tx, const struct task_row *t, const char *status,
    const char *why) MUST_USE;
/* in_progress or pending -> failed, with its kind and FACT_TASK_FAILED. */
enum err task_give_up(
    struct tx *tx, const struct task_row *t, const char *error) MUST_USE;

#endif
