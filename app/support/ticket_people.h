/* ticket_people.h - with whom a ticket's conversation is.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whoever asked, and those of the customer's people who have written in it, as
 * long as they look after the account and may see its tickets.  They get the
 * mails, and from their addresses answers are taken.
 */
#ifndef MPANEL_SUPPORT_TICKET_PEOPLE_H
#define MPANEL_SUPPORT_TICKET_PEOPLE_H

#include <stdbool.h>
#include "support/ticket.h"

struct ticket_person {
	struct id user; /* unset: only an address */
	const char *email, *name;
	const char *lang; /* NULL: the company's */
};

/* At most TICKET_PEOPLE_MAX, who asked first.  Where who asked is of the
 * account's people no more, the customer's own address is in the place. */
enum { TICKET_PEOPLE_MAX = 50 };
enum err ticket_people(struct tx *tx, const struct ticket *t,
    const struct ticket_person **list_out, size_t *n_out) MUST_USE;

/* Somebody of staff who answers tickets now.  E_NOTFOUND: nobody of that
 * address, or that id, does. */
struct user;
enum err ticket_staff_by_email(
    struct tx *tx, const char *email, struct user *out) MUST_USE;
enum err ticket_staff(
    struct tx *tx, const struct id *id, struct user *out) MUST_USE;

#endif
