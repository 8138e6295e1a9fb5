/* order.c - tags, merged tickets, ratings and canned replies.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "desk.h"
#include "support/desk.h"
#include "support/invariants.h"
#include "tap.h"

/* One call of a flow. */
struct call {
	struct id ticket, into, canned;
	int64_t version, rating;
	const char *text;
	const char *out; /* in the test's arena */
	struct ticket_satisfaction mean;
	struct arena *arena;
};

static struct ticket
ask_as(struct desk *d, int who, const char *text)
{
	struct ticket_new n = desk_question(d);
	struct ticket_done done;

	n.customer = d->customer[who];
	n.contact = n.said.user = d->person[who];
	n.subscription = d->service[who];
	n.said.text = text;
	if (desk_ask(d, &n, &done) != OK)
		bail("no question");
	return desk_ticket(d, &done.ticket);
}

static int64_t
n_messages(struct desk *d, const struct id *ticket)
{
	return shop_int(&d->s,
	    "SELECT count(*) FROM ticket_messages "
	    "WHERE tenant_id = $1 AND ticket_id = $2",
	    DB_ID(ticket));
}

/* ---- tags ---- */

static enum err
set_tags(struct tx *tx, void *arg)
{
	struct call *c = arg;
	const char *const *list;
	const char *all = "";
	size_t n;
	enum err e = ticket_tags_split(tx->arena, c->text, &list, &n);

	if (e == OK)
		e = ticket_set_tags(tx, &c->ticket, c->version, list, n);

	if (e == OK)
		e = ticket_tags(tx, &c->ticket, &list, &n);
	for (size_t i = 0; e == OK && i < n; i++)
		all = arena_printf(c->arena, "%s[%s]", all, list[i]);
	c->out = all;
	return e;
}

static void
test_tags(struct testdb *t)
{
	struct desk d;
	struct call c = {.arena = t->arena};
	struct ticket one;

	desk_open(&d, t);
	one = ask_as(&d, 0, "Why?");
	c.ticket = one.id;
	c.version = one.version;
	c.text = " VIP, mail ,,vip, dns";
	is_int(shop_run(&d.s, set_tags, &c), OK, "tags are set");
	is_str(c.out, "[dns][mail][vip]", "once each, in small letters");
	is_int(shop_run(&d.s, set_tags, &c), E_CONFLICT,
	    "who has seen an older ticket is told so");
	c.version = 0;
	c.text = "mail, late";
	is_int(shop_run(&d.s, set_tags, &c), OK, "others instead");
	is_str(c.out, "[late][mail]", "are all there are");
	is_int(shop_run(&d.s, set_tags, &c), OK, "the same again");
	is_int(shop_int(&d.s, "SELECT count(*) FROM audit_logs "
			      "WHERE tenant_id = $1 "
			      "AND action = 'ticket.tags'"),
	    2, "notes nothing");
	c.text = "1,2,3,4,5,6,7,8,9,10,11";
	is_int(shop_run(&d.s, set_tags, &c), E_INPUT, "eleven are too many");
	is_str(shop_code(&d.s), "too_many", "by name");
	c.text = "a tag that is longer than thirty characters";
	is_int(shop_run(&d.s, set_tags, &c), E_INPUT, "and this too long");
	is_str(shop_code(&d.s), "too_long", "by name");
	c.text = "a\nb";
	is_int(shop_run(&d.s, set_tags, &c), E_INPUT, "no line ends");
	c.text = "";
	is_int(shop_run(&d.s, set_tags, &c), OK, "none");
	is_str(c.out, "", "are none");
}

/* ---- merging ---- */

static enum err
merge(struct tx *tx, void *arg)
{
	const struct call *c = arg;

	return ticket_merge(tx, &c->ticket, &c->into, c->version);
}

static void
test_merge(struct testdb *t)
{
	struct desk d;
	struct call c = {.arena = t->arena, .text = "dns, new"};
	struct ticket one, two, other;
	struct ticket_said said;
	struct ticket_done done;

	desk_open(&d, t);
	one = ask_as(&d, 0, "It is slow.");
	two = ask_as(&d, 0, "It is still slow.");
	other = ask_as(&d, 1, "Mine is slow, too.");
	c.ticket = two.id;
	if (shop_run(&d.s, set_tags, &c) != OK)
		bail("no tags");
	said = desk_answer(&d, "Since when?");
	if (desk_reply(&d, &one.id, &said, &done) != OK)
		bail("no answer");
	c.into = other.id;
	is_int(shop_run(&d.s, merge, &c), E_CONFLICT,
	    "nobody reads what another customer says");
	c.into = two.id;
	is_int(shop_run(&d.s, merge, &c), E_INPUT, "nor is one its own");
	c.into = d.customer[0];
	is_int(shop_run(&d.s, merge, &c), E_NOTFOUND, "nor what is none");
	c.into = one.id;
	is_int(shop_run(&d.s, merge, &c), OK, "two of one customer are");
	is_int(n_messages(&d, &two.id), 0, "all goes over");
	is_int(n_messages(&d, &one.id), 4, "with a line that says so");
	two = desk_ticket(&d, &two.id);
	is_str(two.merged_into.s, one.id.s, "the first leads there");
	is_int(two.status, TICKET_CLOSED, "and is closed");
	is_int(two.next_due, 0, "without a clock");
	one = desk_ticket(&d, &one.id);
	is_int(one.status, TICKET_OPEN, "the customer still waits");
	is_str(shop_text(&d.s,
		   "SELECT min(tag) FROM ticket_tags "
		   "WHERE tenant_id = $1 AND ticket_id = $2",
		   DB_ID(&one.id)),
	    "dns", "tags come along");
	is_int(shop_run(&d.s, merge, &c), E_CONFLICT, "it happens once");
	c = (struct call){.ticket = one.id, .into = two.id};
	is_int(shop_run(&d.s, merge, &c), E_CONFLICT, "and in no circle");
	said = desk_question(&d).said;
	is_int(desk_reply(&d, &two.id, &said, &done), OK,
	    "who answers to the old one");
	is_str(done.ticket.s, one.id.s, "answers to the other");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

static void
test_strangers(struct testdb *t)
{
	struct desk d;
	struct ticket_new n;
	struct ticket_done done[3];
	struct ticket mine;
	struct call c = {.version = 0};

	desk_open(&d, t);
	mine = ask_as(&d, 0, "It is slow.");
	n = desk_question(&d);
	n.customer = n.contact = n.subscription = n.said.user = (struct id){""};
	for (int i = 0; i < 3; i++) {
		n.contact_email = i == 2 ? "z@z.test" : "ada@home.test";
		n.said.name = n.said.email = n.contact_email;
		if (desk_ask(&d, &n, &done[i]) != OK)
			bail("no stranger");
	}
	c.ticket = mine.id;
	c.into = done[0].ticket;
	is_int(shop_run(&d.s, merge, &c), E_CONFLICT,
	    "what a customer says goes to no stranger");
	c.ticket = done[2].ticket;
	is_int(shop_run(&d.s, merge, &c), E_CONFLICT,
	    "nor what one stranger says to another");
	c.ticket = done[1].ticket;
	is_int(shop_run(&d.s, merge, &c), OK, "but to the same");
	c = (struct call){.ticket = done[0].ticket, .into = mine.id};
	is_int(shop_run(&d.s, merge, &c), OK,
	    "and staff may know that a stranger is the customer");
	is_int(n_messages(&d, &mine.id), 5, "then all is in one");
	ok(shop_is_sound(&d.s), "all invariants hold");
}

/* ---- satisfaction ---- */

static enum err
close_it(struct tx *tx, void *arg)
{
	const struct call *c = arg;

	return ticket_close(tx, &c->ticket, 0);
}

static enum err
rate(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct ticket_rating kept;
	struct ticket now;
	enum err e = ticket_rate(tx, &c->ticket, c->rating, c->text);

	if (e == OK)
		e = ticket_get(tx, &c->ticket, &now);
	if (e == OK)
		e = ticket_rating_get(tx, &now, &kept);
	if (e == OK)
		c->out = arena_printf(
		    c->arena, "%d %s", (int)kept.rating, kept.words);
	return e == OK ? tickets_satisfaction(tx, 0, &c->mean) : e;
}

static void
test_rating(struct testdb *t)
{
	struct desk d;
	struct ticket one;
	struct ticket_said said;
	struct ticket_done done;
	struct call c = {.arena = t->arena, .rating = 4, .text = "Quick."};

	desk_open(&d, t);
	one = ask_as(&d, 0, "Why?");
	c.ticket = one.id;
	is_int(shop_run(&d.s, rate, &c), E_CONFLICT, "an open one is not");
	if (shop_run(&d.s, close_it, &c) != OK)
		bail("not closed");
	is_int(shop_run(&d.s, rate, &c), OK, "a closed one is rated");
	is_str(c.out, "4 Quick.", "as was said");
	c.rating = 5;
	c.text = "";
	is_int(shop_run(&d.s, rate, &c), OK, "who changes their mind");
	is_str(c.out, "5 ", "has changed it");
	is_int(c.mean.n, 1, "it counts once");
	c.rating = 6;
	is_int(shop_run(&d.s, rate, &c), E_INPUT, "there is no six");
	c.rating = 0;
	is_int(shop_run(&d.s, rate, &c), E_INPUT, "nor nothing");
	said = desk_question(&d).said;
	if (desk_reply(&d, &one.id, &said, &done) != OK ||
	    shop_run(&d.s, close_it, &c) != OK)
		bail("not closed again");
	c.rating = 2;
	is_int(shop_run(&d.s, rate, &c), OK, "each closing is asked about");
	is_int(c.mean.n, 2, "and counts");
	is_int(c.mean.tenths, 35, "with the mean of both");
}

/* ---- canned replies ---- */

static enum err
fill(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct ticket now;
	const char *text = NULL;
	enum err e = ticket_get(tx, &c->ticket, &now);

	if (e == OK)
		e = canned_reply_fill(tx, &c->canned, &now, &text);
	if (e == OK)
		c->out = arena_strdup(c->arena, text);
	return e;
}

static struct id
add_canned(struct desk *d, const char *text)
{
	struct id id = id_new(clock_now_ms());

	if (shop_exec(&d->s,
		"INSERT INTO canned_replies (tenant_id, id, title, text, "
		"created_at, updated_at) VALUES ($1, $2, 'Hello', $3, 1, 1)",
		DB_ID(&id), DB_TEXT(text)) != OK)
		bail("no canned reply");
	return id;
}

static void
test_canned(struct testdb *t)
{
	struct desk d;
	struct call c = {.arena = t->arena};

	desk_open(&d, t);
	c.ticket = ask_as(&d, 0, "Why?").id;
	c.canned = add_canned(&d, "Hello {{name}}, about {{subject}} "
				  "({{number}}, {{service}}): {x} {{no}} {{");
	is_int(shop_run(&d.s, fill, &c), OK, "a canned reply is filled in");
	is_str(c.out,
	    "Hello Ada, about My site is slow "
	    "(TKT-2026-000001, a.test): {x} {{no}} {{",
	    "what it knows, and nothing else");
	c.canned = d.department;
	is_int(shop_run(&d.s, fill, &c), E_NOTFOUND, "there is no other");
}

int
main(void)
{
	testdb_each(test_tags);
	testdb_each(test_merge);
	testdb_each(test_strangers);
	testdb_each(test_rating);
	testdb_each(test_canned);
	return tap_done();
}
