/* ticket_late.c - a clock of a ticket runs out: it is escalated.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_clock.h"

#include "base/text.h"
#include "identity/audit.h"
#include "mail/mail.h"
#include "mail/mail_fill.h"
#include "support/ticket_parts.h"

#define LATE                                                                   \
	"FROM tickets WHERE tenant_id = $1 AND next_due <= $2 "                \
	"AND escalated_at IS NULL "

enum err
tickets_any_late(struct tx *tx, bool *out)
{
	int64_t n = 0;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM (SELECT 1 " LATE "LIMIT 1) t",
	    DB_ID(&tx->tenant), DB_INT(tx->now));

	*out = *out || n > 0;
	return e;
}

static bool
awaits_first_answer(const struct ticket *t)
{
	return t->first_response_at == 0 && t->first_response_due != 0 &&
	       t->first_response_due == t->next_due;
}

/* Staff read it in the conversation. */
static enum err
note_it(struct tx *tx, const struct ticket *t)
{
	const struct ticket_said said = {
	    .author = TICKET_BY_SYSTEM,
	    .via = TICKET_BY_WEB,
	    .name = "",
	    .email = "",
	    .text = awaits_first_answer(t)
			? "The time for a first answer has run out."
			: "The time in which this was to be solved has run "
			  "out.",
	    .quoted = "",
	};
	struct id message;

	return ticket_message_add(tx, &t->id, &said, true, &message);
}

static enum err
escalate(struct tx *tx, const struct id *ticket)
{
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, 0, &was);

	/* answered, or told of, since it was looked for */
	if (e != OK || was.next_due == 0 || was.next_due > tx->now ||
	    was.escalated_at != 0)
		return e;
	now = was;
	now.escalated_at = tx->now;
	e = note_it(tx, &was);
	if (e == OK)
		e = ticket_write(tx, &was, &now);
	if (e == OK)
		e = audit(tx, "ticket.escalate", "tickets", ticket,
		    audit_detail(tx->arena, "clock",
			awaits_first_answer(&was) ? "firstResponse"
						  : "resolution"));
	if (e != OK)
		return e;
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_STAFF_TICKET_LATE,
		    .once = arena_printf(tx->arena, "ticket-late:%s:%lld",
			ticket->s, (long long)tx->now),
		    .ref_name = "ticketId",
		    .ref = ticket,
		});
}

enum err
tickets_escalate(struct tx *tx, int64_t *n_out)
{
	struct id *late =
	    arena_array(tx->arena, TICKET_ESCALATIONS_MAX, sizeof(*late));
	size_t n = 0;
	struct rows r;
	enum err e;

	*n_out = 0;
	if (!late)
		return E_BUSY;
	e = db_query(tx, &r, "SELECT id " LATE "ORDER BY next_due, id LIMIT $3",
	    DB_ID(&tx->tenant), DB_INT(tx->now),
	    DB_INT(TICKET_ESCALATIONS_MAX));
	if (e != OK)
		return e;
	while (n < TICKET_ESCALATIONS_MAX && rows_next(&r))
		late[n++] = row_id(&r, 0);
	e = rows_done(&r);
	for (size_t i = 0; e == OK && i < n; i++)
		e = escalate(tx, &late[i]);
	if (e == OK)
		*n_out = (int64_t)n;
	return e;
}

/* Nothing where it was answered meanwhile. */
enum err
ticket_late_fill(
    struct tx *tx, const struct id *ticket, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT number, subject FROM tickets WHERE tenant_id = $1 "
	    "AND id = $2 AND escalated_at IS NOT NULL",
	    DB_ID(&tx->tenant), DB_ID(ticket));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "Over its time: %s, %s", row_text(&r, 0),
		row_text(&r, 1)));
	view_textf(v, "path", "/support/%s", ticket->s);
	return rows_done(&r);
}
