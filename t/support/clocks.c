/* clocks.c - a ticket is answered and solved in time, or staff are told.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The shop is open from Monday to Friday, 9 to 17 o'clock in UTC, and its
 * clock stands at noon of a Friday.
 */
#include "config.h"

#include "base/clock.h"
#include "desk.h"
#include "support/invariants.h"
#include "support/ticket_clock.h"
#include "tap.h"

static int64_t
at(const char *iso)
{
	int64_t t = -1;

	if (!time_parse(iso, &t))
		bail("%s is no time", iso);
	return t;
}

static struct ticket
ask_for(struct desk *d, enum ticket_priority priority)
{
	struct ticket_new n = desk_question(d);
	struct ticket_done done;

	n.priority = priority;
	if (desk_ask(d, &n, &done) != OK)
		bail("no question");
	return desk_ticket(d, &done.ticket);
}

static struct ticket
say_at(struct desk *d, const char *iso, const struct ticket *t, bool by_staff)
{
	struct ticket_said said = by_staff ? desk_answer(d, "We look into it.")
					   : desk_question(d).said;
	struct ticket_done done;

	clock_freeze(at(iso));
	if (desk_reply(d, &t->id, &said, &done) != OK)
		bail("no reply");
	return desk_ticket(d, &t->id);
}

/* ---- what is promised ---- */

static void
test_due(struct testdb *t)
{
	struct desk d;
	struct ticket one;

	desk_open(&d, t);
	one = ask_for(&d, TICKET_URGENT);
	is_int(one.first_response_due, at("2026-11-20T13:00:00Z"),
	    "what is urgent is answered within the hour");
	is_int(one.resolution_due, at("2026-11-23T12:00:00Z"),
	    "and solved after a weekend that does not count");
	is_int(one.next_due, one.first_response_due, "the answer comes first");
	one = ask_for(&d, TICKET_LOW);
	is_int(one.resolution_due, 0, "nothing is promised of the least");
	is_int(one.next_due, at("2026-11-25T12:00:00Z"), "but an answer");
	shop_set(&d.s, "helpHolidays", "11-23");
	shop_set(&d.s, "helpFirstUrgent", "360");
	one = ask_for(&d, TICKET_URGENT);
	is_int(one.next_due, at("2026-11-24T10:00:00Z"),
	    "holidays do not count, and a setting holds at once");
	shop_set(&d.s, "helpHours", "");
	one = ask_for(&d, TICKET_URGENT);
	is_int(one.next_due, at("2026-11-20T18:00:00Z"),
	    "without hours it is always open");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

static void
test_stands(struct testdb *t)
{
	struct desk d;
	struct ticket one;

	desk_open(&d, t);
	one = ask_for(&d, TICKET_HIGH); /* 4 and 24 hours */
	is_int(one.resolution_due, at("2026-11-25T12:00:00Z"),
	    "24 hours are three days");
	one = say_at(&d, "2026-11-20T16:00:00Z", &one, true);
	is_int(one.next_due, 0, "what waits for the customer is never late");
	is_int(one.paused_at, clock_now(), "its clock stands");
	one = say_at(&d, "2026-11-24T10:00:00Z", &one, false);
	is_int(one.paused_s, 10 * 3600,
	    "an hour on Friday, a Monday, an hour on Tuesday");
	is_int(one.next_due, at("2026-11-26T14:00:00Z"),
	    "go on top of what was promised");
	is_int(one.first_response_due, at("2026-11-20T16:00:00Z"),
	    "the first answer was due when it was");
	one = say_at(&d, "2026-11-24T11:00:00Z", &one, true);
	one = say_at(&d, "2026-11-24T12:00:00Z", &one, false);
	is_int(one.next_due, at("2026-11-26T15:00:00Z"), "each time");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

struct sort {
	struct id ticket;
	enum ticket_priority priority;
};

static enum err
set_priority(struct tx *tx, void *arg)
{
	const struct sort *s = arg;

	return ticket_set_priority(tx, &s->ticket, 0, s->priority);
}

static void
test_priority(struct testdb *t)
{
	struct desk d;
	struct ticket one;
	struct sort s;

	desk_open(&d, t);
	one = ask_for(&d, TICKET_NORMAL);
	is_int(one.next_due, at("2026-11-23T12:00:00Z"), "eight hours");
	s = (struct sort){one.id, TICKET_URGENT};
	is_int(shop_run(&d.s, set_priority, &s), OK, "made urgent");
	is_int(desk_ticket(&d, &one.id).next_due, at("2026-11-20T13:00:00Z"),
	    "it is due within one, from when it was asked");
}

/* ---- late ---- */

static enum err
escalate(struct tx *tx, void *arg)
{
	bool any = false;
	enum err e = tickets_any_late(tx, &any);

	if (e != OK)
		return e;
	e = tickets_escalate(tx, arg);
	return e == OK && any != (*(int64_t *)arg > 0) ? E_SYS : e;
}

static int64_t
escalate_at(struct desk *d, const char *iso)
{
	int64_t n = -1;

	clock_freeze(at(iso));
	is_int(shop_run(&d->s, escalate, &n), OK, iso);
	return n;
}

static int64_t
n_mails(struct desk *d)
{
	return shop_int(&d->s,
	    "SELECT count(*) FROM outbox "
	    "WHERE tenant_id = $1 AND template = 'mail/staff-ticket-late'");
}

static void
test_late(struct testdb *t)
{
	struct desk d;
	struct ticket one, two;

	desk_open(&d, t);
	one = ask_for(&d, TICKET_URGENT);
	two = ask_for(&d, TICKET_URGENT);
	is_int(escalate_at(&d, "2026-11-20T12:59:59Z"), 0, "nothing is late");
	is_int(escalate_at(&d, "2026-11-20T13:00:00Z"), 2, "now both are");
	is_int(escalate_at(&d, "2026-11-20T13:00:30Z"), 0, "and told once");
	is_int(n_mails(&d), 2, "each by a line of a mail");
	is_str(shop_text(&d.s,
		   "SELECT text FROM ticket_messages WHERE tenant_id = $1 "
		   "AND ticket_id = $2 AND is_note = 1",
		   DB_ID(&one.id)),
	    "The time for a first answer has run out.",
	    "in the conversation, for staff");
	two = say_at(&d, "2026-11-20T13:10:00Z", &two, true);
	is_int(two.escalated_at, 0, "who was answered is late no more");
	is_int(escalate_at(&d, "2026-11-23T13:00:00Z"), 0,
	    "one that is late stays told");
	two = say_at(&d, "2026-11-23T14:00:00Z", &two, false);
	is_int(escalate_at(&d, "2026-11-25T09:00:00Z"), 1,
	    "the other runs out again");
	is_int(desk_ticket(&d, &two.id).escalated_at,
	    at("2026-11-25T09:00:00Z"), "and says since when");
	is_int(n_mails(&d), 3, "and is told again");
	one = desk_ticket(&d, &one.id);
	ok(one.next_due == one.first_response_due && one.escalated_at != 0,
	    "nobody has answered the first");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_due);
	testdb_each(test_stands);
	testdb_each(test_priority);
	testdb_each(test_late);
	return tap_done();
}
