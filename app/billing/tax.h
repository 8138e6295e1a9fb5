/* tax.h - tax: contained in what a customer pays, or put on net amounts.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Catalogue prices are what is charged, tax included: a paid amount is split,
 * never added to, so an order's total is what the card was charged.  Invoices
 * made by hand have net prices, and tax is put on top.
 */
#ifndef MPANEL_BILLING_TAX_H
#define MPANEL_BILLING_TAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "store/store.h"

/* The rate for the customer with this e-mail address: the rule for country and
 * state, else for the country, else for anywhere, else 0.  Parts per million.
 * Ask, and read the answer. */
enum err tax_rate_ask(
    struct tx *tx, const char *email, struct rows *r) MUST_USE;
enum err tax_rate_read(struct rows *r, int64_t *ppm_out) MUST_USE;
/* The same for who is no customer yet and lives in this country ("": unknown).
 */
enum err tax_rate_of_country(
    struct tx *tx, const char *country, int64_t *ppm_out) MUST_USE;

/* Tax within gross at ppm: gross - gross / (1 + rate), half away from zero. */
int64_t tax_within(int64_t gross_minor, int64_t ppm);

/* Tax put on n net amounts of one rate: rounded once, on their sum, half away
 * from zero (EN 16931 BR-CO-17), and spread over them by largest remainder.
 * False: it does not fit. */
bool tax_on(const int64_t *net_minor, size_t n, int64_t ppm,
    int64_t *tax_minor) MUST_USE;

#endif
