/* waiting.h - how an act that waits for a second person is answered.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_WAITING_H
#define MPANEL_FACE_WAITING_H

#include "web/web.h"

/* The act waits: 202 {"status":"waiting","approvalId":...}; on pages the way to
 * the approval's own, which says so.  Return it: what was written is kept. */
enum err reply_waiting(struct request *rq, const struct id *approval) MUST_USE;

#endif
