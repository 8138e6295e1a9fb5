/* billing_nouns.h - customers, subscriptions, invoices, payments as read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_BILLING_NOUNS_H
#define MPANEL_BILLING_BILLING_NOUNS_H

#include "resource/noun.h"

extern const struct noun customers_noun, subscriptions_noun, invoices_noun,
    invoice_items_noun, payments_noun;

#endif
