/* intake.h - a paid order as another program hands it in.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reading an intake says what is malformed (the call is refused, and kept as a
 * refusal).  What is well-formed but does not match the catalogue is no fault
 * of the call: the money has been paid, so it becomes an order in review.
 */
#ifndef MPANEL_ORDERS_INTAKE_H
#define MPANEL_ORDERS_INTAKE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/json.h"
#include "base/problem.h"
#include "base/secret.h"
#include "catalog/period.h"

#define INTAKE_ITEMS_MAX    100
#define INTAKE_QUANTITY_MAX 1000

struct intake_item {
	const char *product_code;
	const char *product_id; /* by hand, instead of the code; or NULL */
	int64_t quantity;
	bool has_price; /* unitPrice was given */
	int64_t unit_price_minor;
	enum period period;
	const char *domain; /* as written; NULL when absent */
};

struct intake {
	const char *payment_intent_id;
	const char *email, *name, *phone;
	const char *line1, *line2, *city, *state, *postal_code, *country;
	const char *currency;
	const char *primary_domain; /* as written; NULL when absent */
	const char *coupon_code;
	const char *metadata; /* JSON object text */
	struct intake_item item[INTAKE_ITEMS_MAX];
	size_t n_items;
	/* The call after parsing: members sorted, money in minor units, so
	 * that two ways of writing one order compare equal. */
	const char *canonical;
	char hash[TOKEN_HASH_LEN];
};

/* Read a body.  currency is the tenant's, used when the call names none.
 * E_INPUT with a problem for each wrong field; problems whose fields can't be
 * understood at all (unknown names, wrong types) have the codes that make the
 * answer 400, the others 422.  E_BUSY: memory was refused, whatever the body.
 */
enum err intake_read(const struct json_in *in, const char *currency,
    struct intake *out) MUST_USE;

/* For an order by hand: its items, which may name `productId` instead of
 * `productSlug`; and its canonical text, when all else is there. */
bool intake_read_items(
    const struct json_in *in, const char *currency, struct intake *out);
enum err intake_make_canonical(struct arena *a, struct intake *in) MUST_USE;
/* Two letters of ISO 3166-1 into capitals; false with a problem. */
bool intake_read_country(const struct json_in *in, const char **out);

/* The intent named by a body that may be broken otherwise; NULL when none. */
const char *intake_peek_intent(const json_t *body);

#endif
