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
#include "base/problem.h"

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
/* The most that one amount, line or total may be, in minor units: sums over
 * millions of them fit. */
#define MONEY_AMOUNT_MAX INT64_C(999999999999)
/* money_parse() of an amount that somebody names, which is no larger, either
 * way.  False with a problem of this field: out_of_range, or bad_format with
 * this text. */
bool money_take(struct problems *p, const char *field, const char *text,
    const char *s, const char *currency, int64_t *minor_out) MUST_USE;
/* That problem alone. */
void money_refuse_large(
    struct problems *p, const char *field, const char *currency);
/* `29.88`, `-3.00`, `1200` (JPY): the API's form. */
void money_decimal(struct buf *b, int64_t minor, const char *currency);
/* How people write numbers. */
struct number_form {
	char group, point;
	bool sign_last; /* "12,00 €" */
};
extern const struct number_form number_form_english;

/* `$1,204.36`, `−€12.00`, `CHF 20.00`: the pages' form, in English. */
void money_display(struct buf *b, int64_t minor, const char *currency,
    const struct number_form *form);
/* The same, ending before `end`, where MONEY_TEXT_MAX bytes are free; where it
 * begins.  No '\0' behind it. */
#define MONEY_TEXT_MAX 48
char *money_before(char *end, int64_t minor, const char *currency,
    const struct number_form *form);
/* `1,204`. */
void number_display(struct buf *b, int64_t n, const struct number_form *form);

#endif
