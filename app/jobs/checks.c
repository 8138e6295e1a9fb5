/* checks.c - what was looked at last, and what was found.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "jobs/checks.h"

#include "base/text.h"

const char *const check_result_names[CHECK__MAX] = {
    [CHECK_OK] = "ok",
    [CHECK_WARN] = "warn",
    [CHECK_FAILED] = "failed",
};

enum err
house_check_note(struct tx *tx, const char *name, const struct check *c)
{
	return db_exec(tx,
	    "INSERT INTO house_checks (name, result, n, total, created_at, "
	    "updated_at) VALUES ($1, $2, $3, $4, $5, $5) "
	    "ON CONFLICT (name) DO UPDATE SET result = excluded.result, "
	    "n = excluded.n, total = excluded.total, "
	    "updated_at = excluded.updated_at",
	    DB_TEXT(name), DB_TEXT(check_result_names[c->result]), DB_INT(c->n),
	    DB_INT(c->total), DB_INT(tx->now));
}

enum err
tenant_check_note(struct tx *tx, const char *name, const struct check *c)
{
	return db_exec(tx,
	    "INSERT INTO tenant_checks (tenant_id, name, result, n, total, "
	    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) "
	    "ON CONFLICT (tenant_id, name) DO UPDATE "
	    "SET result = excluded.result, n = excluded.n, "
	    "total = excluded.total, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_TEXT(name),
	    DB_TEXT(check_result_names[c->result]), DB_INT(c->n),
	    DB_INT(c->total), DB_INT(tx->now));
}

static enum err
take(struct rows *r, enum err e, struct check *out)
{
	*out = (struct check){.at = 0};
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	for (int i = 0; i < CHECK__MAX; i++)
		if (str_eq(check_result_names[i], row_text(r, 0)))
			out->result = (enum check_result)i;
	out->n = row_int(r, 1);
	out->total = row_int(r, 2);
	out->at = row_int(r, 3);
	return rows_done(r);
}

enum err
house_check_get(struct tx *tx, const char *name, struct check *out)
{
	struct rows r;

	return take(&r,
	    db_one(tx, &r,
		"SELECT result, n, total, updated_at FROM house_checks "
		"WHERE name = $1",
		DB_TEXT(name)),
	    out);
}

enum err
tenant_check_get(struct tx *tx, const char *name, struct check *out)
{
	struct rows r;

	return take(&r,
	    db_one(tx, &r,
		"SELECT result, n, total, updated_at FROM tenant_checks "
		"WHERE tenant_id = $1 AND name = $2",
		DB_ID(&tx->tenant), DB_TEXT(name)),
	    out);
}
