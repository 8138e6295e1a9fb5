/* tax.c - tax: contained in what a customer pays, or put on net amounts.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/tax.h"

#include "base/money.h"

#define RULE_FOR(place)                                                        \
	"(SELECT t.rate_ppm FROM tax_rules t "                                 \
	"WHERE t.tenant_id = c.tenant_id AND t.status = 'active' "             \
	"AND t.deleted_at IS NULL AND " place ")"

/* A state is one of its country only. */
#define OF_STATE                                                               \
	"t.country = c.country AND t.state = c.state "                         \
	"AND (c.country <> '' OR c.state = '')"
#define OF_COUNTRY "t.country = c.country AND t.state = ''"
#define OF_ALL	   "t.country = '' AND t.state = ''"

enum err
tax_rate_ask(struct tx *tx, const char *email, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT COALESCE(" RULE_FOR(OF_STATE) ", " RULE_FOR(OF_COUNTRY) ", " RULE_FOR(
		OF_ALL) ", 0) "
			"FROM customers c "
			"WHERE c.tenant_id = $1 AND c.email_key = lower($2) "
			"AND c.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(email));
}

enum err
tax_rate_of_country(struct tx *tx, const char *country, int64_t *ppm_out)
{
	return db_int(tx, 0, ppm_out,
	    "SELECT COALESCE(" RULE_FOR(OF_COUNTRY) ", " RULE_FOR(
		OF_ALL) ", 0) "
			"FROM (SELECT t.id AS tenant_id, CAST($2 AS text) AS country "
			"FROM tenants t WHERE t.id = $1) c",
	    DB_ID(&tx->tenant), DB_TEXT(country));
}

enum err
tax_rate_read(struct rows *r, int64_t *ppm_out)
{
	*ppm_out = rows_next(r) ? row_int(r, 0) : 0;
	return rows_done(r);
}

int64_t
tax_within(int64_t gross_minor, int64_t ppm)
{
	__int128 whole = 1000000 + ppm;
	__int128 twice = (__int128)gross_minor * ppm * 2;

	assert(ppm >= 0 && gross_minor >= 0);
	return (int64_t)((twice + whole) / (whole * 2));
}

bool
tax_on(const int64_t *net_minor, size_t n, int64_t ppm, int64_t *tax_minor)
{
	int64_t sum = 0, tax;

	for (size_t i = 0; i < n; i++) {
		tax_minor[i] = 0;
		if (!money_add(sum, net_minor[i], &sum))
			return false;
	}
	if (sum == 0)
		return true;
	return money_ppm(sum, ppm, &tax) &&
	       money_split(tax, net_minor, n, tax_minor);
}
