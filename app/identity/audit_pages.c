/* audit_pages.c - the history of one thing, beside it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/audit_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"

const struct deed audit_deeds[] = {
    {"order.place", "on", "Placed"},
    {"order.place_by_hand", "on", "Placed by hand"},
    {"order.hold", "w", "Held in review"},
    {"order.verify_later", "", "Stripe was asked to confirm the payment"},
    {"order.accept", "on", "Accepted"},
    {"order.correct", "on", "Corrected"},
    {"order.complete", "on", "Completed"},
    {"order.fail", "w", "Failed with its task"},
    {"order.resume", "on", "Went on"},
    {"order.refund", "w", "Refunded"},
    {"order.cancel", "w", "Cancelled"},
    {"refusal.keep", "w", "Refused order kept"},
    {"refusal.place", "on", "Corrected and placed"},
    {"refusal.dismiss", "", "Dismissed"},
    {"subscription.activate", "on", "Subscription became active"},
    {"subscription.suspend", "w", "Subscription suspended"},
    {"subscription.reactivate", "on", "Subscription reactivated"},
    {"subscription.cancel", "w", "Subscription cancelled"},
    {"job.retry", "on", "Tried again"},
    {"job.dismiss", "w", "Dismissed"},
    {"task.success", "on", "Task done"},
    {"task.failed", "w", "Task failed"},
    {"task.undo", "w", "Task done after it was cancelled, being undone"},
    {"task.retry", "on", "Tried again"},
    {"task.cancel", "w", "Cancelled"},
    {"website.suspend", "w", "Suspension queued"},
    {"website.unsuspend", "on", "Queued to be put back"},
    {"website.remove", "w", "Removal queued"},
    {"website.place", "on", "Put on a server"},
    {"server.register", "on", "Its agent registered"},
    {"address.add", "w", "Address rule added"},
    {"address.remove", "", "Address rule removed"},
    {"approval.ask", "", "A second person was asked for"},
    {"approval.approve", "on", "Approved"},
    {"approval.refuse", "w", "Not approved"},
    {"approval.use", "", "Approval used up"},
    {"audit.anchor", "w", "End of the audit log set back"},
    {"audit.forget", "", "Old entries removed"},
    {"denied", "w", "Refused"},
    {"invoice.issue", "on", "Invoice issued"},
    {"invoice.make", "", "Invoice drafted"},
    {"invoice.change", "", "Draft changed"},
    {"invoice.remove", "w", "Draft removed"},
    {"invoice.mark_paid", "on", "Marked as paid"},
    {"invoice.use_credit", "on", "Paid from credit"},
    {"invoice.return_credit", "w", "Credit given back"},
    {"invoice.void", "w", "Invoice voided"},
    {"invoice.write_off", "w", "Invoice written off"},
    {"invoice.credit", "w", "Credit note written"},
    {"login", "on", "Signed in"},
    {"login.failed", "w", "Sign-in failed"},
    {"logout", "", "Signed out"},
    {"payment.receive", "on", "Payment received"},
    {"payment.refund", "w", "Payment refunded"},
    {"refund.paid", "on", "Refund paid"},
    {"seed", "", "Demo data made"},
    {"server.add", "on", "Server added"},
    {"server.enroll", "on", "Server enrolled"},
    {"servers.add", "on", "Server added"},
    {"servers.change", "", "Server changed"},
    {"servers.remove", "w", "Server removed"},
    {"session.reuse", "w", "A used token came again"},
    {"role.add", "on", "Role made"},
    {"role.change", "w", "Role changed"},
    {"role.remove", "w", "Role removed"},
    {"session.revoke", "", "Session ended"},
    {"stripe.event", "", "Event from Stripe kept"},
    {"tenant.add", "on", "Tenant made"},
    {"tenant.host", "", "Host name added"},
    {"tenant.host_drop", "w", "Host name taken away"},
    {"tenant.resume", "on", "Tenant resumed"},
    {"tenant.suspend", "w", "Tenant suspended"},
    {"tenant.update", "", "Tenant changed"},
    {"departments.add", "on", "Department made"},
    {"departments.change", "", "Department changed"},
    {"departments.remove", "w", "Department removed"},
    {"ticket.assign", "", "Ticket assigned"},
    {"ticket.close", "on", "Ticket closed"},
    {"ticket.department", "", "Ticket handed to a department"},
    {"ticket.note", "", "Note written in a ticket"},
    {"ticket.open", "", "Ticket opened"},
    {"ticket.priority", "", "Priority of a ticket changed"},
    {"ticket.reopen", "", "Ticket opened again"},
    {"ticket.reply", "on", "Reply in a ticket"},
    {"ticket.subject", "", "Ticket called otherwise"},
    {"token.add", "on", "API token made"},
    {"token.end", "", "API keys ended"},
    {"token.enroll", "on", "Node enrolled by token"},
    {"token.revoke", "", "API token revoked"},
    {"user.add", "on", "User made"},
    {"user.disable", "w", "User disabled"},
    {"user.enable", "on", "User enabled"},
    {"user.password", "", "Password set"},
    {"user.invite", "", "Invitation sent again"},
    {"user.role", "w", "Another role given"},
    {"customer.export", "", "Archive asked for"},
    {"customer.export_ready", "on", "Archive made"},
    {"customer.close_ask", "w", "Asked to be closed"},
    {"customer.close_withdraw", "on", "Closing taken back"},
    {"customer.close", "w", "Account closed"},
    {"user.profile", "", "Profile changed"},
    {"user.notifications", "", "Mails chosen"},
    {"user.verify", "on", "Address confirmed"},
    {"user.sign_out", "", "Signed out everywhere"},
    {"password.forgot", "", "A new password was asked for"},
    {"session.revoke_others", "", "Other sessions ended"},
    {"brand.update", "", "Brand changed"},
    {"settings.change", "", "Settings changed"},
    {"customer-notes.add", "", "Note written"},
    {"customer-notes.change", "", "Note changed"},
    {"customer-notes.remove", "w", "Note removed"},
    {"customers.add", "on", "Customer made"},
    {"customers.change", "", "Customer changed"},
    {"factor.backup_codes", "", "New backup codes made"},
    {"factor.backup_used", "", "Backup code used"},
    {"factor.code_sent", "", "Code sent by mail"},
    {"factor.disable", "w", "Second factors removed"},
    {"factor.email", "on", "Codes by e-mail added"},
    {"factor.reset", "w", "Second factor taken away"},
    {"factor.totp", "on", "Authenticator app added"},
    {"login.factor_failed", "w", "Second factor failed"},
    {"mail.cancel", "w", "Mail stopped"},
    {"mail.resend", "", "Mail sent again"},
    {"mail.test", "", "Test mail sent"},
    {"user.verify_send", "", "Asked to verify the address"},
};
const size_t audit_n_deeds = N_ELEMS(audit_deeds);

static const struct deed *
deed_of(const char *action)
{
	for (size_t i = 0; i < N_ELEMS(audit_deeds); i++)
		if (str_eq(audit_deeds[i].action, action))
			return &audit_deeds[i];
	return NULL;
}

const char *
audit_deed(const char *action)
{
	const struct deed *d = deed_of(action);

	return d ? say(d->text) : action;
}

static void
add_deed(struct request *rq, struct view *events, const struct rows *r)
{
	const struct deed *d = deed_of(row_text(r, 0));
	const char *what = d ? say(d->text) : row_text(r, 0);
	const char *who = row_text(r, 1);

	if (who && *who)
		what = say_printf(rq->arena, "%s by %s", what, who);
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
