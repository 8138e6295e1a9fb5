/* job.c - one verb being carried out, in a process of its own.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/job.h"

#include "base/clock.h"
#include "base/log.h"
#include "agent/frame_io.h"

#define WHY_MAX	   1500
#define RESULT_MAX 16000

static job_fn *const job_fns[VERB__MAX] = {
    [VERB_WEBSITE_CREATE] = website_create,
    [VERB_WEBSITE_SUSPEND] = website_suspend,
    [VERB_WEBSITE_UNSUSPEND] = website_unsuspend,
    [VERB_WEBSITE_REMOVE] = website_remove,
    [VERB_WEBSITE_RESTORE] = website_restore,
    [VERB_WEBSITE_CONFIGURE] = website_configure,
    [VERB_BACKUP_CREATE] = backup_create,
    [VERB_BACKUP_REMOVE] = backup_remove,
    [VERB_BACKUP_SEND] = backup_send,
    [VERB_HOUSEKEEP] = housekeep,
    [VERB_MEASURE] = measure,
};

static void
tell(struct job *job, const struct frame *f)
{
	if (job->out_fd >= 0 && frame_send(job->out_fd, f) != OK) {
		log_event(LOG_WARN, "job_unheard",
		    LOG_I("serial", job->request->serial));
		job->out_fd = -1;
	}
}

void
job_progress(struct job *job, int percent, const char *message)
{
	struct frame f = {.kind = FRAME_PROGRESS,
	    .verb = job->request->verb,
	    .serial = job->request->serial};
	int64_t now = clock_mono_us();

	if (percent < 100 && job->told_us != 0 &&
	    now - job->told_us < 1000 * 1000)
		return;
	job->told_us = now;
	frame_num(&f, TAG_PERCENT, percent);
	frame_text(&f, TAG_MESSAGE, message);
	tell(job, &f);
}

void
job_note(struct job *job, const char *json)
{
	struct frame f = {.kind = FRAME_NOTE,
	    .verb = job->request->verb,
	    .serial = job->request->serial};

	frame_text(&f, TAG_RESULT, json);
	tell(job, &f);
}

void
job_refusal(
    const struct frame *request, const char *why, struct frame *reply_out)
{
	*reply_out = (struct frame){.kind = FRAME_REPLY,
	    .verb = request->verb,
	    .serial = request->serial};
	frame_num(reply_out, TAG_OK, 0);
	frame_text(reply_out, TAG_MESSAGE, why);
}

/* The sentence that the panel shows when a verb did not say its own. */
static const char *
reason(const struct job *job, enum err e)
{
	if (job->why.len > 0)
		return buf_str(&job->why);
	return e == E_SYS ? "the node's operating system refused; see its log"
			  : err_info(e)->title;
}

enum err
job_run(const struct node *node, const struct frame *request, int out_fd)
{
	struct job job = {.node = node,
	    .arena = arena_new(JOB_ARENA_MAX),
	    .request = request,
	    .out_fd = out_fd};
	struct frame reply;
	enum err e;

	buf_init(&job.why, WHY_MAX);
	buf_init(&job.result, RESULT_MAX);
	e = job.arena == NULL ? E_LIMIT : job_fns[request->verb](&job);
	if (e == OK) {
		reply = (struct frame){.kind = FRAME_REPLY,
		    .verb = request->verb,
		    .serial = request->serial};
		frame_num(&reply, TAG_OK, 1);
		frame_text(&reply, TAG_RESULT,
		    job.result.len > 0 ? buf_str(&job.result) : "{}");
	} else {
		job_refusal(request, reason(&job, e), &reply);
	}
	tell(&job, &reply);
	e = out_fd < 0 || job.out_fd >= 0 ? OK : E_SYS;
	arena_free(&job.arena);
	buf_fini(&job.why);
	buf_fini(&job.result);
	return e;
}
