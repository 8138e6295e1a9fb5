/* mail_in.c - a mail that came in becomes part of a ticket.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/mail_in_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "mail/quoted.h"
#include "support/ticket_mails.h"
#include "tenancy/brand.h"

#define HOUR_S 3600

const char *const mail_in_words[] = {
    [MAIL_IN_TAKING] = "taking",
    [MAIL_IN_OPENED] = "opened",
    [MAIL_IN_REPLIED] = "replied",
    [MAIL_IN_NOTED] = "noted",
    [MAIL_IN_DROPPED] = "dropped",
};

/* ---- too much at once ---- */

static enum err
check_rate(struct mail_in_taking *t)
{
	int64_t n, most = setting_int(t->settings, "mail_in_per_hour");
	enum err e = db_int(t->tx, 0, &n,
	    "SELECT count(*) FROM incoming_mails WHERE tenant_id = $1 "
	    "AND sender = $2 AND created_at > $3",
	    DB_ID(&t->tx->tenant), DB_TEXT(t->who.from),
	    DB_INT(t->tx->now - HOUR_S));

	return e == OK && n >= most ? E_LIMIT : e;
}

/* ---- what can become of it ---- */

static enum err
end(struct mail_in_taking *t, enum mail_in_outcome outcome, const char *reason,
    const struct ticket_done *where)
{
	struct tx *tx = t->tx;

	t->done.outcome = outcome;
	t->done.reason = reason;
	if (where) {
		t->done.ticket = where->ticket;
		t->done.message = where->message;
	}
	return db_exec(tx,
	    "UPDATE incoming_mails SET outcome = $3, reason = $4, "
	    "ticket_id = $5, message_id = $6, updated_at = $7 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->row), DB_TEXT(mail_in_words[outcome]),
	    DB_TEXT(reason), DB_ID(&t->done.ticket), DB_ID(&t->done.message),
	    DB_INT(tx->now));
}

static enum err
drop(struct mail_in_taking *t, const char *reason)
{
	return end(t, MAIL_IN_DROPPED, reason, NULL);
}

/* At most so many characters. */
static const char *
cut(struct arena *a, const char *text, size_t chars)
{
	size_t n = 0, step;

	for (; text[n] && chars > 0; n += step, chars--)
		step = utf8_step(text + n, strnlen(text + n, 4), NULL);
	return arena_strndup(a, text, n);
}

/* The mail's words; whoever says them. */
static struct ticket_said
said_by(struct mail_in_taking *t, enum ticket_author author)
{
	struct arena *a = t->tx->arena;
	const char *fresh = t->text.fresh;

	if (fresh[0] == '\0')
		fresh = t->m->n_files > 0 || t->m->left
			    ? "(No text.)"
			    : "(The mail was empty.)";
	return (struct ticket_said){
	    .author = author,
	    .via = TICKET_BY_MAIL,
	    .user = t->who.user,
	    .name = t->who.name,
	    .email = t->who.from,
	    .text = cut(a, fresh, TICKET_TEXT_MAX),
	    .quoted = cut(a, t->text.old, TICKET_TEXT_MAX),
	    .mail_id = t->mail_id,
	    .file = t->m->files,
	    .n_files = t->m->n_files,
	};
}

/* A line of the program's own. */
static struct ticket_said
line(const char *text)
{
	return (struct ticket_said){
	    .author = TICKET_BY_SYSTEM,
	    .via = TICKET_BY_MAIL,
	    .name = "",
	    .email = "",
	    .text = text,
	};
}

static enum err
add_line(struct mail_in_taking *t, const struct id *ticket, bool is_note,
    const char *text)
{
	struct ticket_said said = line(text);
	struct ticket_done ignored;

	if (!text)
		return E_BUSY;
	return is_note ? ticket_note(t->tx, ticket, &said, &ignored)
		       : ticket_reply(t->tx, ticket, &said, &ignored);
}

/* Files that were not kept are named where the others stand. */
static enum err
name_left(struct mail_in_taking *t, const struct id *ticket, bool is_note)
{
	if (!t->m->left)
		return OK;
	return add_line(t, ticket, is_note,
	    arena_printf(t->tx->arena,
		"Too many or too large, and not kept: %s.", t->m->left));
}

/* For staff alone, with why. */
static enum err
note(struct mail_in_taking *t, const char *reason, bool tells)
{
	struct ticket_said said = said_by(t, TICKET_BY_SYSTEM);
	struct ticket_done done;
	enum err e;

	said.user = (struct id){""};
	said.text = arena_printf(t->tx->arena, "%s\n\n%s", reason, said.text);
	if (!said.text)
		return E_BUSY;
	said.text = cut(t->tx->arena, said.text, TICKET_TEXT_MAX);
	e = ticket_note(t->tx, &t->who.ticket.id, &said, &done);
	if (e == OK)
		e = name_left(t, &done.ticket, true);
	if (e == OK && tells)
		e = ticket_mail_staff(t->tx, &t->who.ticket, &done.message);
	return e == OK ? end(t, MAIL_IN_NOTED, reason, &done) : e;
}

/* ---- people who have proven who they are ---- */

/* The audit log says who it was. */
static void
act_as(struct mail_in_taking *t, struct actor *a)
{
	if (!id_is_set(&t->who.user))
		return;
	*a = (struct actor){
	    .kind = ACTOR_USER,
	    .tenant = t->tx->tenant,
	    .id = t->who.user,
	};
	strncpy(a->name, t->who.from, sizeof(a->name) - 1);
	t->tx->actor = a;
}

/* What staff quote is a mail of ours to them, and not for customers. */
static enum err
keep_quote(struct mail_in_taking *t, const struct id *ticket)
{
	const char *quote = t->text.old;

	if (quote[0] == '\0' || strstr(quote, quoted_marker("en")) ||
	    strstr(quote, quoted_marker("de")))
		return OK;
	return add_line(t, ticket, true,
	    arena_printf(t->tx->arena, "Below the answer by mail stood:\n\n%s",
		cut(t->tx->arena, quote, TICKET_TEXT_MAX - 100)));
}

static enum err
reply(struct mail_in_taking *t)
{
	bool by_staff = t->who.as == MAIL_IN_STAFF;
	struct ticket_said said =
	    said_by(t, by_staff ? TICKET_BY_STAFF : TICKET_BY_CUSTOMER);
	const struct actor *was = t->tx->actor;
	struct ticket_done done;
	struct actor person;
	enum err e;

	if (by_staff)
		said.quoted = NULL;
	act_as(t, &person);
	e = ticket_reply(t->tx, &t->who.ticket.id, &said, &done);
	t->tx->actor = was;
	if (e == OK)
		e = name_left(t, &done.ticket, false);
	if (e == OK && by_staff)
		e = keep_quote(t, &done.ticket);
	return e == OK ? end(t, MAIL_IN_REPLIED, "", &done) : e;
}

/* ---- everybody else ---- */

static enum err
remark(struct mail_in_taking *t, const struct mail_in_owner *o,
    const struct id *ticket)
{
	const char *text = NULL;

	if (t->who.to.code[0] != '\0')
		text = arena_printf(t->tx->arena,
		    "It was sent to the address of answers to %s, but its code "
		    "is none that this sender ever got from us.",
		    t->who.to.word);
	else if (o->is_staff)
		text = "Its sender's address is one of staff. A sender can be "
		       "made up: as staff one answers by the address that a "
		       "mail about a ticket came with.";
	return text ? add_line(t, ticket, true, text) : OK;
}

static enum err
open(struct mail_in_taking *t)
{
	struct mail_in_owner o;
	struct ticket_done done;
	struct ticket_new n;
	enum err e = mail_in_find_owner(t->tx, t->who.from, &o);

	if (e != OK)
		return e;
	n = (struct ticket_new){
	    .customer = o.customer,
	    .contact = o.contact,
	    .contact_name = t->mail->from_name,
	    .contact_email = t->who.from,
	    .subject =
		t->mail->subject[0] != '\0' ? t->mail->subject : "(no subject)",
	    .priority = TICKET_NORMAL,
	    .said = said_by(t, TICKET_BY_CUSTOMER),
	};
	/* the address alone proves nothing: it is a text, not the person */
	n.said.user = (struct id){""};
	e = mail_in_find_department(t->tx, &t->who.to, &n.department);
	if (e == OK)
		e = ticket_open(t->tx, &n, &done);
	if (e == OK)
		e = name_left(t, &done.ticket, false);
	if (e == OK)
		e = remark(t, &o, &done.ticket);
	return e == OK ? end(t, MAIL_IN_OPENED, "", &done) : e;
}

/* ---- machines ---- */

static const char *
report_text(struct mail_in_taking *t)
{
	const struct incoming *in = t->mail;

	return arena_printf(t->tx->arena,
	    "A mail to %s could not be delivered: %s%s%s",
	    in->report_to[0] != '\0' ? in->report_to : "the recipient",
	    in->report_status, in->report_status[0] != '\0' ? " " : "",
	    in->report_why);
}

static enum err
take_machine(struct mail_in_taking *t)
{
	const char *text;

	if (t->mail->signs & INCOMING_REPORT) {
		text = report_text(t);
		return !text ? E_BUSY
		       : t->who.has_ticket
			   ? note(t, text, true)
			   : drop(t, "a report about no mail of ours");
	}
	if (t->who.has_ticket)
		return note(t, "A machine answered.", false);
	return drop(t, "the answer of a machine, to no ticket");
}

/* Does it come from an address of ours? */
static enum err
is_our_own(struct mail_in_taking *t, bool *out)
{
	struct brand b;
	enum err e = brand_get(t->tx, &b);

	*out = e == OK && (str_eq(t->mail->loop, t->tx->tenant.s) ||
			      str_eq_nocase(t->who.from, b.help_email) ||
			      str_eq_nocase(t->who.from, b.sender_email));
	return e;
}

/* An answer, and not merely written by itself: to nobody in particular these
 * say nothing. */
static bool
is_answer(const struct mail_in_taking *t)
{
	unsigned signs = t->mail->signs;
	bool is_null = t->m->sender[0] == '\0' ||
		       str_eq_nocase(t->m->sender, "<>") ||
		       str_eq_nocase(t->m->sender, "mailer-daemon");

	return is_null || (signs & (INCOMING_REPORT | INCOMING_AUTO_REPLY)) ||
	       ((signs & INCOMING_AUTO) && t->who.has_ticket);
}

/* ---- the whole ---- */

static enum err
decide(struct mail_in_taking *t)
{
	bool ours;
	enum err e = is_our_own(t, &ours);

	if (e != OK)
		return e;
	if (ours)
		return drop(t, "a mail of our own");
	if (is_answer(t))
		return take_machine(t);
	switch (t->who.as) {
	case MAIL_IN_STAFF:
	case MAIL_IN_CUSTOMER:
		return reply(t);
	case MAIL_IN_OTHER:
		return note(t,
		    arena_printf(t->tx->arena,
			"Not verified: %s answered a mail that went to "
			"somebody else. Nobody but staff sees this.",
			t->who.from),
		    true);
	case MAIL_IN_STRANGER:
		break;
	}
	return open(t);
}

static enum err
prepare(struct mail_in_taking *t)
{
	enum err e = mail_in_find(t->tx, t->m, &t->who);

	if (e != OK)
		return e;
	t->hash = mail_in_hash(t->tx->arena, t->mail);
	quoted_split(t->tx->arena, t->mail->text, &t->text);
	if (!t->hash || !t->text.fresh || !t->text.old)
		return E_BUSY;
	t->is_quiet = t->mail->signs != 0;
	/* nobody to answer, and no machine that wants none */
	if (t->who.from[0] == '\0' && !is_answer(t))
		return E_INPUT;
	return OK;
}

enum err
mail_in_take(struct tx *tx, const struct settings *s, const struct mail_in *m,
    struct mail_in_done *out)
{
	struct mail_in_taking *t = ARENA_NEW(tx->arena, struct mail_in_taking);
	bool is_mine = false;
	enum err e;

	if (!t)
		return E_BUSY;
	*t = (struct mail_in_taking){
	    .tx = tx, .settings = s, .m = m, .mail = m->mail};
	t->done.reason = "";
	if ((e = prepare(t)) != OK)
		return e;
	if ((e = check_rate(t)) != OK || (e = mail_in_claim(t, &is_mine)) != OK)
		return e;
	if (is_mine)
		e = decide(t);
	if (e == OK && is_mine)
		e = mail_in_forget(tx);
	if (e == OK)
		*out = t->done;
	return e;
}
