/* mail_kinds.c - every mail there is, and the languages they are written in.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_parts.h"

#include <string.h>

#include "base/text.h"

/* clang-format off */
const struct mail_kind mail_kinds[] = {
	{ MAIL_ORDER_CONFIRMATION, "Order confirmation",	NEEDS_REF },
	{ MAIL_ORDER_REFUNDED,	"Order refunded",		NEEDS_REF },
	{ MAIL_INVOICE,		"Invoice",			NEEDS_REF },
	{ MAIL_RECEIPT,		"Receipt",			NEEDS_REF },
	{ MAIL_SERVICE_READY,	"Service ready",		NEEDS_REF },
	{ MAIL_SERVICE_SUSPENDED, "Service suspended",		NEEDS_REF },
	{ MAIL_SERVICE_ENDING,	"Service cancelled",		NEEDS_REF },
	{ MAIL_SERVICE_KEPT,	"Service kept",			NEEDS_REF },
	{ MAIL_SERVICE_ENDED,	"Service ended",		NEEDS_REF },
	{ MAIL_PLAN_ASKED,	"Plan change asked for",	NEEDS_REF },
	{ MAIL_PLAN_ACCEPTED,	"Plan change accepted",		NEEDS_REF },
	{ MAIL_PLAN_DECLINED,	"Plan change declined",		NEEDS_REF },
	{ MAIL_USAGE,		"Much of a plan used",		NEEDS_REF },
	{ MAIL_SITE_RESTORED,	"Website restored",		NEEDS_REF },
	{ MAIL_SITE_NOT_RESTORED, "Website not restored",	NEEDS_REF },
	{ MAIL_TICKET_RECEIVED,	"Ticket: received",		NEEDS_REF },
	{ MAIL_TICKET_REPLIED,	"Ticket: answer",		NEEDS_REF },
	{ MAIL_TICKET_CLOSED,	"Ticket: closed",		NEEDS_REF },
	{ MAIL_TICKET_ASKED,	"Ticket: to who has it",	NEEDS_REF },
	{ MAIL_VERIFY_EMAIL,	"Confirm an address",		NEEDS_LINK | NEEDS_HOURS },
	{ MAIL_INVITATION,	"Invitation",			NEEDS_LINK | NEEDS_HOURS | NEEDS_WHAT },
	{ MAIL_WELCOME,		"Welcome",			NEEDS_LINK | NEEDS_HOURS },
	{ MAIL_ACCOUNT_ADDED,	"Account added",		NEEDS_LINK | NEEDS_WHAT },
	{ MAIL_EXPORT_READY,	"Export ready",			NEEDS_LINK | NEEDS_HOURS },
	{ MAIL_CLOSE_ASKED,	"Account to be closed",		NEEDS_WHAT | NEEDS_WHEN },
	{ MAIL_ACCOUNT_CLOSED,	"Account closed",		NEEDS_WHAT | NEEDS_WHEN },
	{ MAIL_RESET,		"Choose a new password",	NEEDS_LINK | NEEDS_HOURS | NEEDS_WHERE },
	{ MAIL_SIGN_IN_CODE,	"Sign-in code",			NEEDS_CODE },
	{ MAIL_PASSWORD_CHANGED, "Password changed",		NEEDS_WHERE | NEEDS_WHEN },
	{ MAIL_EMAIL_CHANGED,	"Address changed",		NEEDS_WHAT | NEEDS_WHERE | NEEDS_WHEN },
	{ MAIL_FACTOR_CHANGED,	"Second factor changed",	NEEDS_WHAT | NEEDS_WHERE | NEEDS_WHEN },
	{ MAIL_FACTOR_RESET,	"Second factor taken away",	NEEDS_WHAT | NEEDS_WHEN },
	{ MAIL_NEW_SIGN_IN,	"Sign-in from a new device",	NEEDS_WHAT | NEEDS_WHERE | NEEDS_WHEN },
	{ MAIL_STAFF_ALERTS,	"Alerts to staff",		0 },
	{ MAIL_STAFF_REVIEW,	"Alert: order in review",	NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_REFUSED_INTAKE, "Alert: refused intake",	NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_TASK_FAILED, "Alert: failed task",		NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_NO_PLACE,	"Alert: no place on a server",	NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_DEAD_LETTER, "Alert: given up",		NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_AUDIT,	"Alert: audit log",		NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_APPROVAL,	"Alert: waits for a second person", NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_SERVICE_ENDING, "Alert: a customer cancels", NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_PLAN_ASKED, "Alert: plan change asked for", NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_PAYMENT,	"Alert: money that is held",	NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_CLOSE,	"Alert: a customer goes",	NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_TICKET,	"Alert: ticket waits",		NEEDS_REF | IS_ALERT },
	{ MAIL_STAFF_TICKET_LATE, "Alert: a ticket is over its time", NEEDS_REF | IS_ALERT },
	{ MAIL_TEST,		"Test",				NEEDS_WHAT },
	{ .name = NULL },
};
/* clang-format on */

const char *const mail_langs[] = {"en", "de", NULL};

const struct mail_kind *
mail_kind_find(const char *name)
{
	if (str_starts(name, MAIL_PREFIX))
		name += strlen(MAIL_PREFIX);
	for (const struct mail_kind *k = mail_kinds; k->name; k++) {
		if (str_eq(k->name, name))
			return k;
	}
	return NULL;
}

const char *
mail_lang(const char *lang)
{
	size_t n = lang ? strcspn(lang, "-_") : 0;

	for (const char *const *l = mail_langs; *l && n > 0; l++) {
		if (strlen(*l) == n && memcmp(*l, lang, n) == 0)
			return *l;
	}
	return mail_langs[0];
}
