/* approvals_api.h - approvals for programs and pages, and how an act that waits
 * for one is answered.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_APPROVALS_API_H
#define MPANEL_IDENTITY_APPROVALS_API_H

#include "identity/approval.h"
#include "web/web.h"

extern const struct route approvals_api_routes[];
extern const struct route approvals_page_routes[];

/* The act waits: 202 {"status":"waiting","approvalId":...}; on pages the way to
 * the approval's own, which says so.  Return it: what was written is kept. */
enum err approval_reply(struct request *rq, const struct id *approval) MUST_USE;

#endif
