/* ticket_merge.c - two tickets about one thing become one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/desk.h"

#include <string.h>

#include "base/text.h"
#include "identity/audit.h"
#include "support/ticket_parts.h"

#define NOUN "tickets"

/* Both held, always in the same order, so that two who merge crosswise meet. */
static enum err
hold_both(struct tx *tx, const struct id *ticket, const struct id *into,
    int64_t version, struct ticket *from_out, struct ticket *into_out)
{
	bool is_first = strcmp(ticket->s, into->s) < 0;
	enum err e = is_first ? ticket_hold(tx, ticket, version, from_out)
			      : ticket_hold(tx, into, 0, into_out);

	if (e != OK)
		return e;
	return is_first ? ticket_hold(tx, into, 0, into_out)
			: ticket_hold(tx, ticket, version, from_out);
}

/* Who reads the one would read the other. */
static bool
is_same_asker(const struct ticket *from, const struct ticket *into)
{
	if (id_is_set(&into->customer))
		return !id_is_set(&from->customer) ||
		       str_eq(from->customer.s, into->customer.s);
	return !id_is_set(&from->customer) &&
	       str_eq_nocase(from->contact_email, into->contact_email);
}

static enum err
check(struct tx *tx, const struct ticket *from, const struct ticket *into)
{
	if (id_is_set(&from->merged_into) || id_is_set(&into->merged_into)) {
		problem_add(tx->problems, "into", "conflict",
		    "%s was merged into another ticket before.",
		    id_is_set(&from->merged_into) ? from->number
						  : into->number);
		return E_CONFLICT;
	}
	if (is_same_asker(from, into))
		return OK;
	problem_add(tx->problems, "into", "conflict",
	    "%s is another customer's: what one says would be shown to the "
	    "other.",
	    into->number);
	return E_CONFLICT;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is known of both. */
static struct ticket
together(const struct ticket *from, const struct ticket *into)
{
	struct ticket t = *into;

	t.last_message_at = later(from->last_message_at, t.last_message_at);
	t.last_customer_at = later(from->last_customer_at, t.last_customer_at);
	t.last_staff_at = later(from->last_staff_at, t.last_staff_at);
	if (t.first_response_at == 0 ||
	    (from->first_response_at != 0 &&
		from->first_response_at < t.first_response_at))
		t.first_response_at = from->first_response_at;
	if (from->status == TICKET_OPEN) {
		t.status = TICKET_OPEN;
		t.closed_at = 0;
	}
	return t;
}

static enum err
move(struct tx *tx, const struct ticket *from, const struct ticket *into)
{
	enum err e = db_later(tx,
	    "UPDATE ticket_messages SET ticket_id = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND ticket_id = $2",
	    DB_ID(&tx->tenant), DB_ID(&from->id), DB_ID(&into->id),
	    DB_INT(tx->now));

	if (e != OK)
		return e;
	return db_later(tx,
	    "INSERT INTO ticket_tags (tenant_id, ticket_id, tag, created_at) "
	    "SELECT g.tenant_id, $3, g.tag, $4 FROM ticket_tags g "
	    "WHERE g.tenant_id = $1 AND g.ticket_id = $2 "
	    "AND (SELECT count(*) FROM ticket_tags h WHERE h.tenant_id = $1 "
	    "AND h.ticket_id = $3) < $5 "
	    "ON CONFLICT (tenant_id, ticket_id, tag) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&from->id), DB_ID(&into->id),
	    DB_INT(tx->now), DB_INT(TICKET_TAGS_MAX));
}

static enum err
tell(struct tx *tx, const struct ticket *from, const struct ticket *into)
{
	const struct ticket_said said = {
	    .author = TICKET_BY_SYSTEM,
	    .via = TICKET_BY_WEB,
	    .name = "",
	    .email = "",
	    .text = arena_printf(
		tx->arena, "%s was merged into this ticket.", from->number),
	    .quoted = "",
	};
	struct id message;
	enum err e = ticket_message_add(tx, &into->id, &said, false, &message);

	if (e == OK)
		e = audit(tx, "ticket.merge", NOUN, &from->id,
		    audit_detail(tx->arena, "into", into->number));
	return e == OK ? audit(tx, "ticket.merged", NOUN, &into->id,
			     audit_detail(tx->arena, "from", from->number))
		       : e;
}

enum err
ticket_find_into(struct tx *tx, const char *text, struct id *out)
{
	struct ticket t;
	struct id id = id_of_any(text);
	enum err e = E_NOTFOUND;

	if (id_is_set(&id))
		e = ticket_get(tx, &id, &t);
	else if (text && text[0])
		e = ticket_by_number(tx, str_upper(tx->arena, text), &t);
	if (e == OK)
		*out = t.id;
	if (e != E_NOTFOUND)
		return e;
	problem_add(tx->problems, "into", "not_found",
	    "There is no ticket of this number.");
	return E_INPUT;
}

enum err
ticket_merge(struct tx *tx, const struct id *ticket, const struct id *into,
    int64_t version)
{
	struct ticket from, to, gone, both;
	enum err e;

	if (str_eq(ticket->s, into->s)) {
		problem_add(tx->problems, "into", "conflict",
		    "A ticket can't be merged into itself.");
		return E_INPUT;
	}
	e = hold_both(tx, ticket, into, version, &from, &to);
	if (e == OK)
		e = check(tx, &from, &to);
	if (e != OK)
		return e;
	gone = from;
	gone.status = TICKET_CLOSED;
	gone.closed_at = from.closed_at ? from.closed_at : tx->now;
	gone.merged_into = to.id;
	both = together(&from, &to);
	e = move(tx, &from, &to);
	if (e == OK)
		e = ticket_write(tx, &from, &gone);
	if (e == OK)
		e = ticket_write(tx, &to, &both);
	return e == OK ? tell(tx, &from, &to) : e;
}
