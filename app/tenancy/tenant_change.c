/* tenant_change.c - what becomes of a company: its name, its state, its hosts.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant.h"

#include "base/fact.h"
#include "base/text.h"
#include "tenancy/tenant_parts.h"

/* ---- state ---- */

/* The platform's own people are who resumes. */
static enum err
check_may_suspend(struct tx *tx, const struct id *id)
{
	struct tenant t;
	enum err e = tenant_get(tx, id, &t);

	if (e != OK || !t.is_platform)
		return e;
	problem_add(tx->problems, "status", "not_allowed",
	    "The platform's own company can't be suspended.");
	return E_CONFLICT;
}

enum err
tenant_set_active(struct tx *tx, const struct id *id, bool is_active)
{
	int64_t changed;
	enum err e = is_active ? OK : check_may_suspend(tx, id);

	if (e == OK)
		e = db_exec_n(tx, &changed,
		    "UPDATE tenants SET status = $2, updated_at = $3 "
		    "WHERE id = $1",
		    DB_ID(id), DB_TEXT(is_active ? "active" : "suspended"),
		    DB_INT(tx->now));
	if (e == OK && changed == 0)
		e = E_NOTFOUND;
	return e == OK && is_active ? fact(tx, FACT_TENANT_RESUMED, id) : e;
}

/* ---- name, currency, address ---- */

/* What is booked stays in the currency in which it was booked. */
enum err
tenant_check_currency(struct tx *tx, const char *currency)
{
	struct tenant t;
	int64_t booked;
	enum err e = tenant_get(tx, &tx->tenant, &t);

	if (e != OK || str_eq(t.currency, currency))
		return e;
	e = db_int(tx, 0, &booked,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM invoices "
	    "WHERE tenant_id = $1 LIMIT 1) AS booked",
	    DB_ID(&tx->tenant));
	if (e != OK || booked == 0)
		return e;
	problem_add(tx->problems, "currency", "conflict",
	    "There are invoices, and the books are in %s.", t.currency);
	return E_CONFLICT;
}

static enum err
check_change(struct tx *tx, const struct tenant_change *c)
{
	size_t before = tx->problems->n;
	const char *support = c->support_email;

	tenant_check(tx->problems, c->name, c->currency,
	    support && support[0] != '\0' ? support : NULL);
	if (tx->problems->n != before)
		return E_INPUT;
	return c->currency ? tenant_check_currency(tx, c->currency) : OK;
}

static enum err
refuse_stale(struct tx *tx)
{
	problem_add(tx->problems, "version", "stale_version",
	    "Somebody else has changed this meanwhile.");
	return E_CONFLICT;
}

enum err
tenant_change(struct tx *tx, const struct tenant_change *c)
{
	struct tenant t;
	int64_t changed;
	enum err e = tenant_get(tx, &tx->tenant, &t);

	if (e == OK)
		e = check_change(tx, c);
	if (e != OK)
		return e;
	e = db_exec_n(tx, &changed,
	    "UPDATE tenants SET name = COALESCE($2, name), "
	    "currency = COALESCE($3, currency), "
	    "support_email = COALESCE($4, support_email), "
	    "brand_version = brand_version + 1, updated_at = $5 "
	    "WHERE id = $1 AND brand_version = $6",
	    DB_ID(&tx->tenant), DB_TEXT(c->name), DB_TEXT(c->currency),
	    DB_TEXT(c->support_email), DB_INT(tx->now),
	    DB_INT(c->version != 0 ? c->version : t.version));
	return e == OK && changed == 0 ? refuse_stale(tx) : e;
}

/* ---- hosts ---- */

enum err
tenant_drop_host(struct tx *tx, const char *host)
{
	int64_t changed;
	enum err e = db_exec_n(tx, &changed,
	    "DELETE FROM tenant_hosts WHERE tenant_id = $1 AND host = $2",
	    DB_ID(&tx->tenant), DB_TEXT(host));

	return e == OK && changed == 0 ? E_NOTFOUND : e;
}

enum err
tenant_hosts(struct tx *tx, const char *const **list_out, size_t *n_out)
{
	const char **list;
	int64_t n;
	size_t i = 0;
	struct rows r;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM tenant_hosts WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	list = arena_array(tx->arena, (size_t)n + 1, sizeof(*list));
	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT host FROM tenant_hosts WHERE tenant_id = $1 "
	    "ORDER BY created_at, host LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT(n));
	while (e == OK && rows_next(&r))
		list[i++] = row_strdup(&r, 0);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = i;
	}
	return e;
}
