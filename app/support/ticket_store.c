/* ticket_store.c - tickets as rows: read, held, written.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_parts.h"

#include "base/text.h"
#include "billing/counter.h"
#include "support/ticket_clock.h"

const char *const ticket_status_words[] = {
    [TICKET_OPEN] = "open",
    [TICKET_WAITING] = "waiting",
    [TICKET_CLOSED] = "closed",
};
const char *const ticket_priority_words[] = {
    [TICKET_LOW] = "low",
    [TICKET_NORMAL] = "normal",
    [TICKET_HIGH] = "high",
    [TICKET_URGENT] = "urgent",
};

/* The database has no others. */
static int
word_of(const char *const *words, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (str_eq(words[i], word))
			return i;
	return 0;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
	"SELECT t.id, t.number, t.customer_id, t.contact_id, "                 \
	"t.contact_name, t.contact_email, t.opened_by, t.subject, "            \
	"t.department_id, t.priority, t.status, t.subscription_id, "           \
	"t.assignee_id, t.mail_key, t.first_response_due, "                    \
	"t.resolution_due, t.paused_at, t.paused_s, t.escalated_at, "          \
	"t.first_response_at, t.last_message_at, t.last_customer_at, "         \
	"t.last_staff_at, t.closed_at, t.closings, t.merged_into, "            \
	"t.version, t.created_at, t.next_due FROM tickets t WHERE t.tenant_id = $1 "

static struct ticket
read_ticket(const struct rows *r)
{
	return (struct ticket){
	    .id = row_id(r, 0),
	    .number = row_strdup(r, 1),
	    .customer = row_id(r, 2),
	    .contact = row_id(r, 3),
	    .contact_name = row_strdup(r, 4),
	    .contact_email = row_strdup(r, 5),
	    .opened_by = row_id(r, 6),
	    .subject = row_strdup(r, 7),
	    .department = row_id(r, 8),
	    .priority = (enum ticket_priority)word_of(
		ticket_priority_words, TICKET_PRIORITY__MAX, row_text(r, 9)),
	    .status = (enum ticket_status)word_of(
		ticket_status_words, TICKET_STATUS__MAX, row_text(r, 10)),
	    .subscription = row_id(r, 11),
	    .assignee = row_id(r, 12),
	    .mail_key = row_strdup(r, 13),
	    .first_response_due = row_int(r, 14),
	    .resolution_due = row_int(r, 15),
	    .paused_at = row_int(r, 16),
	    .paused_s = row_int(r, 17),
	    .escalated_at = row_int(r, 18),
	    .first_response_at = row_int(r, 19),
	    .last_message_at = row_int(r, 20),
	    .last_customer_at = row_int(r, 21),
	    .last_staff_at = row_int(r, 22),
	    .closed_at = row_int(r, 23),
	    .closings = row_int(r, 24),
	    .merged_into = row_id(r, 25),
	    .version = row_int(r, 26),
	    .created_at = row_int(r, 27),
	    .next_due = row_int(r, 28),
	};
}

/* From the one row of a query that went well. */
static enum err
take(enum err e, struct rows *r, struct ticket *out)
{
	struct ticket t;

	if (e != OK)
		return e;
	t = read_ticket(r);
	e = rows_done(r);
	if (e == OK && !t.subject)
		e = E_BUSY;
	if (e == OK)
		*out = t;
	return e;
}

enum err
ticket_get(struct tx *tx, const struct id *ticket, struct ticket *out)
{
	struct rows r;
	enum err e = db_one(
	    tx, &r, COLUMNS "AND t.id = $2", DB_ID(&tx->tenant), DB_ID(ticket));

	return take(e, &r, out);
}

enum err
ticket_by_mail_key(struct tx *tx, const char *key, struct ticket *out)
{
	struct rows r;
	enum err e = db_one(tx, &r, COLUMNS "AND t.mail_key = $2",
	    DB_ID(&tx->tenant), DB_TEXT(key));

	return take(e, &r, out);
}

enum err
ticket_by_number(struct tx *tx, const char *number, struct ticket *out)
{
	struct rows r;
	enum err e = db_one(tx, &r, COLUMNS "AND t.number = $2",
	    DB_ID(&tx->tenant), DB_TEXT(number));

	return take(e, &r, out);
}

enum err
ticket_hold(
    struct tx *tx, const struct id *ticket, int64_t version, struct ticket *out)
{
	struct ticket t;
	struct rows r;
	enum err e = db_one(tx, &r, COLUMNS "AND t.id = $2 " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant), DB_ID(ticket));

	if ((e = take(e, &r, &t)) != OK)
		return e;
	if (version != 0 && version != t.version) {
		problem_add(tx->problems, "version", "stale_version",
		    "Somebody has changed the ticket meanwhile.");
		return E_CONFLICT;
	}
	*out = t;
	return OK;
}

/* ---- writing ---- */

/* What follows from what is said of it. */
static enum err
turn(struct tx *tx, const struct ticket *was, struct ticket *t)
{
	struct ticket_promise promise;
	enum err e = ticket_promise_get(tx, &promise);

	if (e != OK)
		return e;
	ticket_clock_turn(&promise, tx->now, t);
	if (was && was->status != TICKET_CLOSED && t->status == TICKET_CLOSED)
		t->closings++;
	return OK;
}

static enum err
insert(struct tx *tx, const struct ticket *t)
{
	return db_exec(tx,
	    "INSERT INTO tickets (tenant_id, id, number, customer_id, "
	    "contact_id, contact_name, contact_email, opened_by, subject, "
	    "department_id, priority, status, subscription_id, mail_key, "
	    "first_response_at, last_message_at, last_customer_at, "
	    "last_staff_at, created_at, updated_at, first_response_due, "
	    "resolution_due, next_due, paused_at) "
	    "VALUES ($1, $2, $18, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	    "$13, $14, $15, $16, $17, $15, $15, $19, $20, $21, $22)",
	    DB_ID(&tx->tenant), DB_ID(&t->id), DB_ID(&t->customer),
	    DB_ID(&t->contact), DB_TEXT(t->contact_name),
	    DB_TEXT(t->contact_email), DB_ID(&t->opened_by),
	    DB_TEXT(t->subject), DB_ID(&t->department),
	    DB_TEXT(ticket_priority_words[t->priority]),
	    DB_TEXT(ticket_status_words[t->status]), DB_ID(&t->subscription),
	    DB_TEXT(t->mail_key), DB_TIME(t->first_response_at),
	    DB_INT(tx->now), DB_TIME(t->last_customer_at),
	    DB_TIME(t->last_staff_at), DB_TEXT(t->id.s),
	    DB_TIME(t->first_response_due), DB_TIME(t->resolution_due),
	    DB_TIME(t->next_due), DB_TIME(t->paused_at));
}

enum err
ticket_insert(struct tx *tx, const struct ticket *new)
{
	struct ticket t = *new;
	enum err e;

	t.created_at = tx->now;
	e = turn(tx, NULL, &t);
	return e == OK ? insert(tx, &t) : e;
}

enum err
ticket_number(struct tx *tx, const struct id *ticket)
{
	const char *counter;
	enum err e = counter_raise(tx, "TKT", &counter);

	if (e != OK)
		return e;
	return db_later(tx,
	    "UPDATE tickets SET number = " SQL_COUNTER_NUMBER(
		"$3") " WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(ticket), DB_TEXT(counter));
}

enum err
ticket_write(struct tx *tx, const struct ticket *was, const struct ticket *now)
{
	struct ticket t = *now;
	enum err e = turn(tx, was, &t);

	if (e != OK)
		return e;
	return db_must(tx,
	    "UPDATE tickets SET subject = $4, department_id = $5, "
	    "priority = $6, status = $7, assignee_id = $8, "
	    "first_response_at = $9, last_message_at = $10, "
	    "last_customer_at = $11, last_staff_at = $12, closed_at = $13, "
	    "closings = $14, version = version + 1, updated_at = $15, "
	    "first_response_due = $16, resolution_due = $17, next_due = $18, "
	    "paused_at = $19, paused_s = $20, escalated_at = $21, "
	    "merged_into = $22 "
	    "WHERE tenant_id = $1 AND id = $2 AND version = $3",
	    DB_ID(&tx->tenant), DB_ID(&was->id), DB_INT(was->version),
	    DB_TEXT(t.subject), DB_ID(&t.department),
	    DB_TEXT(ticket_priority_words[t.priority]),
	    DB_TEXT(ticket_status_words[t.status]), DB_ID(&t.assignee),
	    DB_TIME(t.first_response_at), DB_INT(t.last_message_at),
	    DB_TIME(t.last_customer_at), DB_TIME(t.last_staff_at),
	    DB_TIME(t.closed_at), DB_INT(t.closings), DB_INT(tx->now),
	    DB_TIME(t.first_response_due), DB_TIME(t.resolution_due),
	    DB_TIME(t.next_due), DB_TIME(t.paused_at), DB_INT(t.paused_s),
	    DB_TIME(t.escalated_at), DB_ID(&t.merged_into));
}
