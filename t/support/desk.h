/* desk.h - a shop that answers tickets, for the tests of support/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Two customers with a service and a person each, one of staff, one who may
 * not answer, and a department.
 */
#ifndef MPANEL_T_SUPPORT_DESK_H
#define MPANEL_T_SUPPORT_DESK_H

#include "base/fact.h"
#include "shop.h"
#include "support/ticket.h"

struct desk {
	struct shop s;
	struct id customer[2], person[2], service[2];
	struct id agent, outsider; /* of staff: the second is a customer */
	struct id department;
	/* how often each fact was told since desk_forget(), and of what last */
	int told[FACT__MAX];
	struct id subject[FACT__MAX];
};

void desk_open(struct desk *d, struct testdb *t);
void desk_forget(struct desk *d);

/* Flows in a transaction each; by whom is in what is said. */
enum err desk_ask(
    struct desk *d, const struct ticket_new *n, struct ticket_done *out);
enum err desk_reply(struct desk *d, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out);
enum err desk_note(struct desk *d, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out);

/* A question of the first customer's person, and what staff say. */
struct ticket_new desk_question(const struct desk *d);
struct ticket_said desk_answer(const struct desk *d, const char *text);

struct ticket desk_ticket(struct desk *d, const struct id *ticket);

#endif
