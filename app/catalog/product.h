/* product.h - what is sold, for how much, and what it provisions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_PRODUCT_H
#define MPANEL_CATALOG_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "catalog/period.h"
#include "store/store.h"

enum provisions {
	PROVISIONS_NONE,
	PROVISIONS_WEBSITE,
	PROVISIONS_BACKUP,
	PROVISIONS__MAX
};
extern const char *const provisions_names[PROVISIONS__MAX];

struct product {
	struct id id;
	const char *code;
	const char *name;
	enum provisions provisions;
	const char *plan;	  /* JSON object for the task's payload */
	const char *server_group; /* of servers that it is put on; "": any */
	bool is_taxable;
	bool is_active;
};

/* By code within the tenant; E_NOTFOUND.  Inactive ones are found too. */
enum err product_find(
    struct tx *tx, const char *code, struct product *out) MUST_USE;
/* By code, with its price: ask, and read the answer.  E_NOTFOUND: no such
 * product; *is_sold_out false: not for this period and currency. */
struct price;
enum err product_ask(struct tx *tx, const char *code, enum period period,
    const char *currency, struct rows *r) MUST_USE;
enum err product_read(struct rows *r, struct product *out,
    struct price *price_out, bool *is_sold_out) MUST_USE;
enum err product_get(
    struct tx *tx, const struct id *id, struct product *out) MUST_USE;

/* What one unit costs at the first payment: price plus set-up fee, in minor
 * units of currency.  E_NOTFOUND: not sold for this period and currency. */
struct price {
	int64_t price_minor;
	int64_t setup_fee_minor;
};
enum err product_price(struct tx *tx, const struct id *product,
    enum period period, const char *currency, struct price *out) MUST_USE;

#endif
