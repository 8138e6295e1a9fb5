/* outbox.h - what must be said or done outside, once per key.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Nothing outside is called within a transaction.  A flow writes a row here in
 * the transaction of its cause; `mpanel work` claims it by the queue, carries
 * it out, retries with back-off and shows what it gave up on.
 */
#ifndef MPANEL_JOBS_OUTBOX_H
#define MPANEL_JOBS_OUTBOX_H

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum outbox_kind {
	OUTBOX_MAIL,   /* a message to recipient from template over payload */
	OUTBOX_VERIFY, /* ask Stripe about an order in `verifying` */
	OUTBOX_REFUND, /* pay a refund back at Stripe */
	OUTBOX_ORPHAN, /* a payment at Stripe: has an order come for it? */
	OUTBOX_EXPORT, /* make a file of all about a customer, for them */
	OUTBOX__MAX
};
/* Also the kinds of the queue rows. */
extern const char *const outbox_kind_names[OUTBOX__MAX];

struct outbox_entry {
	enum outbox_kind kind;
	const char *dedupe_key; /* "order-confirmation:<order id>" */
	const char *recipient;	/* mail address, or "" */
	const char *template;	/* "mail/order-confirmation", or "" */
	const char *payload;	/* JSON object text */
	int64_t due_at;		/* 0: at once */
};

/* Add it and its queue row.  The same kind and key again is OK and changes
 * nothing. */
enum err outbox_add(struct tx *tx, const struct outbox_entry *e) MUST_USE;

/* What `mpanel work` reads when it has claimed the row. */
struct outbox_row {
	const char *dedupe_key, *recipient, *template, *payload, *status;
};
enum err outbox_get(
    struct tx *tx, const struct id *id, struct outbox_row *out) MUST_USE;
/* Record how it went: status `done`, `maybe_sent`, `dead`, `cancelled`, or
 * still `pending`; error may be NULL. */
enum err outbox_end(struct tx *tx, const struct id *id, const char *status,
    int64_t attempts, const char *error) MUST_USE;

/* What was given up goes back into the queue, as if it were new.  E_NOTFOUND;
 * E_CONFLICT with a problem: it has not been given up, or no more. */
enum err outbox_retry(struct tx *tx, const struct id *id) MUST_USE;
/* The same of what was given up or dismissed. */
enum err outbox_resume(struct tx *tx, const struct id *id) MUST_USE;
/* It was dealt with otherwise: it is `cancelled`.  As above. */
enum err outbox_dismiss(struct tx *tx, const struct id *id) MUST_USE;

#endif
