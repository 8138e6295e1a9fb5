/* customer.h - who buys; one row per e-mail address within a tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_CUSTOMER_H
#define MPANEL_BILLING_CUSTOMER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct customer {
	struct id id;
	const char *name, *email, *phone;
	const char *line1, *line2, *city, *state, *postal_code, *country;
	const char *currency;
	const char *company, *tax_id; /* read only */
	/* Read only: somebody looks after it, who may want its mails. */
	bool has_people;
};

/* The customer with in->email (ASCII case ignored), made from in when there is
 * none; facts of an existing customer are filled where they were empty, never
 * overwritten.  Text members may be NULL.  *out is what the row says now. */
enum err customer_upsert(
    struct tx *tx, const struct customer *in, struct customer *out) MUST_USE;
/* The same in two steps, so that others ask meanwhile. */
enum err customer_upsert_ask(
    struct tx *tx, const struct customer *in, struct rows *r) MUST_USE;
enum err customer_read(struct rows *r, struct customer *out) MUST_USE;
enum err customer_get(
    struct tx *tx, const struct id *id, struct customer *out) MUST_USE;
/* The credit balance, locked unless the transaction only reads. */
enum err customer_credit(
    struct tx *tx, const struct id *id, int64_t *minor_out) MUST_USE;
/* One who is there to order: E_NOTFOUND when gone.  By id, or else by e-mail.
 */
enum err customer_find(struct tx *tx, const struct id *id, const char *email,
    struct customer *out, bool *is_open_out) MUST_USE;
/* Raise (or lower) the credit balance beside its ledger entry. */
enum err customer_add_credit(
    struct tx *tx, const struct id *id, int64_t minor) MUST_USE;

#endif
