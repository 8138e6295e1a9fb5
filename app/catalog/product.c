/* product.c - what is sold, for how much, and what it provisions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/product.h"

#include "base/text.h"

const char *const provisions_names[PROVISIONS__MAX] = {
    [PROVISIONS_NONE] = "none",
    [PROVISIONS_WEBSITE] = "website",
    [PROVISIONS_BACKUP] = "backup",
};

/* The columns of read_row(), in its order. */
#define PRODUCT_COLUMNS                                                        \
	"p.id, p.code, p.name, p.provisions, p.plan, p.taxable, "              \
	"p.status, p.server_group"

static enum provisions
provisions_of(const char *word)
{
	enum provisions p = 0;

	while (p < PROVISIONS__MAX && !str_eq(word, provisions_names[p]))
		p++;
	assert(p < PROVISIONS__MAX);
	return p;
}

static void
read_row(const struct rows *r, struct product *out)
{
	out->id = row_id(r, 0);
	out->code = row_strdup(r, 1);
	out->name = row_strdup(r, 2);
	out->provisions = provisions_of(row_text(r, 3));
	out->plan = row_strdup(r, 4);
	out->is_taxable = row_int(r, 5) != 0;
	out->is_active = str_eq(row_text(r, 6), "active");
	out->server_group = row_strdup(r, 7);
}

enum err
product_find(struct tx *tx, const char *code, struct product *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " PRODUCT_COLUMNS " FROM products p "
	    "WHERE p.tenant_id = $1 AND p.code = $2 "
	    "AND p.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(code));

	if (e != OK)
		return e;
	read_row(&r, out);
	return rows_done(&r);
}

enum err
product_ask(struct tx *tx, const char *code, enum period period,
    const char *currency, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT " PRODUCT_COLUMNS ", x.price_minor, x.setup_fee_minor "
	    "FROM products p LEFT JOIN product_prices x "
	    "ON x.tenant_id = p.tenant_id AND x.product_id = p.id "
	    "AND x.period = $3 AND x.currency = $4 "
	    "AND x.deleted_at IS NULL "
	    "WHERE p.tenant_id = $1 AND p.code = $2 "
	    "AND p.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(code),
	    DB_TEXT(period_info(period)->word), DB_TEXT(currency));
}

enum err
product_read(struct rows *r, struct product *out, struct price *price_out,
    bool *is_sold_out)
{
	bool found = rows_next(r);
	enum err e;

	if (found) {
		read_row(r, out);
		*is_sold_out = !row_is_null(r, 8);
		price_out->price_minor = row_int(r, 8);
		price_out->setup_fee_minor = row_int(r, 9);
	}
	e = rows_done(r);
	return e == OK && !found ? E_NOTFOUND : e;
}

enum err
product_get(struct tx *tx, const struct id *id, struct product *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " PRODUCT_COLUMNS " FROM products p "
	    "WHERE p.tenant_id = $1 AND p.id = $2 "
	    "AND p.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	read_row(&r, out);
	return rows_done(&r);
}

enum err
product_price(struct tx *tx, const struct id *product, enum period period,
    const char *currency, struct price *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT price_minor, setup_fee_minor FROM product_prices "
	    "WHERE tenant_id = $1 AND product_id = $2 "
	    "AND period = $3 AND currency = $4 "
	    "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(product),
	    DB_TEXT(period_info(period)->word), DB_TEXT(currency));

	if (e != OK)
		return e;
	out->price_minor = row_int(&r, 0);
	out->setup_fee_minor = row_int(&r, 1);
	return rows_done(&r);
}
