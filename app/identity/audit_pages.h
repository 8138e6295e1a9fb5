/* audit_pages.h - the history of one thing, beside it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_PAGES_H
#define MPANEL_IDENTITY_AUDIT_PAGES_H

#include "web/web.h"

/* What was done to a noun ("orders"), newest first, at most 50: the `history`
 * of a page's view; what began it may be added behind. */
enum err audit_put_history(struct request *rq, struct view *root,
    const char *noun, const struct id *id, struct view **events_out) MUST_USE;

#endif
