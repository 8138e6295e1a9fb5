/* payment_said.h - money that staff say has come: how, when, and what the payer
 * wrote.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The same rules wherever they say it: of an invoice, or of an order by hand.
 */
#ifndef MPANEL_BILLING_PAYMENT_SAID_H
#define MPANEL_BILLING_PAYMENT_SAID_H

#include <stdbool.h>
#include "resource/field.h"
#include "store/store.h"

/* In characters: as much as a SEPA transfer carries. */
enum { PAYMENT_REFERENCE_MAX = 140 };

/* "bank_transfer" first; ended by NULL, the labels by a NULL word. */
extern const char *const payment_means[];
extern const struct choice payment_means_labels[];
/* "Bank transfer"; "By hand" where nobody said (NULL). */
const char *payment_means_label(const char *means);

struct payment_said {
	const char *means;	 /* NULL: "bank_transfer" */
	const char *received_on; /* NULL: today */
	const char *reference;	 /* NULL: "" */
};
/* Puts in what was not said.  False with a problem for each that is wrong, in
 * the fields `date`, `reference` and what the call names the means. */
bool payment_said_check(
    struct tx *tx, struct payment_said *said, const char *means_field);

#endif
