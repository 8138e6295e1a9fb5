/* customer_mail.h - who is written to about a customer's account.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * This is the one place that decides it.  Of each kind of mail:
 *
 * - a person who looks after that part of the account gets it, once they have
 *   a password, unless they have switched it off;
 * - so does the account's own address, unless it is such a person's who has
 *   switched it off and somebody else gets it: a mail always reaches somebody.
 *
 * What the law or security asks for is not sent by kind and can't be switched
 * off: an order's confirmation, log-ins, passwords, an account that is closed.
 */
#ifndef MPANEL_BILLING_CUSTOMER_MAIL_H
#define MPANEL_BILLING_CUSTOMER_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "base/id.h"
#include "mail/mail.h"
#include "store/store.h"

enum customer_mail_kind {
	CUSTOMER_MAIL_INVOICES, /* invoices, receipts: who may bill */
	CUSTOMER_MAIL_SERVICES, /* ready, suspended: who may tech */
	CUSTOMER_MAIL_SUPPORT,	/* answers to questions: who may support */
	CUSTOMER_MAIL__MAX
};
struct customer_mail {
	const char *word; /* "invoices": in JSON and in the database */
	const char *label, *hint;
	const char *right; /* column of customer_people */
};
extern const struct customer_mail customer_mails[CUSTOMER_MAIL__MAX];

struct mail_recipient {
	struct id user; /* unset: the account's own address, nobody's */
	const char *email, *name, *lang; /* name and lang may be "" */
	bool is_own;			 /* the account's own address */
};

/* Never empty for a customer that is there.  At most 200 people.
 * E_NOTFOUND: no such customer. */
enum err customer_mail_recipients(struct tx *tx, const struct id *customer,
    enum customer_mail_kind kind, const struct mail_recipient **list_out,
    size_t *n_out) MUST_USE;

/* mail_add() to each of them: `to`, `name` and `lang` are theirs, and so is
 * the key, but for the account's own address, whose key is `once` itself. */
enum err customer_mail_add(struct tx *tx, const struct id *customer,
    enum customer_mail_kind kind, const struct mail *m) MUST_USE;

/* ---- what a person wants ---- */

struct customer_mail_wishes {
	bool wanted[CUSTOMER_MAIL__MAX];
};
enum err customer_mail_wishes(struct tx *tx, const struct id *user,
    struct customer_mail_wishes *out) MUST_USE;
/* Nothing is written of what is as it was. */
enum err customer_mail_wish(struct tx *tx, const struct id *user,
    const struct customer_mail_wishes *w) MUST_USE;

#endif
