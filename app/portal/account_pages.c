/* account_pages.c - which account a customer's pages are about, and the others.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "identity/session.h"
#include "portal/portal_pages.h"

enum err
portal_dress(
    struct request *rq, struct view *root, struct portal_account *now_out)
{
	const struct portal_account *list;
	struct view *items;
	size_t n;
	enum err e = portal_accounts(rq->tx, &list, &n);

	if (e != OK)
		return e;
	if (n == 0)
		return E_NOTFOUND;
	*now_out = list[0];
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
