/* tax.c - tax contained in what a customer pays.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/tax.h"

enum err
tax_rate(
    struct tx *tx, const char *country, const char *state, int64_t *ppm_out)
{
	return db_int(tx, 0, ppm_out,
	    "SELECT rate_ppm FROM tax_rules "
	    "WHERE tenant_id = $1 AND status = 'active' "
	    "AND country IN ($2, '') AND state IN ($3, '') "
	    "AND (country <> '' OR state = '') "
	    "ORDER BY country DESC, state DESC "
	    "LIMIT 1",
	    DB_ID(&tx->tenant), DB_TEXT(country ? country : ""),
	    DB_TEXT(state ? state : ""));
}

int64_t
tax_within(int64_t gross_minor, int64_t ppm)
{
	__int128 whole = 1000000 + ppm;
	__int128 twice = (__int128)gross_minor * ppm * 2;

	assert(ppm >= 0 && gross_minor >= 0);
	return (int64_t)((twice + whole) / (whole * 2));
}
