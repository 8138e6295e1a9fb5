/* account_pages.c - which account a customer's pages are about, and the others.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "identity/session.h"
#include "portal/portal_pages.h"

/* The page and its bar want the same accounts: they are asked for once. */
struct book {
	const struct portal_account *list;
	size_t n;
};

static enum err
book_of(struct request *rq, const struct book **out)
{
	struct book *book;
	enum err e = OK;

	if (!rq->kept) {
		book = arena_alloc(rq->arena, sizeof(*book));
		e = book ? portal_accounts(rq->tx, &book->list, &book->n)
			 : E_BUSY;
		if (e == OK)
			rq->kept = book;
	}
	if (e == OK)
		*out = rq->kept;
	return e;
}

enum err
portal_account_of(
    struct request *rq, const struct id *customer, struct portal_account *out)
{
	const struct book *book;
	enum err e = book_of(rq, &book);

	for (size_t i = 0; e == OK && i < book->n; i++) {
		if (!customer ||
		    str_eq(book->list[i].customer.s, customer->s)) {
			*out = book->list[i];
			return OK;
		}
	}
	if (e == OK && customer && book->n == PORTAL_ACCOUNTS_MAX)
		return portal_account_get(rq->tx, customer, out);
	return e == OK ? E_NOTFOUND : e;
}

enum err
portal_dress(
    struct request *rq, struct view *root, struct portal_account *now_out)
{
	const struct portal_account *list;
	const struct book *book;
	struct view *items;
	size_t n;
	enum err e = book_of(rq, &book);

	if (e != OK)
		return e;
	list = book->list;
	n = book->n;
	if (n == 0)
		return E_NOTFOUND;
	*now_out = list[0];
	view_flag(root, "billing", portal_may(&list[0], AREA_BILLING));
	view_flag(root, "hasAccount", true);
	view_flag(root, "people", portal_may(&list[0], AREA_PEOPLE));
	if (n == 1)
		return OK;
	view_text(root, "account", list[0].name);
	items = view_list(view_object(root, "accounts"), "items");
	for (size_t i = 1; i < n; i++) {
		struct view *v = view_item(items);

		view_text(v, "value", list[i].customer.s);
		view_text(v, "label", list[i].name);
	}
	return OK;
}

enum err
do_switch(struct request *rq)
{
	const char *id = form_text(rq, "account");
	struct portal_account account;
	struct id customer = id_of_any(id);
	enum err e = id_is_set(&customer)
			 ? portal_account_get(rq->tx, &customer, &account)
			 : E_NOTFOUND;

	if (e == OK)
		e = session_look_at(rq->tx, &account.customer);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say_with(rq->arena, "You look at %s now.", account.name));
	reply_redirect(rq, CLIENT);
	return OK;
}
