/* notices_pages.c - what waits for this person's attention: /notifications.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/notices_api.h"

#define NOTICES "/notifications"

static const struct look {
	const char *class, *icon;
} looks[NOTICE__MAX] = {
    [NOTICE_REVIEW] = {"warn", "warn"},
    [NOTICE_REFUSAL] = {"warn", "inbox"},
    [NOTICE_TASK] = {"badc", "bad"},
    [NOTICE_LETTER] = {"badc", "mail"},
    [NOTICE_DISK] = {"warn", "disk"},
    [NOTICE_TRAFFIC] = {"warn", "chart"},
    [NOTICE_APPROVAL] = {"warn", "user"},
    [NOTICE_APPROVED] = {"good", "ok"},
    [NOTICE_CLOSE] = {"warn", "user"},
    [NOTICE_MONEY] = {"warn", "card"},
    [NOTICE_SECURITY] = {"q", "lock"},
};

static void
put_notice(struct request *rq, const struct notice *n, struct view *rows)
{
	struct notice_words words = notice_words(rq->arena, n);
	struct view *v = view_item(rows);

	view_text(v, "class", looks[n->kind].class);
	view_text(v, "icon", looks[n->kind].icon);
	view_text(v, "href", words.href ? words.href : "");
	view_text(v, "headline", words.title);
	view_text(v, "text", words.text);
	view_text(v, "id", n->key);
	view_flag(v, "isRead", n->is_read);
	put_ago(v, "since", n->since, rq->now);
}

static enum err
show_notices(struct request *rq)
{
	const struct notice *list;
	struct view *v, *rows;
	size_t n, unread = 0;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = notices_list(rq->tx, &list, &n);
	if (e != OK)
		return e;
	v = page_view(rq, say("Notifications"), NOTICES);
	rows = view_list(v, "rows");
	for (size_t i = 0; i < n; i++) {
		put_notice(rq, &list[i], rows);
		unread += !list[i].is_read;
	}
	view_text(v, "unread",
	    unread > 0 ? show_count(rq->arena, (int64_t)unread) : "");
	reply_page(rq, 200, "admin/notices", v);
	return OK;
}

/* What is over meanwhile is no mistake of whoever pressed the button. */
static enum err
mark(struct request *rq, bool as_read)
{
	const char *key = form_text(rq, "notice");
	enum err e;

	if (!as_read && !key)
		return E_INPUT;
	e = as_read ? notices_read(rq->tx, key) : notices_unread(rq->tx, key);
	if (e == E_NOTFOUND) {
		reply_flash(rq, "good", say("That is over already."));
		e = OK;
	} else if (e == OK && !key) {
		reply_flash(rq, "good", say("All of them are read."));
	}
	if (e == OK)
		reply_redirect(rq, NOTICES);
	return e;
}

static enum err
mark_read(struct request *rq)
{
	return mark(rq, true);
}

static enum err
mark_unread(struct request *rq)
{
	return mark(rq, false);
}

/* clang-format off */
const struct route notices_page_routes[] = {
	{GET,  NOTICES,		  POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_NONE, 0, show_notices, "notifications.page"},
	{POST, NOTICES "/read",	  POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_FORM, 0, mark_read, "notifications.page.read"},
	{POST, NOTICES "/unread", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_FORM, 0, mark_unread, "notifications.page.unread"},
	{0}
};
/* clang-format on */
