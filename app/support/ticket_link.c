/* ticket_link.c - whose a ticket is, where a mail could not tell.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_parts.h"

#include "base/text.h"
#include "identity/audit.h"

/* The customer by id, or by an address: the customer's own, or that of one of
 * the account's people.  A problem in customerId, or customerEmail. */
static enum err
find_customer(struct tx *tx, const struct id *customer, const char *email,
    const char **name_out, struct id *out)
{
	const char *field = email ? "customerEmail" : "customerId";
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT c.id, c.name FROM customers c WHERE c.tenant_id = $1 "
	    "AND c.deleted_at IS NULL AND (c.id = $2 "
	    "OR c.email_key = lower($3) OR c.id IN "
	    "(SELECT p.customer_id FROM customer_people p JOIN users u "
	    "ON u.tenant_id = p.tenant_id AND u.id = p.user_id "
	    "WHERE p.tenant_id = $1 AND u.email_key = lower($3) "
	    "AND u.deleted_at IS NULL)) "
	    "ORDER BY CASE WHEN c.email_key = lower($3) THEN 0 ELSE 1 END, "
	    "c.name, c.id LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_TEXT(email));

	if (e == E_NOTFOUND) {
		problem_add(tx->problems, field, "not_found",
		    "There is no such customer.");
		return E_INPUT;
	}
	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	*name_out = row_strdup(&r, 1);
	return rows_done(&r);
}

/* Whoever wrote is the person only where the account says so. */
static enum err
find_contact(struct tx *tx, const struct ticket *t, const struct id *customer,
    struct id *out)
{
	const char *id = NULL;
	enum err e = db_text(tx, &id,
	    "SELECT u.id FROM customer_people p JOIN users u "
	    "ON u.tenant_id = p.tenant_id AND u.id = p.user_id "
	    "WHERE p.tenant_id = $1 AND p.customer_id = $2 "
	    "AND p.may_support = 1 AND u.email_key = lower($3) "
	    "AND u.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_TEXT(t->contact_email));

	*out = id_of_any(id);
	return e;
}

enum err
ticket_set_customer(struct tx *tx, const struct id *ticket, int64_t version,
    const struct id *customer, const char *email)
{
	struct id whose, contact;
	const char *name;
	struct ticket t;
	enum err e = ticket_hold(tx, ticket, version, &t);

	if (e == OK)
		e = find_customer(tx, customer, email, &name, &whose);
	if (e != OK || str_eq(whose.s, t.customer.s))
		return e;
	if ((e = find_contact(tx, &t, &whose, &contact)) != OK)
		return e;
	/* a service is another customer's */
	e = db_must(tx,
	    "UPDATE tickets SET customer_id = $4, contact_id = $5, "
	    "subscription_id = NULL, version = version + 1, updated_at = $6 "
	    "WHERE tenant_id = $1 AND id = $2 AND version = $3",
	    DB_ID(&tx->tenant), DB_ID(&t.id), DB_INT(t.version), DB_ID(&whose),
	    DB_ID(&contact), DB_INT(tx->now));
	return e == OK ? audit(tx, "ticket.customer", "tickets", &t.id,
			     audit_detail(tx->arena, "from", t.customer.s, "to",
				 whose.s, "name", name))
		       : e;
}
