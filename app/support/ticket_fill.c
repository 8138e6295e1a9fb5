/* ticket_fill.c - what mails about tickets say, and where answers to them go.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_mails.h"

#include <string.h>

#include "base/text.h"
#include "mail/message.h"
#include "mail/quoted.h"
#include "mail/reply_address.h"
#include "support/ticket_people.h"

/* More than a mail needs; the rest is in the panel. */
#define TEXT_SHOWN 20000 /* characters */

/* ---- where answers go ---- */

/* The department's own address, or the help desk's. */
static enum err
base_address(
    struct tx *tx, const struct ticket *t, const char *help, const char **out)
{
	const char *local = NULL;
	enum err e = OK;

	if (id_is_set(&t->department))
		e = db_text(tx, &local,
		    "SELECT local_part FROM departments "
		    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(&t->department));
	if (e != OK)
		return e;
	*out = local
		   ? arena_printf(tx->arena, "%s%s", local, strrchr(help, '@'))
		   : help;
	return *out ? OK : E_BUSY;
}

static enum err
put_address(struct tx *tx, const struct ticket *t, const char *as,
    const char *lang, struct view *v)
{
	const char *help = view_get(v, "helpEmail"), *base, *back;
	const struct reply_code code = {
	    .about = t->mail_key,
	    .as = as,
	    .person = view_get(v, "recipient"),
	};
	enum err e = OK;

	if (!help || !code.person)
		return OK;
	e = base_address(tx, t, help, &base);
	if (e == OK)
		e = reply_address_make(tx, base, t->number, &code, &back);
	if (e != OK)
		return e;
	/* a department's may be too long to be one */
	if (!email_valid(back)) {
		e = reply_address_make(tx, help, t->number, &code, &back);
		if (e != OK)
			return e;
	}
	view_text(v, "letterReplyTo", back);
	view_textf(v, "replyAbove", "-- %s --", quoted_marker(lang));
	return OK;
}

/* The mail of theirs that was the last, so that it stands below it. */
static enum err
put_thread(struct tx *tx, const struct ticket *t, struct view *v)
{
	const char *help = view_get(v, "helpEmail"), *last = NULL;
	const char *domain = help ? strrchr(help, '@') + 1 : "mpanel.invalid";
	enum err e = db_text(tx, &last,
	    "SELECT mail_id FROM ticket_messages WHERE tenant_id = $1 "
	    "AND ticket_id = $2 AND is_note = 0 AND author = 'customer' "
	    "AND mail_id IS NOT NULL ORDER BY id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(&t->id));
	const char *root =
	    arena_printf(tx->arena, "ticket-%s@%s", t->id.s, domain);

	if (e != OK)
		return e;
	if (!root || !message_id_valid(root))
		root = arena_printf(
		    tx->arena, "ticket-%s@mpanel.invalid", t->id.s);
	view_text(v, "letterRoot", root);
	if (last && message_id_valid(last))
		view_text(v, "letterAnswers", last);
	view_text(v, "letterLoop", tx->tenant.s);
	return OK;
}

/* ---- what it says ---- */

static void
put_text(struct view *v, const char *text)
{
	struct view *lines = view_list(v, "lines");
	size_t n = 0, chars = 0, step;

	for (; text[n] && chars < TEXT_SHOWN; n += step, chars++)
		step = utf8_step(text + n, strnlen(text + n, 4), NULL);
	view_textf(v, "text", "%.*s", (int)n, text);
	view_flag(v, "isCut", text[n] != '\0');
	for (size_t at = 0; at < n;) {
		size_t len = strcspn(text + at, "\n");

		len = len < n - at ? len : n - at;
		view_textf(
		    view_item(lines), "line", "%.*s", (int)len, text + at);
		at += len + 1;
	}
}

static enum err
put_files(struct tx *tx, const struct ticket_message *m, struct view *v)
{
	const struct ticket_attached *files;
	struct view *list;
	size_t n;
	enum err e =
	    ticket_attachments(tx, &m->ticket, &m->id, &m->id, &files, &n);

	if (e != OK || n == 0)
		return e;
	list = view_list(view_object(v, "files"), "items");
	for (size_t i = 0; i < n; i++)
		mail_put_line(view_item(list), "file", files[i].name);
	return OK;
}

static void
put_ticket(const struct ticket *t, struct view *v)
{
	view_text(v, "number", t->number);
	mail_put_line(v, "about", t->subject);
}

/* Customers have the portal, strangers only mail. */
static void
put_path(const struct ticket *t, struct view *v)
{
	if (id_is_set(&t->customer))
		view_textf(v, "path", TICKET_PORTAL_PATH "/%s", t->id.s);
}

enum err
ticket_mail_fill(
    struct tx *tx, const struct id *ticket, const char *lang, struct view *v)
{
	struct ticket t;
	enum err e = ticket_get(tx, ticket, &t);

	if (e != OK)
		return e;
	put_ticket(&t, v);
	put_path(&t, v);
	e = put_address(tx, &t, TICKET_AS_CUSTOMER, lang, v);
	return e == OK ? put_thread(tx, &t, v) : e;
}

enum err
ticket_answer_fill(
    struct tx *tx, const struct id *message, const char *lang, struct view *v)
{
	struct ticket_message m;
	enum err e = ticket_message_get(tx, message, &m);

	if (e == OK && m.is_note)
		return E_NOTFOUND;
	if (e == OK)
		e = ticket_mail_fill(tx, &m.ticket, lang, v);
	if (e != OK)
		return e;
	mail_put_line(v, "by", m.name);
	put_text(v, m.text);
	view_text(v, "letterByPerson", "yes");
	return put_files(tx, &m, v);
}

/* ---- to staff ---- */

enum err
ticket_asked_fill(
    struct tx *tx, const struct id *message, const char *lang, struct view *v)
{
	struct ticket_message m;
	struct ticket t;
	enum err e = ticket_message_get(tx, message, &m);

	if (e == OK)
		e = ticket_get(tx, &m.ticket, &t);
	if (e != OK)
		return e;
	put_ticket(&t, v);
	view_textf(v, "path", TICKET_STAFF_PATH "/%s", t.id.s);
	view_flag(v, "isUnverified", m.is_note);
	mail_put_line(v, "by",
	    arena_printf(tx->arena, "%s%s%s%s", m.name,
		m.name[0] != '\0' && m.email[0] != '\0' ? " <" : "", m.email,
		m.name[0] != '\0' && m.email[0] != '\0' ? ">" : ""));
	/* what is a note stays in the panel */
	put_text(v, m.is_note ? "" : m.text);
	e = put_address(tx, &t, TICKET_AS_STAFF, lang, v);
	if (e == OK)
		e = put_thread(tx, &t, v);
	return e == OK && !m.is_note ? put_files(tx, &m, v) : e;
}

enum err
ticket_alert_fill(
    struct tx *tx, const struct id *message, const char *lang, struct view *v)
{
	struct ticket_message m;
	struct ticket t;
	enum err e = ticket_message_get(tx, message, &m);

	(void)lang;
	if (e == OK)
		e = ticket_get(tx, &m.ticket, &t);
	if (e != OK)
		return e;
	if (t.status == TICKET_CLOSED && !m.is_note)
		return E_NOTFOUND; /* dealt with meanwhile */
	mail_put_line(v, "text",
	    arena_printf(tx->arena,
		m.is_note ? "Ticket %s has a mail of somebody who is not known "
			    "in it: %s"
			  : "Ticket %s waits for an answer: %s",
		t.number, t.subject));
	view_textf(v, "path", TICKET_STAFF_PATH "/%s", t.id.s);
	return OK;
}
