/* domain.c - names that customers have, whoever registers them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domain.h"

#include <string.h>

#include "base/clock.h"

enum err
domain_claim(struct tx *tx, const char *name, const struct id *customer,
    enum domain_claim *out)
{
	int64_t others, live;
	enum err e = db_int(tx, 0, &others,
	    "SELECT COUNT(*) FROM ("
	    "SELECT customer_id FROM domains WHERE tenant_id = $1 "
	    "AND name = $2 AND deleted_at IS NULL "
	    "UNION ALL SELECT customer_id FROM websites WHERE tenant_id = $1 "
	    "AND domain = $2 AND status <> 'removed') AS holders "
	    "WHERE CAST($3 AS " SQL_PG("uuid")
		SQL_LITE("TEXT") ") IS NULL "
				 "OR customer_id <> $3",
	    DB_ID(&tx->tenant), DB_TEXT(name), DB_ID(customer));

	if (e == OK)
		e = db_int(tx, 0, &live,
		    "SELECT COUNT(*) FROM websites WHERE tenant_id = $1 "
		    "AND domain = $2 AND status <> 'removed'",
		    DB_ID(&tx->tenant), DB_TEXT(name));
	if (e != OK)
		return e;
	*out = others > 0 ? DOMAIN_OTHERS
	       : live > 0 ? DOMAIN_IN_USE
			  : DOMAIN_FREE;
	return OK;
}

enum err
domain_attach(struct tx *tx, const char *name, const struct id *customer,
    const struct id *subscription, const struct id *website)
{
	struct id id = id_new(clock_now_ms());
	const char *tld = strrchr(name, '.');
	int64_t n;
	enum err e;

	assert(tld);
	e = db_exec_n(tx, &n,
	    "INSERT INTO domains AS d (tenant_id, id, name, tld, customer_id, "
	    "subscription_id, website_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	    "ON CONFLICT (tenant_id, name) WHERE deleted_at IS NULL "
	    "DO UPDATE SET "
	    "subscription_id = "
	    "COALESCE(d.subscription_id, excluded.subscription_id), "
	    "website_id = COALESCE(d.website_id, excluded.website_id), "
	    "updated_at = excluded.updated_at "
	    "WHERE d.customer_id = excluded.customer_id",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(name), DB_TEXT(tld + 1),
	    DB_ID(customer), DB_ID(subscription), DB_ID(website),
	    DB_INT(tx->now));
	if (e != OK)
		return e;
	return n > 0 ? OK : tx_fail(tx, E_RETRY);
}
