/* domain.c - names that customers have, whoever registers them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domain.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum err
domain_claim_ask(struct tx *tx, const char *name, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT customer_id, 0 FROM domains WHERE tenant_id = $1 "
	    "AND name = $2 AND deleted_at IS NULL "
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
	    "DO UPDATE SET "
	    "subscription_id = "
	    "COALESCE(d.subscription_id, excluded.subscription_id), "
	    "website_id = COALESCE(d.website_id, excluded.website_id), "
	    "updated_at = excluded.updated_at "
	    "WHERE d.customer_id = excluded.customer_id",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(name), DB_TEXT(tld + 1),
	    DB_ID(customer), DB_ID(subscription), DB_ID(website),
	    DB_INT(tx->now));
}
