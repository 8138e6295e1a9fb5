/* money.h - whole minor units of an ISO 4217 currency; never a float.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_MONEY_H
#define MPANEL_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/error.h"

/* Three upper-case letters of a currency we know the exponent of. */
bool currency_valid(const char *code);
/* 0 (JPY), 2, 3 (KWD) ...; -1 when unknown. */
int currency_exponent(const char *code);

/* Checked arithmetic; false on overflow and *out untouched. */
bool money_add(int64_t a, int64_t b, int64_t *out) MUST_USE;
bool money_sub(int64_t a, int64_t b, int64_t *out) MUST_USE;
bool money_mul(int64_t a, int64_t n, int64_t *out) MUST_USE;
/* amount * parts_per_million / 1e6, half away from zero, in 128 bit. */
bool money_ppm(int64_t amount, int64_t ppm, int64_t *out) MUST_USE;
/* Split total over weights so that the parts sum to it (largest remainder;
 * ties to the earlier part).  Weights >= 0, not all zero. */
bool money_split(
    int64_t total, const int64_t *weights, size_t n, int64_t *parts) MUST_USE;

/* Decimal text in major units ("29.88", "1e2" accepted as JSON numbers are)
 * to minor units.  E_INPUT when it is no number, no whole count of minor
 * units, or does not fit. */
enum err money_parse(
    const char *s, const char *currency, int64_t *minor_out) MUST_USE;
/* `29.88`, `-3.00`, `1200` (JPY): the API's form. */
void money_decimal(struct buf *b, int64_t minor, const char *currency);
/* `$1,204.36`, `−€12.00`, `CHF 20.00`: the pages' form. */
void money_display(struct buf *b, int64_t minor, const char *currency);

#endif
