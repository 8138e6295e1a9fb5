/* task.h - typed work for the agents: queued once, leased, reported, decided.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A task is an effect with a key: queueing the same key again changes nothing.
 * An agent claims it with a lease; only the live lease may report.  The
 * outcome and what it causes are one transaction.
 */
#ifndef MPANEL_PROVISIONING_TASK_H
#define MPANEL_PROVISIONING_TASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum task_status {
	TASK_PENDING,
	TASK_IN_PROGRESS,
	TASK_SUCCESS,
	TASK_FAILED,
	TASK_CANCELLED,
	TASK__MAX
};
extern const char *const task_status_names[TASK__MAX];

/* A new task.  Unset ids are NULL in the row; one without a server waits until
 * task_place() gives it one. */
struct task_new {
	const char *type; /* "website", "backup" */
	const char *step; /* "create", "suspend", "unsuspend", "remove" ... */
	struct id server;
	struct id subscription;
	struct id website;
	struct id order;
	struct id after;	/* not before that task has succeeded */
	bool is_first;		/* the key is new: nobody can have queued it */
	const char *dedupe_key; /* "<subscription>:create" */
	const char *payload;	/* JSON object */
	/* What the log says of it: members of the payload; NULL: read there. */
	const char *domain, *plan;
	const char *placement; /* why this server, or none; NULL: no word */
};
/* Queue it; *out is the id of the new or of the existing task. */
enum err task_queue(
    struct tx *tx, const struct task_new *t, struct id *out) MUST_USE;

/* The tasks of a website that have waited for a server have this one. */
struct task_place {
	struct id server;
	const char *server_name, *domain; /* as the agent is told */
	const char *why;
};
enum err task_place(struct tx *tx, const struct id *website,
    const struct task_place *p) MUST_USE;

/* A task as its kind sees it when it is over. */
struct task {
	struct id id;
	const char *type, *step;
	struct id server, subscription, website, order;
	const json_t *payload; /* borrowed */
	const json_t *result;  /* borrowed; success only */
	const char *error;     /* failure only */
};

/* What a kind of task does when one ends; gathered by main (task_kinds[],
 * ended by a NULL type).  Runs in the transaction of the report. */
struct task_kind {
	const char *type, *step;
	enum err (*succeeded)(struct tx *tx, const struct task *t);
	enum err (*failed)(struct tx *tx, const struct task *t);
	/* A success that came after cancellation: queue what undoes it. */
	enum err (*undo)(struct tx *tx, const struct task *t);
	/* Staff try it again; E_CONFLICT with a problem refuses. */
	enum err (*retried)(struct tx *tx, const struct task *t);
};
extern const struct task_kind task_kinds[];

struct task_claim {
	struct id server;
	const char *const *types; /* NULL: all */
	size_t n_types;
	int lease_seconds; /* 15..900 */
};
/* The next due task of the server, leased; *found_out false when there is
 * none.  Expired leases go back to pending first, with back-off, or to failed
 * after max_attempts.  token is shown only here. */
enum err task_claim(struct tx *tx, const struct task_claim *c,
    struct id *task_out, char token_out[static 64], bool *found_out) MUST_USE;
/* Extend the live lease.  E_CONFLICT: it was lost. */
enum err task_heartbeat(struct tx *tx, const struct id *task,
    const struct id *server, const char *token, int64_t progress,
    const char *message) MUST_USE;

struct task_report {
	struct id task, server;
	const char *token; /* NULL: the server's live lease */
	bool success;
	const char *error;    /* failure: why */
	const json_t *result; /* success: object or NULL */
};
enum task_verdict {
	TASK_RECORDED, /* or the same report again, which changes nothing */
	TASK_LOST,     /* the lease was lost, or another outcome is recorded */
	TASK_UNDONE /* success after cancellation: what undoes it is queued */
};
/* Record the outcome and run its kind.  OK also for LOST and UNDONE, so that
 * the caller commits before it answers 409. */
enum err task_complete(struct tx *tx, const struct task_report *r,
    enum task_verdict *verdict_out) MUST_USE;

/* Staff: failed or cancelled -> pending, at once, with attempts reset.
 * E_CONFLICT with a problem: it is in another state, its subscription has
 * ended, or a later task of its type for the subscription overtook it. */
enum err task_retry(struct tx *tx, const struct id *task) MUST_USE;
/* Every failed one that may be; *n_out of them. */
enum err task_retry_failed(struct tx *tx, int64_t *n_out) MUST_USE;
/* Pending or in progress -> cancelled; a later success is undone. */
enum err task_cancel(
    struct tx *tx, const struct id *task, const char *why) MUST_USE;
/* All open or failed tasks of an order or of a subscription, but not those that
 * take down what they made (step remove). */
enum err task_cancel_order(
    struct tx *tx, const struct id *order, const char *why) MUST_USE;
enum err task_cancel_subscription(
    struct tx *tx, const struct id *subscription, const char *why) MUST_USE;

/* Was a task of this type ever handed out for the subscription?  Then there may
 * be something on the node, whatever our rows say. */
enum err task_was_claimed(struct tx *tx, const struct id *subscription,
    const char *type, bool *out) MUST_USE;

/* Expired leases of the tenant (clockwork); claim does it per server too. */
enum err task_expire(struct tx *tx, int64_t *n_out) MUST_USE;
/* Is there one?  A look without the writers' lock. */
enum err task_any_expired(struct tx *tx, bool *out) MUST_USE;

#endif
