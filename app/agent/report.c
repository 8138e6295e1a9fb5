/* report.c - the outcome of a task, kept on disk until the panel has it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"

#define FILE_NAME "report.json"
#define FILE_MAX  (128 * 1024)

/* The file is the task's id, a newline and the body. */
static enum err
store(const struct report *r, int state_dir)
{
	struct buf b;
	enum err e;

	buf_init(&b, FILE_MAX);
	buf_puts(&b, r->task_id);
	buf_putc(&b, '\n');
	buf_puts(&b, r->body);
	e = buf_failed(&b)
		? E_LIMIT
		: beneath_write(state_dir, FILE_NAME, b.data, b.len, 0600);
	buf_fini(&b);
	return e;
}

enum err
report_set(struct report *r, int state_dir, const struct task *task,
    const char *error, const char *result)
{
	struct json_out w;
	struct buf b;

	buf_init(&b, FILE_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "leaseToken", task->lease_token);
	json_str(&w, "status", error == NULL ? "success" : "failed");
	if (error != NULL)
		json_str(&w, "errorMessage", error);
	else
		json_raw(&w, "result", result);
	json_close(&w, '}');
	free(r->body);
	r->body = buf_failed(&b) ? NULL : strdup(buf_str(&b));
	buf_fini(&b);
	if (r->body == NULL)
		return E_LIMIT;
	memcpy(r->task_id, task->id, sizeof(r->task_id));
	return store(r, state_dir);
}

enum err
report_load(struct report *r, struct arena *a, int state_dir)
{
	const char *text = NULL;
	size_t len = 0;
	enum err e =
	    beneath_read(a, state_dir, FILE_NAME, FILE_MAX, &text, &len);

	if (e == E_NOTFOUND)
		return OK;
	if (e != OK)
		return e;
	if (len < 38 || text[36] != '\n') {
		log_event(
		    LOG_ERROR, "report_damaged", LOG_I("bytes", (int64_t)len));
		return beneath_unlink(state_dir, FILE_NAME);
	}
	snprintf(r->task_id, sizeof(r->task_id), "%.36s", text);
	if (!id_valid(r->task_id)) {
		r->task_id[0] = '\0';
		return beneath_unlink(state_dir, FILE_NAME);
	}
	r->body = strdup(text + 37);
	return r->body != NULL ? OK : E_LIMIT;
}

enum answer
report_send(struct report *r, struct panel *p, struct arena *a, int state_dir)
{
	const char *path =
	    arena_printf(a, "/api/worker/tasks/%s/complete", r->task_id);
	enum answer answer;

	if (path == NULL)
		return ANSWER_LATER;
	answer = panel_post(p, a, path, r->body, NULL);
	if (answer == ANSWER_LATER)
		return answer;
	log_event(answer == ANSWER_YES ? LOG_INFO : LOG_WARN, "task_reported",
	    LOG_S("task", r->task_id),
	    LOG_S("outcome", answer == ANSWER_YES	 ? "taken"
			     : answer == ANSWER_CONFLICT ? "no longer ours"
							 : "refused"));
	if (beneath_unlink(state_dir, FILE_NAME) != OK)
		return ANSWER_LATER;
	report_fini(r);
	return answer;
}

void
report_fini(struct report *r)
{
	free(r->body);
	*r = (struct report){.body = NULL};
}
