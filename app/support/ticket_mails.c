/* ticket_mails.c - which mails a ticket makes, and to whom.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_mails.h"

#include <inttypes.h>

#include "base/text.h"
#include "identity/user.h"
#include "mail/mail.h"
#include "support/ticket_people.h"

/* ---- machines get none ---- */

/* Did a mail that a machine wrote make this message? */
static enum err
is_quiet(struct tx *tx, const struct id *message, bool *out)
{
	int64_t n = 0;
	enum err e = db_int(tx, 0, &n,
	    "SELECT i.is_quiet FROM ticket_messages m "
	    "JOIN incoming_mails i ON i.tenant_id = m.tenant_id "
	    "AND i.mail_id = m.mail_id "
	    "WHERE m.tenant_id = $1 AND m.id = $2",
	    DB_ID(&tx->tenant), DB_ID(message));

	*out = n != 0;
	return e;
}

/* ---- to those who asked ---- */

static enum err
mail_people(struct tx *tx, const struct ticket *t, const char *template,
    const char *once, const char *ref_name, const struct id *ref)
{
	const struct ticket_person *people;
	size_t n;
	enum err e = ticket_people(tx, t, &people, &n);

	for (size_t i = 0; e == OK && i < n; i++) {
		const char *to = str_lower(tx->arena, people[i].email);
		const char *name = people[i].name;

		e = mail_add(tx,
		    &(struct mail){
			.template = template,
			.once = arena_printf(
			    tx->arena, "%s:%s", once, to ? to : ""),
			.to = people[i].email,
			.name = name && text_is_printable(name) ? name : NULL,
			.lang = people[i].lang,
			.ref_name = ref_name,
			.ref = ref,
		    });
	}
	return e;
}

/* ---- to staff ---- */

static enum err
mail_assignee(struct tx *tx, const struct user *u, const struct id *message)
{
	return mail_add(tx, &(struct mail){
				.template = MAIL_TICKET_ASKED,
				.once = arena_printf(tx->arena,
				    "ticket-asked:%s:%s", message->s, u->id.s),
				.to = u->email,
				.name = u->name,
				.lang = u->language[0] ? u->language : NULL,
				.ref_name = "messageId",
				.ref = message,
			    });
}

enum err
ticket_mail_staff(
    struct tx *tx, const struct ticket *t, const struct id *message)
{
	enum err e = E_NOTFOUND;
	struct user u;

	if (id_is_set(&t->assignee))
		e = ticket_staff(tx, &t->assignee, &u);
	if (e == OK)
		return mail_assignee(tx, &u, message);
	if (e != E_NOTFOUND)
		return e;
	return mail_add(tx,
	    &(struct mail){
		.template = MAIL_STAFF_TICKET,
		.once = arena_printf(tx->arena, "staff-ticket:%s", message->s),
		.ref_name = "messageId",
		.ref = message,
	    });
}

/* ---- what happened ---- */

static enum err
answered(struct tx *tx, const struct ticket *t, const struct id *message)
{
	return mail_people(tx, t, MAIL_TICKET_REPLIED,
	    arena_printf(tx->arena, "ticket-replied:%s", message->s),
	    "messageId", message);
}

static enum err
first_message(
    struct tx *tx, const struct id *ticket, struct ticket_message *out)
{
	const char *id = NULL;
	struct id first;
	enum err e = db_text(tx, &id,
	    "SELECT id FROM ticket_messages WHERE tenant_id = $1 "
	    "AND ticket_id = $2 AND is_note = 0 ORDER BY id LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(ticket));

	if (e == OK && !id)
		return E_NOTFOUND;
	if (e != OK)
		return e;
	first = id_of(id);
	return ticket_message_get(tx, &first, out);
}

enum err
ticket_mail_opened(struct tx *tx, const struct id *ticket)
{
	struct ticket_message m;
	struct ticket t;
	bool quiet = false;
	enum err e = ticket_get(tx, ticket, &t);

	if (e == OK)
		e = first_message(tx, ticket, &m);
	if (e == OK && m.author == TICKET_BY_STAFF)
		return answered(tx, &t, &m.id);
	if (e == OK)
		e = is_quiet(tx, &m.id, &quiet);
	if (e == OK && !quiet)
		e = mail_people(tx, &t, MAIL_TICKET_RECEIVED,
		    arena_printf(tx->arena, "ticket-received:%s", ticket->s),
		    "ticketId", ticket);
	return e == OK ? ticket_mail_staff(tx, &t, &m.id) : e;
}

enum err
ticket_mail_replied(struct tx *tx, const struct id *message)
{
	struct ticket_message m;
	struct ticket t;
	enum err e = ticket_message_get(tx, message, &m);

	if (e == OK)
		e = ticket_get(tx, &m.ticket, &t);
	if (e != OK)
		return e;
	switch (m.author) {
	case TICKET_BY_STAFF:
		return answered(tx, &t, message);
	case TICKET_BY_CUSTOMER:
		return ticket_mail_staff(tx, &t, message);
	case TICKET_BY_SYSTEM:
	case TICKET_AUTHOR__MAX:
		break;
	}
	return OK;
}

enum err
ticket_mail_closed(struct tx *tx, const struct id *ticket)
{
	struct ticket t;
	enum err e = ticket_get(tx, ticket, &t);

	/* a merged one goes on where it went */
	if (e != OK || id_is_set(&t.merged_into))
		return e;
	return mail_people(tx, &t, MAIL_TICKET_CLOSED,
	    arena_printf(
		tx->arena, "ticket-closed:%s:%" PRId64, ticket->s, t.closings),
	    "ticketId", ticket);
}
