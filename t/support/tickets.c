/* tickets.c - a question is opened, answered, closed and opened again, once
 * each. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "desk.h"
#include "support/invariants.h"
#include "tap.h"

#define LONG_SUBJECT 201

/* ---- opening ---- */

static void
test_open(struct testdb *t)
{
	struct ticket_done done, second;
	struct ticket_new n;
	struct ticket one, two;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	is_int(desk_ask(&d, &n, &done), OK, "a question is taken");
	one = desk_ticket(&d, &done.ticket);
	is_int(one.status, TICKET_OPEN, "it waits for staff");
	is_str(one.number, "TKT-2026-000001", "and has a number");
	is_str(one.contact_email, "ada@a.test", "who asks is known");
	is_str(one.contact_name, "Ada", "by name");
	ok(!id_is_set(&one.opened_by), "nobody else has opened it");
	is_int(one.last_customer_at, one.created_at, "it was said just now");
	is_int(one.first_response_at, 0, "and nobody has answered");
	is_int(d.told[FACT_TICKET_OPENED], 1, "it is told once");
	is_str(d.subject[FACT_TICKET_OPENED].s, done.ticket.s, "of the ticket");
	is_str(shop_text(&d.s, "SELECT text FROM ticket_messages "
			       "WHERE tenant_id = $1"),
	    "Since this morning.\nWhy?", "its words are kept");
	is_int(shop_int(&d.s, "SELECT count(*) FROM audit_logs "
			      "WHERE tenant_id = $1 "
			      "AND action = 'ticket.open'"),
	    1, "and it is in the log");
	is_int(desk_ask(&d, &n, &second), OK, "the same by hand again");
	two = desk_ticket(&d, &second.ticket);
	is_str(two.number, "TKT-2026-000002", "is another ticket");
	is_int((int)strlen(one.mail_key), 32, "a key has 128 bits");
	ok(strcmp(one.mail_key, two.mail_key) != 0,
	    "and each ticket one of its own");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

static void
test_refused(struct testdb *t)
{
	char longest[LONG_SUBJECT + 1];
	struct id missing = id_of("0193aaaa-0000-7000-8000-000000000000");
	struct ticket_done done;
	struct desk d;
	struct ticket_new n;

	memset(longest, 'x', LONG_SUBJECT);
	longest[LONG_SUBJECT] = '\0';
	desk_open(&d, t);
	n = desk_question(&d);
	n.subject = " ";
	n.said.text = "";
	n.department = missing;
	n.subscription = d.service[1];
	is_int(desk_ask(&d, &n, &done), E_INPUT, "nothing said is refused");
	ok(shop_has_problem(&d.s, "subject", "required") &&
		shop_has_problem(&d.s, "description", "required") &&
		shop_has_problem(&d.s, "departmentId", "not_found") &&
		shop_has_problem(&d.s, "subscriptionId", "not_found"),
	    "all of it is named, another customer's service too");
	n = desk_question(&d);
	n.subject = longest;
	n.said.text = "a\001b";
	is_int(desk_ask(&d, &n, &done), E_INPUT, "nor what can't be written");
	ok(shop_has_problem(&d.s, "subject", "too_long") &&
		shop_has_problem(&d.s, "description", "bad_format"),
	    "is named");
	n = desk_question(&d);
	n.customer = missing;
	is_int(desk_ask(&d, &n, &done), E_NOTFOUND,
	    "nobody asks for a customer who is not there");
	n = desk_question(&d);
	n.customer = n.contact = n.subscription = (struct id){""};
	n.said.user = (struct id){""};
	n.contact_email = "no address";
	is_int(desk_ask(&d, &n, &done), E_INPUT,
	    "a stranger without an address is refused");
	is_int(shop_int(&d.s, "SELECT (SELECT count(*) FROM tickets "
			      "WHERE tenant_id = $1) + "
			      "(SELECT count(*) FROM ticket_messages "
			      "WHERE tenant_id = $1)"),
	    0, "and nothing is left of any");
	is_int(d.told[FACT_TICKET_OPENED], 0, "nor told");
}

static void
test_behalf(struct testdb *t)
{
	struct ticket_done done;
	struct ticket_new n;
	struct ticket one;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	n.contact = (struct id){""};
	n.said = desk_answer(&d, "You called us; this is what we found.");
	is_int(desk_ask(&d, &n, &done), OK, "staff open one for a customer");
	one = desk_ticket(&d, &done.ticket);
	is_int(one.status, TICKET_WAITING, "it waits for the customer");
	is_str(one.opened_by.s, d.agent.s, "who opened it is kept");
	is_str(one.contact_email, "ada@a.test",
	    "and answers go to the customer's address");
	is_int(one.first_response_at, one.created_at, "it is answered");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

/* ---- a conversation ---- */

static void
test_talk(struct testdb *t)
{
	struct ticket_done done, said;
	struct ticket_said words;
	struct ticket_new n;
	struct ticket one;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	desk_forget(&d);
	words = desk_answer(&d, "Only staff know.");
	is_int(desk_note(&d, &done.ticket, &words, &said), OK, "a note");
	one = desk_ticket(&d, &done.ticket);
	is_int(one.status, TICKET_OPEN, "changes nothing");
	is_int(one.first_response_at, 0, "and is no answer");
	is_int(d.told[FACT_TICKET_REPLIED], 0, "nor told");

	words = desk_answer(&d, "We look into it.");
	is_int(desk_reply(&d, &done.ticket, &words, &said), OK, "an answer");
	one = desk_ticket(&d, &done.ticket);
	is_int(one.status, TICKET_WAITING, "makes it wait");
	ok(one.first_response_at > 0, "and is the first response");
	is_int(d.told[FACT_TICKET_REPLIED], 1, "told once");
	is_str(
	    d.subject[FACT_TICKET_REPLIED].s, said.message.s, "of the message");

	words = n.said;
	words.text = "Thank you.";
	is_int(desk_reply(&d, &done.ticket, &words, &said), OK,
	    "what the customer says then");
	is_int(desk_ticket(&d, &done.ticket).status, TICKET_OPEN,
	    "opens it again");
	words.text = " ";
	is_int(desk_reply(&d, &done.ticket, &words, &said), E_INPUT,
	    "nothing is no reply");
	ok(shop_has_problem(&d.s, "text", "required"), "and says so");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

static void
test_seen(struct testdb *t)
{
	const struct ticket_message *list;
	static const struct id none;
	struct ticket_done done, said;
	struct ticket_said words;
	struct ticket_new n;
	struct desk d;
	struct tx tx;
	size_t with, without;
	bool more;

	desk_open(&d, t);
	n = desk_question(&d);
	words = desk_answer(&d, "A note.");
	if (desk_ask(&d, &n, &done) != OK ||
	    desk_note(&d, &done.ticket, &words, &said) != OK)
		bail("no question");
	testdb_begin(t, &tx, TX_READ, &d.s.tenant);
	if (ticket_messages(
		&tx, &done.ticket, true, &none, &list, &with, &more) != OK ||
	    ticket_messages(
		&tx, &done.ticket, false, &none, &list, &without, &more) != OK)
		bail("no messages");
	is_int((int64_t)with, 2, "staff see notes");
	is_int((int64_t)without, 1, "and customers do not");
	is_str(list[0].text, "Since this morning.\nWhy?", "but the rest");
	ok(!more, "and there is no more");
	tx_rollback(&tx);
}

static void
test_long(struct testdb *t)
{
	const struct ticket_message *list;
	static const struct id none;
	struct ticket_done done, said;
	struct ticket_said words;
	struct ticket_new n;
	struct desk d;
	struct tx tx;
	struct id first;
	size_t count;
	bool more;

	desk_open(&d, t);
	n = desk_question(&d);
	words = desk_answer(&d, "One more.");
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	for (int i = 0; i < TICKET_MESSAGES_MAX; i++)
		if (desk_reply(&d, &done.ticket, &words, &said) != OK)
			bail("no reply");
	testdb_begin(t, &tx, TX_READ, &d.s.tenant);
	if (ticket_messages(
		&tx, &done.ticket, false, &none, &list, &count, &more) != OK)
		bail("no messages");
	is_int((int64_t)count, TICKET_MESSAGES_MAX, "the newest are shown");
	ok(more, "and that there are earlier ones");
	is_str(list[count - 1].id.s, said.message.s, "the newest is last");
	first = list[0].id;
	if (ticket_messages(
		&tx, &done.ticket, false, &first, &list, &count, &more) != OK)
		bail("no messages");
	is_int((int64_t)count, 1, "what is earlier is the rest");
	ok(!more, "and no more");
	is_str(list[0].text, "Since this morning.\nWhy?", "from the first on");
	tx_rollback(&tx);
}

/* Who asks without end is asked to wait; nobody else is. */
static void
test_pace(struct testdb *t)
{
	struct ticket_done done, said;
	struct ticket_said words;
	struct ticket_new n, other;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	words = n.said;
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	for (int i = 1; i < TICKET_SAID_PER_HOUR; i++)
		if (desk_reply(&d, &done.ticket, &words, &said) != OK)
			bail("no reply");
	is_int(desk_reply(&d, &done.ticket, &words, &said), E_INPUT,
	    "a person says so much within the hour and no more");
	ok(shop_has_problem(&d.s, "text", "too_many"), "and is told why");
	is_int(desk_ask(&d, &n, &said), E_INPUT, "nor asks something else");
	ok(shop_has_problem(&d.s, "description", "too_many"), "named there");
	words = desk_answer(&d, "We are at it.");
	is_int(desk_reply(&d, &done.ticket, &words, &said), OK,
	    "staff answer as before");
	other = n;
	other.customer = d.customer[1];
	other.contact = other.said.user = d.person[1];
	other.subscription = d.service[1];
	is_int(desk_ask(&d, &other, &said), OK, "and others ask");
	if (shop_exec(&d.s, "UPDATE ticket_messages SET "
			    "created_at = created_at - 3600 "
			    "WHERE tenant_id = $1") != OK)
		bail("an hour");
	is_int(desk_ask(&d, &n, &said), OK, "so does the first, an hour later");
}

/* ---- mails ---- */

static void
test_mail(struct testdb *t)
{
	struct ticket_done done, again;
	struct ticket_said words;
	struct ticket_new n;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	n.customer = n.contact = n.subscription = (struct id){""};
	n.contact_email = "stranger@elsewhere.test";
	n.contact_name = "A Stranger";
	n.said.user = (struct id){""};
	n.said.name = n.contact_name;
	n.said.email = n.contact_email;
	n.said.via = TICKET_BY_MAIL;
	n.said.mail_id = "<1@elsewhere.test>";
	n.said.quoted = "> earlier";
	is_int(desk_ask(&d, &n, &done), OK, "a stranger asks by mail");
	is_int(desk_ask(&d, &n, &again), OK, "the same mail again");
	ok(again.is_repeated, "is known");
	is_str(again.ticket.s, done.ticket.s, "as that ticket");
	is_int(d.told[FACT_TICKET_OPENED], 1, "and told once");
	words = n.said;
	words.mail_id = "<2@elsewhere.test>";
	is_int(
	    desk_reply(&d, &done.ticket, &words, &again), OK, "a second mail");
	is_int(desk_reply(&d, &done.ticket, &words, &again), OK,
	    "delivered twice");
	ok(again.is_repeated, "is one message");
	is_int(d.told[FACT_TICKET_REPLIED], 1, "told once");
	is_int(shop_int(&d.s, "SELECT count(*) FROM ticket_messages "
			      "WHERE tenant_id = $1"),
	    2, "there are two");
	is_str(shop_text(&d.s, "SELECT quoted FROM ticket_messages "
			       "WHERE tenant_id = $1 ORDER BY id LIMIT 1"),
	    "> earlier", "what a mail repeats is kept apart");
	words.mail_id = "<3\n@elsewhere.test>";
	is_int(desk_reply(&d, &done.ticket, &words, &again), E_INPUT,
	    "no Message-ID has a line end");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

#define RACERS 6

struct race {
	struct id tenant, ticket;
};

static enum err
reply_once(struct tx *tx, void *arg)
{
	const struct race *race = arg;
	struct ticket_done done;
	const struct ticket_said said = {
	    .author = TICKET_BY_CUSTOMER,
	    .via = TICKET_BY_MAIL,
	    .name = "A",
	    .email = "a@a.test",
	    .text = "the same mail",
	    .mail_id = "<race@a.test>",
	};

	return ticket_reply(tx, &race->ticket, &said, &done);
}

static int
racer(struct db *db, int i, void *arg)
{
	const struct race *race = arg;
	struct arena *a = arena_new(1 << 20);
	struct actor actor = {.kind = ACTOR_SYSTEM, .tenant = race->tenant};
	struct problems problems;
	struct tx tx;
	enum err e;

	(void)i;
	do {
		problems_init(&problems, a);
		tx_init(&tx, a, &problems, &actor, race->tenant.s);
		e = tx_run(db, TX_WRITE, &tx, reply_once, arg);
	} while (e == E_BUSY);
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_mail_race(struct testdb *t)
{
	struct ticket_done done;
	struct ticket_new n;
	struct race race;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	race = (struct race){d.s.tenant, done.ticket};
	is_int(testdb_fork(t, RACERS, racer, &race), 0,
	    "one mail delivered by several at once is refused to none");
	is_int(shop_int(&d.s, "SELECT count(*) FROM ticket_messages "
			      "WHERE tenant_id = $1"),
	    2, "and is one message");
}

/* ---- what staff change ---- */

struct change {
	struct id ticket, user, department;
	int64_t version;
	enum ticket_priority priority;
};

static enum err
close_it(struct tx *tx, void *arg)
{
	const struct change *c = arg;

	return ticket_close(tx, &c->ticket, c->version);
}

static enum err
reopen_it(struct tx *tx, void *arg)
{
	const struct change *c = arg;

	return ticket_reopen(tx, &c->ticket, c->version);
}

static enum err
assign_it(struct tx *tx, void *arg)
{
	const struct change *c = arg;

	return ticket_assign(tx, &c->ticket, c->version, &c->user);
}

static enum err
sort_it(struct tx *tx, void *arg)
{
	const struct change *c = arg;
	enum err e =
	    ticket_set_priority(tx, &c->ticket, c->version, c->priority);

	if (e == OK)
		e = ticket_set_department(tx, &c->ticket, 0, &c->department);
	return e == OK ? ticket_set_subject(tx, &c->ticket, 0, "Slow") : e;
}

static int64_t
n_logged(struct desk *d, const char *action)
{
	return shop_int(&d->s,
	    "SELECT count(*) FROM audit_logs "
	    "WHERE tenant_id = $1 AND action = $2",
	    DB_TEXT(action));
}

static void
test_states(struct testdb *t)
{
	struct ticket_done done, said;
	struct ticket_new n;
	struct change c = {.version = 0};
	struct ticket one;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	c.ticket = done.ticket;
	is_int(shop_run(&d.s, close_it, &c), OK, "a ticket is closed");
	one = desk_ticket(&d, &done.ticket);
	is_int(one.closings, 1, "for the first time");
	ok(one.closed_at > 0, "and says when");
	is_int(d.told[FACT_TICKET_CLOSED], 1, "it is told");
	is_int(shop_run(&d.s, close_it, &c), OK, "closed again");
	is_int(d.told[FACT_TICKET_CLOSED], 1, "tells nothing");
	is_int(n_logged(&d, "ticket.close"), 1, "and notes nothing");
	c.version = one.version - 1;
	is_int(shop_run(&d.s, reopen_it, &c), E_CONFLICT,
	    "who has seen an older one is told so");
	is_str(shop_code(&d.s), "stale_version", "by name");
	c.version = one.version;
	is_int(shop_run(&d.s, reopen_it, &c), OK, "it is opened again");
	is_int(desk_ticket(&d, &done.ticket).closed_at, 0,
	    "and is closed no more");
	c.version = 0;
	if (shop_run(&d.s, close_it, &c) != OK)
		bail("not closed");
	is_int(desk_reply(&d, &done.ticket, &n.said, &said), OK,
	    "a reply to a closed ticket");
	one = desk_ticket(&d, &done.ticket);
	is_int(one.status, TICKET_OPEN, "opens it");
	is_int(one.closings, 2, "which was closed twice");
	c.ticket = d.customer[0];
	is_int(shop_run(&d.s, close_it, &c), E_NOTFOUND,
	    "what is no ticket is not found");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

static void
test_sorting(struct testdb *t)
{
	struct ticket_done done;
	struct ticket_new n;
	struct change c = {.priority = TICKET_URGENT};
	struct ticket one;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	c.ticket = done.ticket;
	c.user = d.outsider;
	is_int(shop_run(&d.s, assign_it, &c), E_INPUT,
	    "a ticket is given to nobody who can't answer");
	ok(shop_has_problem(&d.s, "assigneeId", "not_found"), "and says so");
	c.user = d.customer[0];
	is_int(shop_run(&d.s, assign_it, &c), E_INPUT, "nor to nobody");
	c.user = d.agent;
	is_int(shop_run(&d.s, assign_it, &c), OK, "but to staff");
	is_int(shop_run(&d.s, assign_it, &c), OK, "who have it already");
	is_int(n_logged(&d, "ticket.assign"), 1, "which is noted once");
	is_int(shop_run(&d.s, sort_it, &c), OK, "it is sorted");
	one = desk_ticket(&d, &done.ticket);
	is_str(one.assignee.s, d.agent.s, "it is somebody's");
	is_int(one.priority, TICKET_URGENT, "urgent");
	ok(!id_is_set(&one.department), "of no department");
	is_str(one.subject, "Slow", "and called otherwise");
	c.user = (struct id){""};
	is_int(shop_run(&d.s, assign_it, &c), OK, "and nobody's again");
	one = desk_ticket(&d, &done.ticket);
	ok(!id_is_set(&one.assignee), "it is");
	c.department = c.ticket;
	is_int(shop_run(&d.s, sort_it, &c), E_INPUT,
	    "there is no such department");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

/* ---- merged ones ---- */

static void
test_merged(struct testdb *t)
{
	struct ticket_done first, second, said;
	struct ticket_new n;
	struct change c = {.version = 0};
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	if (desk_ask(&d, &n, &first) != OK || desk_ask(&d, &n, &second) != OK)
		bail("no question");
	c.ticket = second.ticket;
	if (shop_run(&d.s, close_it, &c) != OK ||
	    shop_exec(&d.s,
		"UPDATE tickets SET merged_into = $2 "
		"WHERE tenant_id = $1 AND id = $3",
		DB_ID(&first.ticket), DB_ID(&second.ticket)) != OK)
		bail("not merged");
	is_int(desk_reply(&d, &second.ticket, &n.said, &said), OK,
	    "a reply to a merged ticket");
	is_str(said.ticket.s, first.ticket.s, "goes where that went");
	is_int(desk_ticket(&d, &second.ticket).status, TICKET_CLOSED,
	    "which stays closed");
	is_int(shop_run(&d.s, reopen_it, &c), E_CONFLICT,
	    "and is not opened again");
}

/* ---- invariants see what is wrong ---- */

static void
test_invariants(struct testdb *t)
{
	static const struct {
		const char *fault, *name;
	} plants[] = {
	    {"DELETE FROM ticket_messages WHERE tenant_id = $1",
		"tickets.messages"},
	    {"UPDATE tickets SET customer_id = (SELECT id FROM customers "
	     "WHERE tenant_id = $1 AND email = 'bea@b.test') "
	     "WHERE tenant_id = $1",
		"tickets.service"},
	    {"UPDATE tickets SET last_staff_at = 7 WHERE tenant_id = $1",
		"tickets.answers"},
	};
	struct db *app = t->db;
	struct ticket_done done;
	struct ticket_new n;
	struct desk d;

	desk_open(&d, t);
	n = desk_question(&d);
	if (desk_ask(&d, &n, &done) != OK)
		bail("no question");
	/* the application may not take a message away */
	t->db = testdb_open(t->owner_url);
	for (size_t i = 0; i < N_ELEMS(plants); i++) {
		const struct invariant *inv = support_invariants;
		struct rows r;
		struct tx tx;
		bool seen;

		while (strcmp(inv->name, plants[i].name) != 0)
			inv++;
		testdb_begin(t, &tx, TX_WRITE, &d.s.tenant);
		if (db_exec_(&tx, NULL, plants[i].fault,
			DB_VALS_(DB_ID(&d.s.tenant))) != OK ||
		    db_query_(&tx, &r, inv->bad_sql,
			DB_VALS_(DB_ID(&d.s.tenant))) != OK)
			bail("%s", plants[i].name);
		seen = rows_next(&r);
		ok(rows_done(&r) == OK && seen, "a fault of %s is seen",
		    plants[i].name);
		tx_rollback(&tx);
	}
	db_close(&t->db);
	t->db = app;
}

int
main(void)
{
	testdb_each(test_open);
	testdb_each(test_refused);
	testdb_each(test_behalf);
	testdb_each(test_talk);
	testdb_each(test_seen);
	testdb_each(test_long);
	testdb_each(test_pace);
	testdb_each(test_mail);
	testdb_each(test_mail_race);
	testdb_each(test_states);
	testdb_each(test_sorting);
	testdb_each(test_merged);
	testdb_each(test_invariants);
	return tap_done();
}
