/* fact.h - what happened, told to whoever must react in the same transaction.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rooms don't call rooms to their right.  A flow announces a fact; the const
 * table fact_hearers[] (in main/, empty in unit tests) says who hears it.
 */
#ifndef MPANEL_BASE_FACT_H
#define MPANEL_BASE_FACT_H

#include "base/error.h"
#include "base/id.h"

struct tx;

enum fact {
	FACT_ORDER_PLACED,
	FACT_ORDER_REVIEW,
	FACT_ORDER_CANCELLED, /* also refunded */
	FACT_INVOICE_PAID,    /* in full; subject: the invoice */
	FACT_INVOICE_VOID,    /* or uncollectible: nothing is owed any more */
	FACT_SUBSCRIPTION_ACTIVE,
	FACT_SUBSCRIPTION_SUSPENDED,
	FACT_SUBSCRIPTION_ENDED,
	FACT_SITE_NAMED, /* its subscription has its domain now */
	FACT_TASK_SUCCEEDED,
	FACT_TASK_FAILED,
	FACT_TASK_RETRIED,
	FACT_TASK_CANCELLED, /* by staff, and nothing else with it */
	FACT_OUTBOX_DEAD,    /* `mpanel work` has given it up */
	FACT_MAIL_RESENT,    /* by staff; subject: the outbox row */
	FACT_MAIL_STOPPED,   /* the same */
	FACT_MAIL_TESTED,    /* the same */
	FACT_BRAND_CHANGED,  /* subject: the tenant */
	FACT_TENANT_RESUMED, /* the same */
	FACT_TICKET_OPENED,  /* subject: the ticket, whose message is there */
	FACT_TICKET_REPLIED, /* subject: the message, of whoever wrote it */
	FACT_TICKET_CLOSED,  /* subject: the ticket */
	FACT__MAX
};

struct fact_hearer {
	enum fact fact;
	enum err (*hear)(struct tx *tx, const struct id *subject);
};
/* Ended by a NULL hear. */
extern const struct fact_hearer fact_hearers[];

/* Tell every hearer in table order; the first error stops and is returned. */
enum err fact(struct tx *tx, enum fact f, const struct id *subject) MUST_USE;

#endif
