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

/* The columns of read_product(), in its order. */
#define PRODUCT_COLUMNS "id, code, name, provisions, plan, taxable, status"

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
read_product(const struct rows *r, struct product *out)
{
	out->id = row_id(r, 0);
	out->code = row_strdup(r, 1);
	out->name = row_strdup(r, 2);
	out->provisions = provisions_of(row_text(r, 3));
	out->plan = row_strdup(r, 4);
	out->is_taxable = row_int(r, 5) != 0;
	out->is_active = str_eq(row_text(r, 6), "active");
}

enum err
product_find(struct tx *tx, const char *code, struct product *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " PRODUCT_COLUMNS " FROM products "
	    "WHERE tenant_id = $1 AND code = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(code));

	if (e != OK)
		return e;
	read_product(&r, out);
	return rows_done(&r);
}

enum err
product_get(struct tx *tx, const struct id *id, struct product *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " PRODUCT_COLUMNS " FROM products "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	read_product(&r, out);
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
	    "AND period = $3 AND currency = $4",
	    DB_ID(&tx->tenant), DB_ID(product),
	    DB_TEXT(period_info(period)->word), DB_TEXT(currency));

	if (e != OK)
		return e;
	out->price_minor = row_int(&r, 0);
	out->setup_fee_minor = row_int(&r, 1);
	return rows_done(&r);
}
