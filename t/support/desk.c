/* desk.c - a shop that answers tickets, for the tests of support/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "desk.h"

#include "base/clock.h"
#include "base/fact.h"
#include "identity/user.h"
#include "mail/mail.h"
#include "tap.h"
#include "testbox.h"

static struct desk *listening;

static enum err
hear(enum fact f, const struct id *subject)
{
	if (listening) {
		listening->told[f]++;
		listening->subject[f] = *subject;
	}
	return OK;
}

static enum err
hear_opened(struct tx *tx, const struct id *subject)
{
	(void)tx;
	return hear(FACT_TICKET_OPENED, subject);
}

static enum err
hear_replied(struct tx *tx, const struct id *subject)
{
	(void)tx;
	return hear(FACT_TICKET_REPLIED, subject);
}

static enum err
hear_closed(struct tx *tx, const struct id *subject)
{
	(void)tx;
	return hear(FACT_TICKET_CLOSED, subject);
}

const struct fact_hearer fact_hearers[] = {
    {FACT_TICKET_OPENED, hear_opened},
    {FACT_TICKET_REPLIED, hear_replied},
    {FACT_TICKET_CLOSED, hear_closed},
    {.hear = NULL},
};

void
desk_forget(struct desk *d)
{
	memset(d->told, 0, sizeof(d->told));
	memset(d->subject, 0, sizeof(d->subject));
}

static enum err
add_user(struct tx *tx, void *arg)
{
	const struct {
		struct user_new n;
		struct id *out;
	} *a = arg;
	struct user u;
	enum err e = user_add(tx, &a->n, &u);

	if (e == OK)
		*a->out = u.id;
	return e;
}

static void
add_person(struct desk *d, const char *email, const char *name,
    const char *role, struct id *out)
{
	struct {
		struct user_new n;
		struct id *out;
	} a = {{.email = email, .name = name, .role = role}, out};

	if (shop_run(&d->s, add_user, &a) != OK)
		bail("%s", email);
}

static void
add_customer(struct desk *d, int i, const char *email, const char *domain)
{
	struct order_taken taken;
	const char *body = shop_body(&d->s, email, email, SHOP_ITEMS, domain);

	if (shop_take(&d->s, body, NULL, &taken) != OK)
		bail("order of %s", email);
	d->customer[i] = id_of(shop_text(&d->s,
	    "SELECT id FROM customers WHERE tenant_id = $1 AND email = $2",
	    DB_TEXT(email)));
	d->service[i] = id_of(shop_text(&d->s,
	    "SELECT id FROM subscriptions WHERE tenant_id = $1 "
	    "AND customer_id = $2 ORDER BY id LIMIT 1",
	    DB_ID(&d->customer[i])));
	add_person(d, email, i == 0 ? "Ada" : "Bea", "customer", &d->person[i]);
}

void
desk_open(struct desk *d, struct testdb *t)
{
	*d = (struct desk){.department = id_new(clock_now_ms())};
	mail_use_box(test_box());
	shop_open(&d->s, t, "acme");
	add_customer(d, 0, "ada@a.test", "a.test");
	add_customer(d, 1, "bea@b.test", "b.test");
	add_person(d, "sam@acme.test", "Sam", "support", &d->agent);
	add_person(d, "eve@e.test", "Eve", "customer", &d->outsider);
	if (shop_exec(&d->s,
		"INSERT INTO departments (tenant_id, id, name, local_part, "
		"created_at, updated_at) "
		"VALUES ($1, $2, 'Technical', 'tech', 1, 1)",
		DB_ID(&d->department)) != OK)
		bail("a department");
	listening = d;
}

struct ticket_new
desk_question(const struct desk *d)
{
	return (struct ticket_new){
	    .customer = d->customer[0],
	    .contact = d->person[0],
	    .subject = "My site is slow",
	    .department = d->department,
	    .priority = TICKET_NORMAL,
	    .subscription = d->service[0],
	    .said = {.author = TICKET_BY_CUSTOMER,
		.via = TICKET_BY_WEB,
		.user = d->person[0],
		.text = "Since this morning.\r\nWhy?"},
	};
}

struct ticket_said
desk_answer(const struct desk *d, const char *text)
{
	return (struct ticket_said){
	    .author = TICKET_BY_STAFF,
	    .via = TICKET_BY_WEB,
	    .user = d->agent,
	    .text = text,
	};
}

/* ---- flows ---- */

struct errand {
	const struct ticket_new *n;
	const struct id *ticket;
	const struct ticket_said *said;
	struct ticket_done *out;
};

static enum err
ask(struct tx *tx, void *arg)
{
	const struct errand *a = arg;

	return ticket_open(tx, a->n, a->out);
}

static enum err
reply(struct tx *tx, void *arg)
{
	const struct errand *a = arg;

	return ticket_reply(tx, a->ticket, a->said, a->out);
}

static enum err
note_down(struct tx *tx, void *arg)
{
	const struct errand *a = arg;

	return ticket_note(tx, a->ticket, a->said, a->out);
}

enum err
desk_ask(struct desk *d, const struct ticket_new *n, struct ticket_done *out)
{
	struct errand a = {.n = n, .out = out};

	return shop_run(&d->s, ask, &a);
}

enum err
desk_reply(struct desk *d, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out)
{
	struct errand a = {.ticket = ticket, .said = said, .out = out};

	return shop_run(&d->s, reply, &a);
}

enum err
desk_note(struct desk *d, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out)
{
	struct errand a = {.ticket = ticket, .said = said, .out = out};

	return shop_run(&d->s, note_down, &a);
}

struct ticket
desk_ticket(struct desk *d, const struct id *ticket)
{
	struct ticket t;
	struct tx tx;

	testdb_begin(d->s.t, &tx, TX_READ, &d->s.tenant);
	if (ticket_get(&tx, ticket, &t) != OK)
		bail("no ticket %s", ticket->s);
	tx_rollback(&tx);
	return t;
}
