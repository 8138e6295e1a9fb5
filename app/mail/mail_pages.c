/* mail_pages.c - what was sent, what waits, and why.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_api.h"

#include <inttypes.h>

#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "mail/mail_noun.h"
#include "mail/mail_pages.h"
#include "mail/mail_parts.h"
#include "mail/mail_verbs.h"
#include "mail/mail_work.h"

#define ATTEMPTS_MAX 200

static const char *
label_of(const char *template)
{
	const struct mail_kind *k = mail_kind_find(template);

	return k ? k->label : template;
}

static bool
may_resend(const char *status)
{
	return str_eq(status, "maybe_sent") || str_eq(status, "dead") ||
	       str_eq(status, "cancelled");
}

/* `done` is the outbox's word for it. */
static const char *
state_word(const char *status)
{
	return str_eq(status, "done") ? "sent" : status;
}

/* ---- the list ---- */

static void
put_row_verbs(struct request *rq, const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, M_STATUS);

	if (!request_may(rq, PERM_SETTINGS_WRITE))
		return;
	if (may_resend(status))
		put_post(row, "resend",
		    arena_printf(rq->arena, MAIL_LOG "/%s/resend", c->id));
	if (str_eq(status, "pending"))
		put_post(row, "cancel",
		    arena_printf(rq->arena, MAIL_LOG "/%s/cancel", c->id));
}

static void
put_answer(const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, M_STATUS);
	struct view *v;

	if (cell_is_null(c, M_ANSWER) || str_eq(status, "done"))
		return;
	v = view_object(row, "reason");
	view_text(v, "class", str_eq(status, "dead") ? "badc" : "warn");
	view_text(v, "text", cell_text(c, M_ANSWER));
}

static void
fill_mail(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *to = cell_text(c, M_RECIPIENT);

	view_text(row, "to", to[0] != '\0' ? to : "Staff, gathered");
	view_text(row, "what", label_of(cell_text(c, M_TEMPLATE)));
	put_badge(row, state_word(cell_text(c, M_STATUS)));
	view_text(row, "attempts", cell_text(c, M_ATTEMPTS));
	put_ago(row, "updated", cell_int(c, M_UPDATED), p->rq->now);
	put_answer(c, row);
	put_row_verbs(p->rq, c, row);
}

static const struct list_def mails_list = {
    .noun = &mails_noun,
    .path = MAIL_LOG,
    .file = "mails.csv",
    .find = "Address or answer",
    .column = (const struct list_column[]){{"created", "createdAt"}, {NULL}},
    .fill = fill_mail,
};

static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Waiting", "pending", true, false},
    {"Maybe sent", "maybe_sent", true, true},
    {"Given up", "dead", true, true},
    {"Sent", "done", false, false},
};

static void
put_head(struct request *rq, struct view *v)
{
	struct view *verbs = view_list(view_object(v, "head"), "verbs");

	verb_link(verbs, "Templates", MAIL_LOG "/templates", "mail", NULL);
	if (request_may(rq, PERM_SETTINGS_WRITE))
		verb_post(verbs, "Send me a test mail", MAIL_LOG "/test",
		    "mail", NULL);
}

static enum err
list_mails_page(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &mails_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Mail log"), MAIL_LOG);
	put_head(rq, v);
	view_flag(v, "unset", !mail_is_possible(rq->settings));
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	return e == OK ? list_page_reply(&p, v, "admin/mails") : e;
}

/* ---- one mail ---- */

static enum err
put_attempts(struct request *rq, const struct id *mail, struct view *root)
{
	struct view *rows = view_list(view_object(root, "attempts"), "rows");
	struct view *row;
	struct rows r;
	int64_t n = 0;
	enum err e = db_query(rq->tx, &r,
	    "SELECT created_at, updated_at, state, code, answer "
	    "FROM mail_attempts WHERE tenant_id = $1 AND outbox_id = $2 "
	    "ORDER BY id LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(mail), DB_INT(ATTEMPTS_MAX));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		row = view_item(rows);
		view_int(row, "number", ++n);
		put_moment(row, "started", row_int(&r, 0), rq->now);
		put_badge(row, row_text(&r, 2));
		view_textf(
		    row, "code", "%s", row_int(&r, 3) ? row_text(&r, 3) : "");
		view_text(row, "answer", row_text(&r, 4));
	}
	return rows_done(&r);
}

static void
put_mail_head(struct request *rq, const struct rows *r, const struct id *mail,
    struct view *root)
{
	const char *status = row_text(r, NOUN_FIELDS + M_STATUS);
	struct view *head = view_object(root, "head");
	struct view *verbs;

	crumb_add(head_crumbs(head), MAIL_LOG, say("Mail log"));
	put_badge(head, state_word(status));
	view_textf(head, "text", "To %s.%s%s",
	    row_text(r, NOUN_FIELDS + M_RECIPIENT)[0] != '\0'
		? row_text(r, NOUN_FIELDS + M_RECIPIENT)
		: "staff, together with other alerts",
	    row_is_null(r, NOUN_FIELDS + M_ANSWER) ? "" : " ",
	    row_is_null(r, NOUN_FIELDS + M_ANSWER)
		? ""
		: row_text(r, NOUN_FIELDS + M_ANSWER));
	if (!request_may(rq, PERM_SETTINGS_WRITE))
		return;
	verbs = view_list(head, "verbs");
	if (may_resend(status) || str_eq(status, "done"))
		verb_post(verbs, "Send again",
		    arena_printf(rq->arena, MAIL_LOG "/%s/resend", mail->s),
		    "retry", NULL);
	if (str_eq(status, "pending"))
		verb_post(verbs, "Stop it",
		    arena_printf(rq->arena, MAIL_LOG "/%s/cancel", mail->s),
		    "x", "bad");
}

static void
put_mail_facts(struct request *rq, const struct rows *r, const struct id *mail,
    struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(
	    facts, "Mail", label_of(row_text(r, NOUN_FIELDS + M_TEMPLATE)));
	fact_code(facts, "Template", row_text(r, NOUN_FIELDS + M_TEMPLATE));
	fact_code(facts, "Message-ID", mail->s);
	fact_time(
	    facts, "Written", row_int(r, NOUN_FIELDS + M_CREATED), rq->now);
	fact_time(
	    facts, "Changed", row_int(r, NOUN_FIELDS + M_UPDATED), rq->now);
	fact_time(facts, "Next try", row_int(r, NOUN_FIELDS + M_DUE), rq->now);
}

static enum err
show_mail(struct request *rq)
{
	struct id mail;
	struct view *v;
	struct rows r;
	enum err e = path_id(rq, "id", &mail);

	if (e == OK)
		e = noun_get(rq->tx, &mails_noun, &mail, &r);
	if (e != OK)
		return e;
	v = page_view(
	    rq, label_of(row_text(&r, NOUN_FIELDS + M_TEMPLATE)), MAIL_LOG);
	put_mail_head(rq, &r, &mail, v);
	view_flag(v, "doubt",
	    str_eq(row_text(&r, NOUN_FIELDS + M_STATUS), "maybe_sent"));
	put_mail_facts(rq, &r, &mail, v);
	if ((e = rows_done(&r)) == OK)
		e = put_attempts(rq, &mail, v);
	if (e == OK)
		reply_page(rq, 200, "admin/mail", v);
	return e;
}

/* ---- verbs ---- */

/* Back to the list; a conflict is said there, too. */
static enum err
back(struct request *rq, enum err e, const char *done)
{
	if (e == E_CONFLICT && problems_kept(&rq->problems) > 0) {
		reply_flash(rq, "warn", rq->problems.item[0].said);
		reply_redirect(rq, MAIL_LOG);
		return OK;
	}
	if (e != OK)
		return e;
	reply_flash(rq, "good", done);
	reply_redirect(rq, MAIL_LOG);
	return OK;
}

static enum err
resend(struct request *rq)
{
	struct id mail;
	enum err e = path_id(rq, "id", &mail);

	if (e == OK)
		e = mail_resend(rq->tx, &mail);
	return back(rq, e, "It is sent again.");
}

static enum err
stop(struct request *rq)
{
	struct id mail;
	enum err e = path_id(rq, "id", &mail);

	if (e == OK)
		e = mail_stop(rq->tx, &mail);
	return back(rq, e, "It will not be sent.");
}

static enum err
test(struct request *rq)
{
	return back(rq, mail_test(rq->tx, rq->actor.name),
	    arena_printf(
		rq->arena, "A test mail is on its way to %s.", rq->actor.name));
}

/* clang-format off */
const struct route mail_page_routes[] = {
	{GET,	MAIL_LOG,			POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, list_mails_page, "mail.page"},
	{POST,	MAIL_LOG "/test",		POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE,
		BODY_FORM, 0, test, "mail.do_test"},
	{GET,	MAIL_LOG "/templates",		POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, list_templates, "mail.templates"},
	{GET,	MAIL_LOG "/templates/:name",	POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, show_template, "mail.template"},
	{GET,	MAIL_LOG "/templates/:name/html", POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, show_template_html, "mail.template_html"},
	{GET,	MAIL_LOG "/:id",		POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, show_mail, "mail.show"},
	{POST,	MAIL_LOG "/:id/resend",		POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE,
		BODY_FORM, 0, resend, "mail.do_resend"},
	{POST,	MAIL_LOG "/:id/cancel",		POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE,
		BODY_FORM, 0, stop, "mail.do_cancel"},
	{0}
};
/* clang-format on */
