/* counter.c - rising numbers that people see.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/counter.h"

#include "base/clock.h"

enum err
counter_raise(struct tx *tx, const char *series, const char **name_out)
{
	char today[11];

	date_iso(tx->now, today);
	*name_out = arena_printf(tx->arena, "%s-%.4s", series, today);
	return db_later(tx,
	    "INSERT INTO counters (tenant_id, name, value, created_at, "
	    "updated_at) VALUES ($1, $2, 1, $3, $3) "
	    "ON CONFLICT (tenant_id, name) DO UPDATE "
	    "SET value = counters.value + 1, "
	    "updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_TEXT(*name_out), DB_INT(tx->now));
}
