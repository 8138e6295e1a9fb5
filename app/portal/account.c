/* account.c - the customer accounts that a person looks after in the portal.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "portal/account.h"

/* only: one account, or unset for all of them. */
static enum err
ask(struct tx *tx, const struct id *only, int64_t limit, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT c.id, COALESCE(NULLIF(c.company_name, ''), c.name), "
	    "p.may_bill, p.may_tech, p.may_support "
	    "FROM customer_people p "
	    "JOIN customers c ON c.tenant_id = p.tenant_id "
	    "AND c.id = p.customer_id "
	    "LEFT JOIN sessions h ON h.tenant_id = p.tenant_id "
	    "AND h.id = $3 AND h.account_id = p.customer_id "
	    "WHERE p.tenant_id = $1 AND p.user_id = $2 "
	    "AND c.deleted_at IS NULL AND c.id = COALESCE($4, c.id) "
	    "ORDER BY CASE WHEN h.id IS NULL THEN 1 ELSE 0 END, "
	    "c.name, c.id LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(&tx->actor->id),
	    DB_ID(&tx->actor->session), DB_ID(only), DB_INT(limit));
}

static struct portal_account
read_account(const struct rows *r)
{
	return (struct portal_account){
	    .customer = row_id(r, 0),
	    .name = row_strdup(r, 1),
	    .rights = {row_int(r, 2) != 0, row_int(r, 3) != 0,
		row_int(r, 4) != 0},
	};
}

enum err
portal_accounts(
    struct tx *tx, const struct portal_account **list_out, size_t *n_out)
{
	static const struct id any;
	struct portal_account *list =
	    arena_array(tx->arena, PORTAL_ACCOUNTS_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (!list)
		return E_BUSY;
	e = ask(tx, &any, PORTAL_ACCOUNTS_MAX, &r);
	if (e != OK)
		return e;
	while (n < PORTAL_ACCOUNTS_MAX && rows_next(&r))
		list[n++] = read_account(&r);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

enum err
portal_account_get(
    struct tx *tx, const struct id *customer, struct portal_account *out)
{
	struct portal_account account;
	struct rows r;
	bool found;
	enum err e = ask(tx, customer, 1, &r);

	if (e != OK)
		return e;
	found = rows_next(&r);
	if (found)
		account = read_account(&r);
	e = rows_done(&r);
	if (e == OK && !found)
		return E_NOTFOUND;
	if (e == OK)
		*out = account;
	return e;
}

enum err
portal_account_now(struct tx *tx, struct portal_account *out)
{
	static const struct id any;

	return portal_account_get(tx, &any, out);
}
