/* invariants.c - each use of a coupon is counted once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/invariants.h"

#include <stddef.h>

const struct invariant catalog_invariants[] = {
    {
	.name = "coupons.uses",
	.promise = "a coupon has been used as often as orders have it",
	.count_sql = "SELECT COUNT(*) FROM coupons WHERE tenant_id = $1",
	.bad_sql = "SELECT c.id, c.code FROM coupons c "
		   "WHERE c.tenant_id = $1 AND c.uses <> ("
		   "SELECT COUNT(*) FROM coupon_uses u "
		   "WHERE u.tenant_id = c.tenant_id AND u.coupon_id = c.id "
		   "AND u.released_at IS NULL) "
		   "ORDER BY c.id",
    },
    {.name = NULL},
};
