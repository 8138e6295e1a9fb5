/* mail_compose.c - from a row of the outbox to a letter.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_compose.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "mail/mail_alert.h"
#include "mail/mail_fill.h"
#include "mail/message.h"

#define LETTER_MAX ((size_t)1024 * 1024)

/* What is found out on the way. */
struct composing {
	struct tx *tx;
	const struct settings *settings;
	const struct mail_row *row;
	const struct mail_kind *kind;
	struct brand brand;
	struct mail_words words;
	const char *lang, *url;
	struct view *view;
	struct mail_draft draft;
	const char **complaint;
};

enum err
mail_row_get(struct tx *tx, const struct id *id, struct mail_row *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT o.dedupe_key, o.recipient, o.template, o.payload, "
	    "o.status, o.created_at, q.created_at FROM outbox o "
	    "LEFT JOIN queue q ON q.tenant_id = o.tenant_id "
	    "AND q.kind = o.kind AND q.ref_id = o.id "
	    "WHERE o.tenant_id = $1 AND o.id = $2 AND o.kind = 'mail'",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct mail_row){
	    .id = *id,
	    .once = row_strdup(&r, 0),
	    .to = row_strdup(&r, 1),
	    .template = row_strdup(&r, 2),
	    .payload = row_strdup(&r, 3),
	    .status = row_strdup(&r, 4),
	    .created_at = row_int(&r, 5),
	    .queued_at = row_int(&r, 6),
	};
	return rows_done(&r);
}

static enum err
lacks(struct composing *c, const char *what)
{
	*c->complaint = what;
	return E_BUSY;
}

static enum err
find_out(struct composing *c)
{
	enum err e = brand_get(c->tx, &c->brand);

	c->kind = mail_kind_find(c->row->template);
	if (e == OK && !c->kind) {
		*c->complaint = "There is no such kind of mail.";
		return E_INPUT;
	}
	if (e == OK)
		e = mail_words_read(c->tx->arena, &c->tx->tenant, c->row->once,
		    c->row->payload, &c->words);
	if (e == E_DENIED || e == E_SYS)
		*c->complaint =
		    "What is sealed in it cannot be opened with this key file.";
	if (e != OK)
		return e;
	c->lang = mail_lang(c->words.lang ? c->words.lang : c->brand.language);
	c->url = brand_url(c->tx->arena, &c->brand, c->settings);
	if (c->words.link && !c->url)
		return lacks(c, "It has a link, and nobody said what the "
				"panel's address is (setting base_url).");
	if ((c->kind->needs & NEEDS_LINK && !c->words.link) ||
	    (c->kind->needs & NEEDS_CODE && !c->words.code)) {
		*c->complaint = "Its link or code has been forgotten.";
		return E_INPUT;
	}
	return OK;
}

/* The filler's part, when the template has one. */
static enum err
fill(struct composing *c)
{
	enum err e;

	c->view =
	    mail_view(c->tx->arena, &c->brand, c->url, &c->words, c->lang);
	if ((e = mail_put_support(c->tx, c->view)) != OK)
		return e;
	view_text(c->view, "recipient", c->row->to);
	if (brand_takes_mail(&c->brand, c->settings))
		view_text(c->view, "helpEmail", c->brand.help_email);
	if (str_eq(c->kind->name, MAIL_STAFF_ALERTS))
		return mail_alerts_fill(
		    c->tx, c->row->payload, c->lang, c->view);
	return mail_fill(c->tx, c->kind, c->row->payload, c->lang, c->view);
}

static enum err
render(struct composing *c)
{
	struct templates *ts = mail_templates(c->settings);
	struct buf complaint;
	enum err e;

	if (!ts)
		return E_SYS;
	buf_init(&complaint, 0);
	e = mail_render(
	    c->tx->arena, ts, c->kind, c->lang, c->view, &c->draft, &complaint);
	if (e != OK && complaint.len > 0)
		*c->complaint = arena_strdup(c->tx->arena, buf_str(&complaint));
	buf_fini(&complaint);
	return e;
}

/* ---- who writes to whom ---- */

static const char *
domain_of(const char *address)
{
	return strrchr(address, '@') + 1;
}

/* The name of the panel's address, if it is one. */
static const char *
helo_of(const struct composing *c, const char *from)
{
	const char *s = c->url ? strstr(c->url, "://") : NULL;
	const char *host =
	    s ? arena_strndup(c->tx->arena, s + 3, strcspn(s + 3, ":/")) : NULL;

	return host && domain_valid(host) ? host : domain_of(from);
}

static enum err
write_letter(struct composing *c, struct mail_letter *out)
{
	const char *envelope = setting_text(c->settings, "mail_from");
	const char *sender = c->brand.sender_email;
	const char *name = c->brand.sender_name;
	const char *support = c->brand.support_email;
	const char *back = view_get(c->view, "letterReplyTo");
	struct message m;
	struct buf b;
	enum err e;

	if (sender[0] == '\0')
		sender = envelope;
	if (!email_valid(sender))
		return lacks(c, "Mails have no sender yet (setting mail_from, "
				"or Settings, Brand).");
	m = (struct message){
	    .from_name = name[0] != '\0' ? name : c->brand.name,
	    .from = sender,
	    .to_name = view_get(c->view, "name"),
	    .to = c->row->to,
	    .reply_to = back		       ? back
			: email_valid(support) ? support
					       : NULL,
	    .subject = c->draft.subject,
	    .id = c->row->id.s,
	    .host = domain_of(sender),
	    .root = view_get(c->view, "letterRoot"),
	    .answers = view_get(c->view, "letterAnswers"),
	    .loop = view_get(c->view, "letterLoop"),
	    .by_person = view_get(c->view, "letterByPerson") != NULL,
	    .lang = c->lang,
	    .date = c->tx->now,
	    .text = c->draft.text,
	    .html = c->draft.html,
	};
	buf_init(&b, LETTER_MAX);
	e = message_write(&b, &m);
	if (e != OK)
		*c->complaint = "It has text that cannot be in a letter.";
	out->from = back ? back : email_valid(envelope) ? envelope : sender;
	out->to = c->row->to;
	out->helo = helo_of(c, out->from);
	out->len = b.len;
	out->bytes = buf_move(c->tx->arena, &b);
	return e == OK && !out->bytes ? E_BUSY : e;
}

enum err
mail_compose(struct tx *tx, const struct settings *s,
    const struct mail_row *row, struct mail_letter *out,
    const char **complaint_out)
{
	struct composing c = {
	    .tx = tx, .settings = s, .row = row, .complaint = complaint_out};
	enum err e = find_out(&c);

	if (e == OK)
		e = fill(&c);
	if (e == OK)
		e = render(&c);
	return e == OK ? write_letter(&c, out) : e;
}
