/* waiting.c - how an act that waits for a second person is answered.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/waiting.h"

enum err
reply_waiting(struct request *rq, const struct id *approval)
{
	struct json_out *w;

	if (!rq->is_api) {
		const char *path =
		    arena_printf(rq->arena, "/approvals/%s", approval->s);

		if (path == NULL)
			return E_BUSY;
		reply_flash(rq, "warn",
		    "Nothing was done yet: a second person must approve it.");
		reply_redirect(rq, path);
		return OK;
	}
	w = reply_json(rq, 202);
	json_open(w, NULL, '{');
	json_str(w, "status", "waiting");
	json_str(w, "approvalId", approval->s);
	json_close(w, '}');
	return OK;
}
