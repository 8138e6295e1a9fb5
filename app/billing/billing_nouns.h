/* billing_nouns.h - customers, subscriptions, invoices, payments as read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_BILLING_NOUNS_H
#define MPANEL_BILLING_BILLING_NOUNS_H

#include "resource/list.h"
#include "resource/search.h"

extern const struct noun customers_noun, subscriptions_noun, invoices_noun,
    invoice_items_noun, payments_noun, credit_notes_noun;
extern const struct noun_found customers_found, invoices_found;

/* What no field of a customer knows by itself, for every noun over customers
 * that has `taxId` and `country`. */
enum err customer_check(struct tx *tx, const struct values *v) MUST_USE;

/* A list of open invoices alone that are due before a date, the longest first;
 * the date is borrowed. */
void invoices_due_before(struct list *l, const char *date);

#endif
