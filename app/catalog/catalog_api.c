/* catalog_api.c - GET /api/public/plans: what is sold, and for how much.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/catalog_api.h"

#include "base/text.h"
#include "catalog/period.h"

static void
open_plan(struct json_out *w, const struct rows *r)
{
	json_open(w, NULL, '{');
	json_str(w, "id", row_text(r, 0));
	json_str(w, "code", row_text(r, 1));
	json_str(w, "slug", row_text(r, 1));
	json_str(w, "name", row_text(r, 2));
	json_str(w, "description", row_text(r, 3));
	json_str(w, "type", row_text(r, 4));
	json_open(w, "billing", '[');
}

static void
close_plan(struct json_out *w)
{
	json_close(w, ']');
	json_close(w, '}');
}

static void
write_price(struct json_out *w, const struct rows *r)
{
	enum period p;
	const char *currency = row_text(r, 6);

	if (!period_parse(row_text(r, 5), &p))
		return;
	json_open(w, NULL, '{');
	json_str(w, "term", period_info(p)->label);
	json_str(w, "period", period_info(p)->word);
	json_str(w, "label", period_info(p)->label);
	json_int(w, "months", period_info(p)->months);
	json_money(w, "price", row_int(r, 7), currency);
	json_str(w, "currency", currency);
	json_money(w, "setupFee", row_int(r, 8), currency);
	json_close(w, '}');
}

/* One row per price, plans together: a plan opens when its id is new. */
static void
write_plans(struct json_out *w, struct rows *r)
{
	struct id open = {""};

	json_open(w, "plans", '[');
	while (rows_next(r)) {
		if (!str_eq(open.s, row_text(r, 0))) {
			if (id_is_set(&open))
				close_plan(w);
			open_plan(w, r);
			open = row_id(r, 0);
		}
		write_price(w, r);
	}
	if (id_is_set(&open))
		close_plan(w);
	json_close(w, ']');
}

static enum err
get_plans(struct request *rq)
{
	struct json_out *w;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT p.id, p.code, p.name, p.description, p.type, x.period, "
	    "x.currency, x.price_minor, x.setup_fee_minor "
	    "FROM products p JOIN product_prices x "
	    "ON x.tenant_id = p.tenant_id AND x.product_id = p.id "
	    "WHERE p.tenant_id = $1 AND p.status = 'active' "
	    "AND p.deleted_at IS NULL AND x.deleted_at IS NULL "
	    "ORDER BY p.position, p.code, x.currency, x.price_minor",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	write_plans(w, &r);
	json_close(w, '}');
	return rows_done(&r);
}

/* clang-format off */
const struct route catalog_api_routes[] = {
	{GET,	"/api/public/plans",	POOL_INTAKE, AUTH_TENANT, PERM__UNSET,
		BODY_NONE, 0, get_plans, "plans.list"},
	{0}
};
/* clang-format on */
