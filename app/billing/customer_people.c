/* customer_people.c - whose account a person may look after.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/customer_people.h"

#include <string.h>

#include "base/text.h"
#include "billing/customer.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/user.h"
#include "mail/mail.h"

#define PEOPLE_MAX 200
#define ROLE	   "customer"

/* ---- reading ---- */

enum err
customer_people_list(struct tx *tx, const struct id *customer,
    const struct customer_person **list_out, size_t *n_out)
{
	struct customer_person *list =
	    arena_array(tx->arena, PEOPLE_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT u.id, u.email, u.name, p.may_bill, p.may_tech, "
	    "p.may_support, "
	    "CASE WHEN u.password_hash IS NULL THEN 0 ELSE 1 END, u.status "
	    "FROM customer_people p "
	    "JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id "
	    "WHERE p.tenant_id = $1 AND p.customer_id = $2 "
	    "AND u.deleted_at IS NULL "
	    "ORDER BY u.email_key LIMIT $3",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_INT(PEOPLE_MAX));
	if (e != OK)
		return e;
	while (n < PEOPLE_MAX && rows_next(&r))
		list[n++] = (struct customer_person){
		    .user = row_id(&r, 0),
		    .email = row_strdup(&r, 1),
		    .name = row_strdup(&r, 2),
		    .rights = {row_int(&r, 3) != 0, row_int(&r, 4) != 0,
			row_int(&r, 5) != 0},
		    .has_password = row_int(&r, 6) != 0,
		    .is_active = str_eq(row_text(&r, 7), "active"),
		};
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

enum err
customer_people_first(
    struct tx *tx, const struct id *customer, struct id *user_out)
{
	struct rows r;
	struct id id;
	enum err e = db_one(tx, &r,
	    "SELECT u.id FROM customer_people p "
	    "JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id "
	    "WHERE p.tenant_id = $1 AND p.customer_id = $2 "
	    "AND u.status = 'active' AND u.deleted_at IS NULL "
	    "AND u.role = '" ROLE "' "
	    "ORDER BY p.may_bill + p.may_tech + p.may_support DESC, "
	    "u.email_key LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(customer));

	if (e != OK)
		return e;
	id = row_id(&r, 0);
	e = rows_done(&r);
	if (e == OK)
		*user_out = id;
	return e;
}

/* ---- adding ---- */

static enum err
is_linked(
    struct tx *tx, const struct id *customer, const struct id *user, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM customer_people "
	    "WHERE tenant_id = $1 AND customer_id = $2 AND user_id = $3",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_ID(user));

	*out = e == OK && n > 0;
	return e;
}

static enum err
link_person(struct tx *tx, const struct id *customer, const struct id *user,
    const struct customer_rights *rights)
{
	enum err e = db_later(tx,
	    "INSERT INTO customer_people (tenant_id, customer_id, user_id, "
	    "may_bill, may_tech, may_support, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) "
	    "ON CONFLICT (tenant_id, customer_id, user_id) DO UPDATE "
	    "SET may_bill = excluded.may_bill, may_tech = excluded.may_tech, "
	    "may_support = excluded.may_support, "
	    "updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_ID(user),
	    DB_BOOL(rights->billing), DB_BOOL(rights->technical),
	    DB_BOOL(rights->support), DB_INT(tx->now));

	return e == OK
		   ? audit(tx, "customer.person", "customers", customer, NULL)
		   : e;
}

static enum err
check_customer(struct tx *tx, const struct id *customer)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM customers "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(customer));

	return e == OK && n == 0 ? E_NOTFOUND : e;
}

static enum err
check_new(struct tx *tx, const char *email, const struct customer_rights *r)
{
	size_t before = tx->problems->n;

	if (!email_valid(email))
		problem_add(tx->problems, "email", "bad_format",
		    "This is no e-mail address.");
	if (!r->billing && !r->technical && !r->support)
		problem_add(tx->problems, "rights", "required",
		    "Give at least one of billing, technical and support.");
	return tx->problems->n == before ? OK : E_INPUT;
}

/* A customer's name may be longer than a person's, and hold what no mail may;
 * "" then. */
static const char *
name_of_person(struct arena *a, const char *name)
{
	size_t n = strlen(name), at = 0;

	if (!text_is_printable(name))
		return "";
	for (int i = 0; at < n && i < USER_NAME_MAX; i++)
		at += utf8_step(name + at, n - at, NULL);
	return arena_strndup(a, name, at);
}

/* Somebody who is there already hears that the account is theirs, too: by the
 * link that they have not used yet, or at their next log-in. */
static enum err
tell_person(struct tx *tx, const struct id *customer, const struct user *u)
{
	const char *account;
	struct customer c;
	enum err e;

	if (!u->is_active || !str_eq(u->role, ROLE))
		return OK;
	if (u->password_hash == NULL)
		return account_invite_again(tx, &u->id);
	if ((e = customer_get(tx, customer, &c)) != OK)
		return e;
	account = name_of_person(
	    tx->arena, c.company && c.company[0] ? c.company : c.name);
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_ACCOUNT_ADDED,
		    .once = arena_printf(tx->arena, "account-added:%s:%s:%lld",
			customer->s, u->id.s, (long long)tx->now),
		    .to = u->email,
		    .name = u->name,
		    .lang = u->language,
		    .link = "/client",
		    .what = account && account[0] ? account : c.email,
		});
}

static enum err
link_existing(struct tx *tx, const struct id *customer, const struct user *u,
    const struct customer_rights *rights)
{
	bool had;
	enum err e = is_linked(tx, customer, &u->id, &had);

	if (e == OK && !had)
		e = tell_person(tx, customer, u);
	return e == OK ? link_person(tx, customer, &u->id, rights) : e;
}

/* Somebody who is there already, but nobody of the staff. */
static enum err
take_existing(struct tx *tx, const struct user *u)
{
	if (str_eq(u->role, ROLE))
		return OK;
	problem_add(tx->problems, "email", "conflict",
	    "This address is a staff user's.");
	return E_CONFLICT;
}

enum err
customer_people_add(struct tx *tx, const struct id *customer, const char *email,
    const char *name, const struct customer_rights *rights, struct id *user_out)
{
	const struct user_new n = {.email = email, .name = name, .role = ROLE};
	struct user u;
	struct id id;
	enum err e = check_new(tx, email, rights);

	if (e == OK)
		e = check_customer(tx, customer);
	if (e != OK)
		return e;
	e = user_find(tx, email, &u);
	if (e == OK) {
		id = u.id;
		if ((e = take_existing(tx, &u)) == OK)
			e = link_existing(tx, customer, &u, rights);
	} else if (e == E_NOTFOUND) {
		e = account_invite(tx, &n, &id);
		if (e == OK)
			e = link_person(tx, customer, &id, rights);
	}
	if (e == OK)
		*user_out = id;
	return e;
}

enum err
customer_people_remove(
    struct tx *tx, const struct id *customer, const struct id *user)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "DELETE FROM customer_people "
	    "WHERE tenant_id = $1 AND customer_id = $2 AND user_id = $3",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_ID(user));

	if (e == OK && n == 0)
		return E_NOTFOUND;
	return e == OK ? audit(tx, "customer.person_removed", "customers",
			     customer, NULL)
		       : e;
}

/* ---- a first order ---- */

struct newcomer {
	struct id customer;
	const char *email, *name;
};

/* The customer's row is locked: of two orders that are placed at once, one
 * welcomes.  E_NOTFOUND: there is an account, or the tenant does not want
 * one. */
static enum err
claim_newcomer(struct tx *tx, const struct id *order, struct newcomer *n)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, email, name FROM customers "
	    "WHERE tenant_id = $1 AND id = (SELECT customer_id "
	    "FROM orders WHERE tenant_id = $1 AND id = $2) "
	    "AND user_id IS NULL AND deleted_at IS NULL "
	    "AND NOT EXISTS (SELECT 1 FROM tenant_settings "
	    "WHERE tenant_id = $1 AND name = 'welcomeCustomers' "
	    "AND value = '0') " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	*n = (struct newcomer){
	    .customer = row_id(&r, 0),
	    .email = row_strdup(&r, 1),
	    .name = row_strdup(&r, 2),
	};
	return rows_done(&r);
}

/* The person with the customer's address, made if need be, looks after all of
 * it. */
static enum err
account_for(struct tx *tx, const struct newcomer *n, struct id *out)
{
	static const struct customer_rights all = {true, true, true};
	const struct user_new new = {
	    .email = n->email,
	    .name = name_of_person(tx->arena, n->name),
	    .role = ROLE,
	};
	struct user u;
	enum err e = user_find(tx, n->email, &u);

	if (e == OK) {
		*out = u.id;
		return link_existing(tx, &n->customer, &u, &all);
	}
	if (e != E_NOTFOUND)
		return e;
	e = user_add(tx, &new, &u);
	/* somebody else has added the person since: look anew */
	if (e == E_CONFLICT)
		return E_RETRY;
	if (e != OK)
		return e;
	*out = u.id;
	e = account_welcome(tx, &u);
	return e == OK ? link_person(tx, &n->customer, out, &all) : e;
}

enum err
customer_welcome(struct tx *tx, const struct id *order)
{
	struct newcomer n;
	struct id user;
	enum err e = claim_newcomer(tx, order, &n);

	if (e == E_NOTFOUND)
		return OK;
	if (e == OK)
		e = account_for(tx, &n, &user);
	if (e == OK)
		e = db_later(tx,
		    "UPDATE customers SET user_id = $3, updated_at = $4 "
		    "WHERE tenant_id = $1 AND id = $2 AND user_id IS NULL",
		    DB_ID(&tx->tenant), DB_ID(&n.customer), DB_ID(&user),
		    DB_INT(tx->now));
	return e;
}
