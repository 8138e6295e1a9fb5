/* audit_pages.h - the history of one thing, beside it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_PAGES_H
#define MPANEL_IDENTITY_AUDIT_PAGES_H

#include "web/web.h"

/* What an action is called in a history. */
struct deed {
	const char *action, *class, *text;
};
extern const struct deed audit_deeds[];
extern const size_t audit_n_deeds;
/* "Accepted" for "order.accept"; the action itself when it has no name. */
const char *audit_deed(const char *action);
/* "Order" for "orders"; the noun itself when it has no name. */
const char *audit_noun_word(const char *noun);

/* What was done to a noun ("orders"), newest first, at most 50: the `history`
 * of a page's view; what began it may be added behind. */
enum err audit_put_history(struct request *rq, struct view *root,
    const char *noun, const struct id *id, struct view **events_out) MUST_USE;

#endif
