/* notices_api.c - notifications for programs, and their words.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "orders/notices_api.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/list_api.h"
#include "face/show.h"
#include "identity/approval.h"
#include "identity/audit_pages.h"
#include "provisioning/provisioning_pages.h"

#define KEY_MAX 100

/* ---- words ---- */

/* "create website" is kept as "website create". */
static const char *
task_title(struct arena *a, const char *type_and_step)
{
	const char *space = strchr(type_and_step, ' ');

	if (!space)
		return say("A task failed");
	return say_with(a, "%s failed",
	    task_name(arena_strndup(
			  a, type_and_step, (size_t)(space - type_and_step)),
		space + 1));
}

static const char *
letter_title(const char *kind)
{
	if (str_eq(kind, "mail"))
		return say("A mail was given up");
	if (str_eq(kind, "refund"))
		return say("A refund was given up");
	return say("A question to Stripe was given up");
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static struct notice_words
order_words(struct arena *a, const struct notice *n)
{
	return (struct notice_words){
	    .title = say_with(a, "%s is held in review", or_empty(n->a)),
	    .text = arena_printf(a, "%s, %s. %s", or_empty(n->b),
		show_money(a, n->minor, or_empty(n->currency)),
		say("The money is safe.")),
	    .href = arena_printf(a, "/orders/%s", n->ref.s),
	};
}

/* Its customer has had a mail. */
static struct notice_words
usage_words(struct arena *a, const struct notice *n)
{
	const char *site = or_empty(n->a), *title;
	bool is_full = n->minor >= 100;

	if (n->kind == NOTICE_DISK)
		title =
		    is_full
			? say_with(a, "%s has used up its storage", site)
			: say_with(a, "%s has used most of its storage", site);
	else
		title =
		    is_full
			? say_with(a,
			      "%s has used up its traffic of this month", site)
			: say_with(a,
			      "%s has used most of its traffic of this "
			      "month",
			      site);
	return (struct notice_words){
	    .title = title,
	    .text = say("Its customer was told by mail."),
	    .href = arena_printf(a, "/websites/%s", n->ref.s),
	};
}

struct notice_words
notice_words(struct arena *a, const struct notice *n)
{
	const char *id = n->ref.s;

	switch (n->kind) {
	case NOTICE_REVIEW:
		return order_words(a, n);
	case NOTICE_REFUSAL:
		return (struct notice_words){
		    say("A call for an order was refused"),
		    n->a ? say_with(a, "%s; it may have been paid.", n->a)
			 : say("It may have been paid."),
		    arena_printf(a, "/orders/refusals/%s", id)};
	case NOTICE_TASK:
		return (struct notice_words){task_title(a, or_empty(n->a)),
		    or_empty(n->b),
		    arena_printf(a, "/provisioning/tasks/%s", id)};
	case NOTICE_LETTER:
		return (struct notice_words){letter_title(or_empty(n->a)),
		    or_empty(n->b),
		    str_eq(or_empty(n->a), "mail")
			? arena_printf(a, "/settings/mail/%s", id)
			: NULL};
	case NOTICE_DISK:
	case NOTICE_TRAFFIC:
		return usage_words(a, n);
	case NOTICE_APPROVAL:
		return (struct notice_words){
		    approval_title_said(a, or_empty(n->a)),
		    say_with(a, "%s asks for your approval.", or_empty(n->b)),
		    arena_printf(a, "/approvals/%s", id)};
	case NOTICE_APPROVED:
		return (struct notice_words){
		    approval_title_said(a, or_empty(n->a)),
		    say_with(a, "%s has approved it: do it within a day.",
			or_empty(n->b)),
		    arena_printf(a, "/approvals/%s", id)};
	case NOTICE_CLOSE:
		return (struct notice_words){
		    say_with(a, "%s wants to go", or_empty(n->a)),
		    say_with(a, "%s asked for the account to be closed.",
			or_empty(n->b)),
		    arena_printf(a, "/admin/customers/%s", id)};
	case NOTICE_MONEY:
		return (struct notice_words){
		    say_with(a, "Money of %s is held", or_empty(n->b)),
		    say_with(a,
			"%s: it pays no invoice, and can't be their credit. "
			"Give it back.",
			show_money(a, n->minor, or_empty(n->currency))),
		    arena_printf(a, "/payments/%s/refund", id)};
	case NOTICE_SECURITY:
	case NOTICE__MAX:
		break;
	}
	return (struct notice_words){audit_deed(or_empty(n->a)),
	    say_with(a, "On your account, by %s.", or_empty(n->b)), "/account"};
}

/* ---- list ---- */

static void
put_notice(struct request *rq, struct json_out *w, const struct notice *n)
{
	struct notice_words words = notice_words(rq->arena, n);

	json_open(w, NULL, '{');
	json_str(w, "id", n->key);
	json_str(w, "kind", notice_kinds[n->kind]);
	json_str(w, "nounId", n->ref.s);
	json_str(w, "title", words.title);
	json_str(w, "text", words.text);
	json_str_or_null(w, "path", words.href);
	json_bool(w, "read", n->is_read);
	json_time(w, "since", n->since);
	json_close(w, '}');
}

static enum err
reply_notices(struct request *rq)
{
	const struct notice *list;
	struct json_out *w;
	size_t n;
	enum err e = notices_list(rq->tx, &list, &n);

	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (size_t i = 0; i < n; i++)
		put_notice(rq, w, &list[i]);
	reply_items_end(w, n);
	return OK;
}

static enum err
list_notices(struct request *rq)
{
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? reply_notices(rq) : e;
}

/* ---- read, unread ---- */

static enum err
no_such(struct request *rq, enum err e)
{
	if (e != E_NOTFOUND)
		return e;
	problem_add(&rq->problems, "id", "not_found",
	    "There is no such notice, any more.");
	return E_INPUT;
}

static enum err
mark_read(struct request *rq)
{
	static const char *const names[] = {"id"};
	struct json_in in = request_json(rq);
	const char *key = NULL;
	enum err e;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "id", JSON_OPTIONAL, KEY_MAX, &key))
		return E_INPUT;
	e = no_such(rq, notices_read(rq->tx, key));
	return e == OK ? reply_notices(rq) : e;
}

static enum err
mark_unread(struct request *rq)
{
	static const char *const names[] = {"id"};
	struct json_in in = request_json(rq);
	const char *key;
	enum err e;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "id", JSON_REQUIRED, KEY_MAX, &key))
		return E_INPUT;
	e = no_such(rq, notices_unread(rq->tx, key));
	return e == OK ? reply_notices(rq) : e;
}

/* Each person's own: no program has any.
 * clang-format off */
#define NOTICES "/api/admin/notifications"
const struct route notices_api_routes[] = {
    {GET, NOTICES, POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_NONE, 0,
	list_notices, "notifications.list"},
    {POST, NOTICES "/read", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
	BODY_JSON, 0, mark_read, "notifications.read"},
    {POST, NOTICES "/unread", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
	BODY_JSON, 0, mark_unread, "notifications.unread"},
    {0}};
/* clang-format on */
