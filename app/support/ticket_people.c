/* ticket_people.c - with whom a ticket's conversation is.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_people.h"

#include "base/text.h"
#include "identity/role.h"
#include "identity/user.h"

/* ---- customers ---- */

struct people {
	struct ticket_person item[TICKET_PEOPLE_MAX];
	size_t n;
};

static void
add(struct people *p, const struct ticket_person *who)
{
	if (!who->email || !email_valid(who->email))
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (str_eq_nocase(p->item[i].email, who->email))
			return;
	}
	if (p->n < TICKET_PEOPLE_MAX)
		p->item[p->n++] = *who;
}

static struct ticket_person
read_person(const struct rows *r)
{
	const char *lang = row_is_null(r, 3) ? "" : row_strdup(r, 3);

	return (struct ticket_person){
	    .user = row_id(r, 0),
	    .email = row_strdup(r, 1),
	    .name = row_strdup(r, 2),
	    .lang = lang && lang[0] != '\0' ? lang : NULL,
	};
}

/* The account's people who may see tickets: who asked and who wrote. */
static enum err
add_people(struct tx *tx, const struct ticket *t, struct people *p)
{
	struct ticket_person who;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT u.id, u.email, u.name, u.language "
	    "FROM customer_people a JOIN users u "
	    "ON u.tenant_id = a.tenant_id AND u.id = a.user_id "
	    "WHERE a.tenant_id = $1 AND a.customer_id = $2 "
	    "AND a.may_support = 1 AND u.status = 'active' "
	    "AND u.deleted_at IS NULL AND (u.id = $4 OR u.id IN "
	    "(SELECT m.user_id FROM ticket_messages m "
	    "WHERE m.tenant_id = $1 AND m.ticket_id = $3 "
	    "AND m.author = 'customer')) "
	    "ORDER BY CASE WHEN u.id = $4 THEN 0 ELSE 1 END, u.email_key "
	    "LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(&t->customer), DB_ID(&t->id),
	    DB_ID(&t->contact), DB_INT(TICKET_PEOPLE_MAX));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		who = read_person(&r);
		add(p, &who);
	}
	return rows_done(&r);
}

/* The customer's own address, which needs no account in the portal. */
static enum err
add_customer(struct tx *tx, const struct ticket *t, struct people *p)
{
	struct ticket_person who;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT NULL, email, name, NULL FROM customers "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(&t->customer));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		who = (struct ticket_person){
		    .email = row_strdup(&r, 1), .name = row_strdup(&r, 2)};
		add(p, &who);
	}
	return rows_done(&r);
}

static bool
has_user(const struct people *p, const struct id *user)
{
	for (size_t i = 0; i < p->n; i++) {
		if (str_eq(p->item[i].user.s, user->s))
			return true;
	}
	return false;
}

enum err
ticket_people(struct tx *tx, const struct ticket *t,
    const struct ticket_person **list_out, size_t *n_out)
{
	struct people *p = ARENA_NEW(tx->arena, struct people);
	const struct ticket_person asked = {
	    .email = t->contact_email, .name = t->contact_name};
	enum err e = OK;

	if (!p)
		return E_BUSY;
	if (!id_is_set(&t->contact))
		add(p, &asked);
	if (id_is_set(&t->customer))
		e = add_people(tx, t, p);
	if (e == OK && id_is_set(&t->customer) && id_is_set(&t->contact) &&
	    !has_user(p, &t->contact))
		e = add_customer(tx, t, p);
	if (e == OK) {
		*list_out = p->item;
		*n_out = p->n;
	}
	return e;
}

/* ---- staff ---- */

static enum err
check_staff(struct tx *tx, enum err e, const struct user *u)
{
	struct perm_set perms = {{0}};

	if (e == OK && u->is_active)
		e = role_perms(tx, u->role, false, &perms);
	if (e != OK)
		return e;
	return perm_has(&perms, PERM_TICKETS_WRITE) ? OK : E_NOTFOUND;
}

enum err
ticket_staff_by_email(struct tx *tx, const char *email, struct user *out)
{
	enum err e = user_find(tx, email, out);

	return check_staff(tx, e, out);
}

enum err
ticket_staff(struct tx *tx, const struct id *id, struct user *out)
{
	enum err e = user_get(tx, id, out);

	return check_staff(tx, e, out);
}
