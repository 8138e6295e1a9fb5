/* customer_close.h - a customer who goes: their request, and its end.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whoever looks after all of an account asks for it to be closed, and may take
 * that back until staff have carried it out.  What is open or runs is ended
 * first, by its own verbs; invoices and books stay, as the law asks.
 */
#ifndef MPANEL_BILLING_CUSTOMER_CLOSE_H
#define MPANEL_BILLING_CUSTOMER_CLOSE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "mail/mail_fill.h"
#include "resource/verb.h"
#include "store/store.h"

#define CLOSE_REASON_MAX 500 /* characters */

/* What keeps an account from being closed, and what it has. */
struct customer_standing {
	int64_t services; /* that are not over */
	int64_t open_invoices;
	int64_t owed_minor; /* of those in `currency` */
	int64_t credit_minor;
	const char *currency;
};
enum err customer_standing(struct tx *tx, const struct id *customer,
    struct customer_standing *out) MUST_USE;

/* The request that waits; E_NOTFOUND: none does. */
struct close_request {
	struct id id;
	const char *reason, *asked_by; /* an address */
	int64_t asked_at;
};
enum err close_request_get(struct tx *tx, const struct id *customer,
    struct close_request *out) MUST_USE;

/* By the acting person.  E_INPUT: the reason is too long; E_CONFLICT: one waits
 * already, or the account is closed.  Staff and the customer hear of it. */
enum err customer_close_ask(
    struct tx *tx, const struct id *customer, const char *reason) MUST_USE;
/* E_CONFLICT with a problem: none waits, any more. */
enum err customer_close_withdraw(
    struct tx *tx, const struct id *customer) MUST_USE;

/* By staff, with or without a request.  People who look after no other account
 * can't sign in any more; the others lose this one.  E_CONFLICT with problems:
 * it is closed, or something is open or runs. */
enum err customer_close(struct tx *tx, const struct id *customer) MUST_USE;

/* "Close account…" of a customer. */
extern const struct verb customer_verbs[];

/* MAIL_STAFF_CLOSE, an alert. */
enum err close_mail_fill(struct tx *tx, const struct id *customer,
    const char *lang, struct view *v) MUST_USE;

#endif
