/* counter.c - rising numbers that people see.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/counter.h"

#include <inttypes.h>

#include "base/clock.h"

enum err
counter_next(struct tx *tx, const char *series, const char **number_out)
{
	struct rows r;
	char today[11];
	const char *name;
	int64_t value;
	enum err e;

	date_iso(tx->now, today);
	name = arena_printf(tx->arena, "%s-%.4s", series, today);
	e = db_one(tx, &r,
	    "INSERT INTO counters (tenant_id, name, value, created_at, "
	    "updated_at) VALUES ($1, $2, 1, $3, $3) "
	    "ON CONFLICT (tenant_id, name) DO UPDATE "
	    "SET value = counters.value + 1, updated_at = excluded.updated_at "
	    "RETURNING value",
	    DB_ID(&tx->tenant), DB_TEXT(name), DB_INT(tx->now));
	if (e != OK)
		return e;
	value = row_int(&r, 0);
	if ((e = rows_done(&r)) != OK)
		return e;
	*number_out = arena_printf(tx->arena, "%s-%06" PRId64, name, value);
	return OK;
}
