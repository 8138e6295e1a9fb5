/* mail.h - tell people things by mail, once each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A flow adds a mail in the transaction of its cause; `mpanel work` renders it
 * over templates/mail/ when its turn comes, and sends it:
 *
 *	e = mail_add(tx, &(struct mail){
 *	    .template = MAIL_RESET,
 *	    .once = arena_printf(tx->arena, "reset:%s", token_id.s),
 *	    .to = user.email,
 *	    .name = user.name,
 *	    .lang = user.lang,
 *	    .link = arena_printf(tx->arena, "/reset-password?token=%s", token),
 *	    .expires_hours = 2,
 *	});
 *
 * A link is a path of ours.  The address in front of it comes from the
 * settings, never from a request.  Links and codes are sealed in the database
 * and forgotten once the mail has been taken by a server.
 */
#ifndef MPANEL_MAIL_MAIL_H
#define MPANEL_MAIL_MAIL_H

#include <stdint.h>
#include "base/error.h"
#include "base/secret.h"
#include "store/store.h"

/* ---- account mails: what each of them needs besides to, name, lang, once ----
 */

/* Confirm an address.  link, expires_hours. */
#define MAIL_VERIFY_EMAIL "verify-email"
/* Somebody (`what`: "Ines May of Nordlicht") asks you to join.  link,
 * expires_hours, what. */
#define MAIL_INVITATION "invitation"
/* An account was made for you: choose a password.  link, expires_hours. */
#define MAIL_WELCOME "welcome"
/* A customer account is yours to look after, too: whoever has a log-in already.
 * link, what (the account's name). */
#define MAIL_ACCOUNT_ADDED "account-added"
/* What you asked for can be fetched.  link, expires_hours. */
#define MAIL_EXPORT_READY "export-ready"
/* An account is to be closed, and is closed.  what (its name), when. */
#define MAIL_CLOSE_ASKED    "close-asked"
#define MAIL_ACCOUNT_CLOSED "account-closed"
/* Choose a new password.  link, expires_hours, where. */
#define MAIL_RESET "reset"
/* A code to sign in with.  code, expires_hours (0: ten minutes). */
#define MAIL_SIGN_IN_CODE "sign-in-code"
/* Security notices.  `where` is an address or device, `when` an instant. */
/* what: how many API keys have ended with it, "2"; NULL for none. */
#define MAIL_PASSWORD_CHANGED "password-changed" /* where, when */
/* Also to the old address.  what (the new one), where, when. */
#define MAIL_EMAIL_CHANGED "email-changed"
/* A second factor was added or removed.  what ("Authenticator app added"),
 * where, when. */
#define MAIL_FACTOR_CHANGED "factor-changed"
/* Staff have taken the second factor away.  what (who), when. */
#define MAIL_FACTOR_RESET "factor-reset"
/* From a device that was not seen before.  what (the device), where, when. */
#define MAIL_NEW_SIGN_IN "new-sign-in"

/* ---- mails about business; they carry the id of what they are about, and a
 * filler (below) reads the rest when they are sent ---- */

#define MAIL_ORDER_CONFIRMATION "order-confirmation"
#define MAIL_ORDER_REFUNDED	"order-refunded"
#define MAIL_INVOICE		"invoice"
#define MAIL_RECEIPT		"receipt"
#define MAIL_SERVICE_READY	"service-ready"
#define MAIL_SERVICE_SUSPENDED	"service-suspended"
#define MAIL_SERVICE_ENDING	"service-ending"
#define MAIL_SERVICE_KEPT	"service-kept"
#define MAIL_SERVICE_ENDED	"service-ended"
#define MAIL_PLAN_ASKED		"plan-asked"
#define MAIL_PLAN_ACCEPTED	"plan-accepted"
#define MAIL_PLAN_DECLINED	"plan-declined"
#define MAIL_USAGE		"usage"
#define MAIL_SITE_RESTORED	"site-restored"
#define MAIL_SITE_NOT_RESTORED	"site-not-restored"

/* About tickets (support/ticket_mails.h). */
#define MAIL_TICKET_RECEIVED "ticket-received"
#define MAIL_TICKET_REPLIED  "ticket-replied"
#define MAIL_TICKET_CLOSED   "ticket-closed"
#define MAIL_TICKET_ASKED    "ticket-asked" /* to who has the ticket */

/* ---- alerts: `to` is empty, they are gathered into one mail to the address
 * for alerts, as often as the tenant has chosen ---- */

#define MAIL_STAFF_REVIEW	  "staff-review"
#define MAIL_STAFF_REFUSED_INTAKE "staff-refused-intake"
#define MAIL_STAFF_TASK_FAILED	  "staff-task-failed"
#define MAIL_STAFF_NO_PLACE	  "staff-no-place"
#define MAIL_STAFF_DEAD_LETTER	  "staff-dead-letter"
#define MAIL_STAFF_AUDIT	  "staff-audit"
#define MAIL_STAFF_APPROVAL	  "staff-approval"
#define MAIL_STAFF_SERVICE_ENDING "staff-service-ending"
#define MAIL_STAFF_PLAN_ASKED	  "staff-plan-asked"
#define MAIL_STAFF_PAYMENT	  "staff-payment"
#define MAIL_STAFF_CLOSE	  "staff-close"
#define MAIL_STAFF_TICKET	  "staff-ticket"
#define MAIL_STAFF_TICKET_LATE	  "staff-ticket-late"

struct mail {
	const char *template; /* one of the above */
	/* Unique for ever within the tenant: a second mail of the same key is
	 * OK and changes nothing. */
	const char *once;
	const char *to;	  /* an address; "" or NULL for alerts */
	const char *name; /* of the person; NULL: none */
	const char *lang; /* "de"; NULL: the tenant's */
	/* -- values; NULL and 0 are absent -- */
	const char *link; /* "/path?token=..."; secret */
	const char *code; /* secret */
	int expires_hours;
	const char *what, *where; /* ready sentences or names */
	int64_t when;
	/* The row that a filler reads: {"orderId": id}. */
	const char *ref_name;
	const struct id *ref;
	int64_t due_at; /* 0: at once */
};

/* Add it in tx.  E_INPUT when `to` is no address or a text cannot be in a mail
 * (control characters); E_SYS when a secret cannot be sealed (no key file).
 * That the template is known and has what it needs is asserted. */
enum err mail_add(struct tx *tx, const struct mail *m) MUST_USE;

/* The box that seals secrets in this process, before the first mail_add(). */
void mail_use_box(const struct secret_box *box);

#endif
