/* audit_pages.c - the history of one thing, beside it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/audit_pages.h"

#include "base/text.h"
#include "face/part.h"

/* What an action is called in a history. */
static const struct deed {
	const char *action, *class, *text;
} deeds[] = {
    {"order.place", "on", "Placed"},
    {"order.hold", "w", "Held in review"},
    {"order.verify_later", "", "Stripe was asked to confirm the payment"},
    {"order.accept", "on", "Accepted"},
    {"order.correct", "on", "Corrected"},
    {"order.complete", "on", "Completed"},
    {"order.fail", "w", "Failed with its task"},
    {"order.resume", "on", "Went on"},
    {"order.refund", "w", "Refunded"},
    {"order.cancel", "w", "Cancelled"},
    {"refusal.place", "on", "Corrected and placed"},
    {"refusal.dismiss", "", "Dismissed"},
    {"subscription.activate", "on", "Subscription became active"},
    {"subscription.suspend", "w", "Subscription suspended"},
    {"subscription.reactivate", "on", "Subscription reactivated"},
    {"subscription.cancel", "w", "Subscription cancelled"},
    {"task.retry", "on", "Tried again"},
    {"task.cancel", "w", "Cancelled"},
    {"website.suspend", "w", "Suspension queued"},
    {"website.unsuspend", "on", "Queued to be put back"},
    {"website.remove", "w", "Removal queued"},
    {"server.register", "on", "Its agent registered"},
    {"user.add", "on", "Invited"},
    {"user.invite", "", "Invitation sent again"},
    {"user.password", "on", "New password"},
    {"user.enable", "on", "Enabled"},
    {"user.disable", "w", "Disabled"},
    {"user.role", "w", "Another role given"},
    {"user.profile", "", "Profile changed"},
    {"user.verify", "on", "Address confirmed"},
    {"user.sign_out", "", "Signed out everywhere"},
    {"login", "on", "Signed in"},
    {"login.failed", "w", "A log-in failed"},
    {"password.forgot", "", "A new password was asked for"},
    {"session.reuse", "w", "A used-up refresh token came again"},
    {"session.revoke_others", "", "Other sessions ended"},
};

static const struct deed *
deed_of(const char *action)
{
	for (size_t i = 0; i < N_ELEMS(deeds); i++)
		if (str_eq(deeds[i].action, action))
			return &deeds[i];
	return NULL;
}

static void
add_deed(struct request *rq, struct view *events, const struct rows *r)
{
	const struct deed *d = deed_of(row_text(r, 0));
	const char *what = d ? d->text : row_text(r, 0);
	const char *who = row_text(r, 1);

	if (who && *who)
		what = arena_printf(rq->arena, "%s by %s", what, who);
	event_add(
	    events, d ? d->class : "", what, NULL, row_int(r, 2), rq->now);
}

enum err
audit_put_history(struct request *rq, struct view *root, const char *noun,
    const struct id *id, struct view **events_out)
{
	struct view *events = view_list(root, "history");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT action, actor_name, created_at FROM audit_logs "
	    "WHERE tenant_id = $1 AND noun = $2 AND noun_id = $3 "
	    "ORDER BY id DESC LIMIT 50",
	    DB_ID(&rq->tx->tenant), DB_TEXT(noun), DB_ID(id));

	if (e != OK)
		return e;
	while (rows_next(&r))
		add_deed(rq, events, &r);
	*events_out = events;
	return rows_done(&r);
}
