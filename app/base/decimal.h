/* decimal.h - the value of a number literal, without a float.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The grammar is that of a JSON number (RFC 8259 section 6).  Used for money
 * and for the numbers of a JSON body.
 */
#ifndef MPANEL_BASE_DECIMAL_H
#define MPANEL_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Value: (-1)^is_negative * digits * 10^exponent.  Leading and trailing zeros
 * are not among the digits, so that equal numbers have equal digits and
 * exponents; zero has no digits. */
struct decimal {
	bool is_negative;
	bool is_plain;	    /* written as an integer: no point, no exponent */
	const char *digits; /* borrowed; may have the point in their midst */
	size_t n_digits;    /* the point not counted */
	int64_t exponent;   /* clipped to +-10^15: nothing that far fits */
};

/* Bytes of the longest literal that s[0..n) begins with, 0 when there is
 * none. */
size_t decimal_scan(const char *s, size_t n, struct decimal *out);
/* d * 10^shift, when that is whole and fits. */
bool decimal_to_i64(const struct decimal *d, int shift, int64_t *out);

#endif
