/* domain.c - names that customers have, whoever registers them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domain.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "identity/audit.h"

enum { RELEASED_MAX = 16 };

enum err
domain_claim_ask(struct tx *tx, const char *name, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT d.customer_id, CASE WHEN w.id IS NULL THEN 0 ELSE 1 END "
	    "FROM domains d LEFT JOIN websites w "
	    "ON w.tenant_id = d.tenant_id AND w.id = d.website_id "
	    "AND w.status <> 'removed' "
	    "WHERE d.tenant_id = $1 AND d.name = $2 AND d.deleted_at IS NULL "
	    "UNION ALL SELECT customer_id, 1 FROM websites "
	    "WHERE tenant_id = $1 AND domain = $2 AND status <> 'removed'",
	    DB_ID(&tx->tenant), DB_TEXT(name));
}

enum err
domain_claim_read(
    struct rows *r, const struct id *customer, enum domain_claim *out)
{
	enum domain_claim claim = DOMAIN_FREE;

	while (rows_next(r)) {
		if (!str_eq(row_text(r, 0), customer->s))
			claim = DOMAIN_OTHERS;
		else if (claim == DOMAIN_FREE && row_int(r, 1) == 1)
			claim = DOMAIN_IN_USE;
	}
	*out = claim;
	return rows_done(r);
}

/* The website of the row that is there. */
#define SITE_LIVES                                                             \
	"EXISTS (SELECT 1 FROM websites w WHERE w.tenant_id = d.tenant_id "    \
	"AND w.id = d.website_id AND w.status <> 'removed')"

enum err
domain_attach(struct tx *tx, const char *name, const struct id *customer,
    const struct id *subscription, const struct id *website)
{
	struct id id = id_new(clock_now_ms());
	const char *tld = strrchr(name, '.');

	assert(tld);
	return db_must(tx,
	    "INSERT INTO domains AS d (tenant_id, id, name, tld, customer_id, "
	    "subscription_id, website_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	    "ON CONFLICT (tenant_id, name) WHERE deleted_at IS NULL "
	    "DO UPDATE SET subscription_id = "
	    "COALESCE(d.subscription_id, excluded.subscription_id), "
	    "website_id = CASE WHEN " SITE_LIVES
	    " THEN d.website_id ELSE excluded.website_id END, "
	    "updated_at = excluded.updated_at "
	    "WHERE d.customer_id = excluded.customer_id",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(name), DB_TEXT(tld + 1),
	    DB_ID(customer), DB_ID(subscription), DB_ID(website),
	    DB_INT(tx->now));
}

/* ---- renewal ---- */

bool
domain_may_renew(const char *status)
{
	return str_eq(status, "managed") || str_eq(status, "active") ||
	       str_eq(status, "pending");
}

enum err
domain_set_auto_renew(struct tx *tx, const struct id *id, bool on)
{
	struct rows r;
	bool may, is_on;
	enum err e = db_one(tx, &r,
	    "SELECT status, auto_renew FROM domains WHERE tenant_id = $1 "
	    "AND id = $2 AND deleted_at IS NULL " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	may = domain_may_renew(row_text(&r, 0));
	is_on = row_int(&r, 1) != 0;
	if ((e = rows_done(&r)) != OK)
		return e;
	if (!may) {
		problem_add(tx->problems, "autoRenew", "conflict",
		    "This domain does not renew with us.");
		return E_CONFLICT;
	}
	if (is_on == on)
		return OK;
	e = db_exec(tx,
	    "UPDATE domains SET auto_renew = $3, version = version + 1, "
	    "updated_at = $4 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_BOOL(on), DB_INT(tx->now));
	return e == OK ? audit(tx, "domain.auto_renew", "domains", id,
			     audit_detail(
				 tx->arena, "autoRenew", on ? "yes" : "no"))
		       : e;
}

/* ---- when what it was used for is over ---- */

static enum err
note_release(struct tx *tx, struct rows *r)
{
	struct id id[RELEASED_MAX];
	const char *name[RELEASED_MAX];
	size_t n = 0;
	enum err e;

	while (n < RELEASED_MAX && rows_next(r)) {
		id[n] = row_id(r, 0);
		name[n++] = row_strdup(r, 1);
	}
	e = rows_done(r);
	for (size_t i = 0; e == OK && i < n; i++)
		e = audit(tx, "domain.release", "domains", &id[i],
		    audit_detail(tx->arena, "name", name[i]));
	return e;
}

enum err
domain_subscription_ended(struct tx *tx, const struct id *subscription)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "UPDATE domains SET deleted_at = CASE WHEN status = 'unmanaged' "
	    "THEN CAST($3 AS bigint) ELSE NULL END, "
	    "subscription_id = NULL, website_id = NULL, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND customer_id = (SELECT s.customer_id "
	    "FROM subscriptions s WHERE s.tenant_id = $1 AND s.id = $2) "
	    "AND subscription_id = $2 AND deleted_at IS NULL "
	    "RETURNING id, name",
	    DB_ID(&tx->tenant), DB_ID(subscription), DB_INT(tx->now));

	return e == OK ? note_release(tx, &r) : e;
}
