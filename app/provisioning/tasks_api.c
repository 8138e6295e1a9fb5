/* tasks_api.c - all failed tasks tried again by one call.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/worker_api.h"

#include "provisioning/task.h"

static enum err
retry_failed(struct request *rq)
{
	struct json_out *w;
	int64_t n;
	enum err e = task_retry_failed(rq->tx, &n);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_int(w, "retried", n);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route tasks_api_routes[] = {
	{POST,	"/api/admin/provisioning/tasks/retry-failed", POOL_UI, AUTH_API, PERM_TASKS_WRITE,
		BODY_JSON, 0, retry_failed, "tasks.retry_failed"},
	{0}
};
/* clang-format on */
