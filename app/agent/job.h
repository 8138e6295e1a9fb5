/* job.h - one verb being carried out, in a process of its own.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The executor forks for each request; the child runs the verb's function,
 * reports by frames over a pipe and exits.  So a long backup holds nobody up,
 * and a time limit is a signal to a process group.
 */
#ifndef MPANEL_AGENT_JOB_H
#define MPANEL_AGENT_JOB_H

#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/frame.h"
#include "agent/node.h"

#define JOB_ARENA_MAX (64 * 1024 * 1024)

struct job {
	const struct node *node;
	struct arena *arena;
	const struct frame *request;
	int out_fd;	   /* where frames go; -1: nobody listens */
	int64_t told_us;   /* when progress was last told */
	struct buf why;	   /* failure: one sentence */
	struct buf result; /* success: a JSON object */
};

/* A verb.  It may be repeated after a lost lease, so it makes the node what
 * the request says, whatever was there before. */
typedef enum err job_fn(struct job *job);

job_fn website_create, website_suspend, website_unsuspend, website_remove;
job_fn website_configure, website_restore;
job_fn backup_create, backup_remove, backup_send;
job_fn housekeep, measure;

/* At most once a second, but for 100. */
void job_progress(struct job *job, int percent, const char *message);
/* The outcome of one nightly backup, or what a site uses, as a JSON object. */
void job_note(struct job *job, const char *json);

/* Carry out a request and write its reply; OK unless nobody listens. */
enum err job_run(
    const struct node *node, const struct frame *request, int out_fd) MUST_USE;
/* The reply to a request that can't be carried out. */
void job_refusal(
    const struct frame *request, const char *why, struct frame *reply_out);

#endif
