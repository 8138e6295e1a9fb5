/* text.h - small questions about strings, and validators by hand.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Validators look at the whole string (no unanchored patterns) and are the
 * only place where MPanel decides what a domain or an address is.
 */
#ifndef MPANEL_BASE_TEXT_H
#define MPANEL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

static inline bool
str_eq(const char *a, const char *b)
{
	/* Most that are compared differ at once: no call for them. */
	return *a == *b && __builtin_strcmp(a, b) == 0;
}
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* ASCII only: names of headers, domains, e-mail addresses. */
bool str_eq_nocase(const char *a, const char *b);
char *str_lower(struct arena *a, const char *s);
char *str_upper(struct arena *a, const char *s);
/* Without leading and trailing ASCII white space. */
char *str_trim(struct arena *a, const char *s);
/* Whole-string decimal within [min, max]; no sign but '-', no white space. */
bool str_to_i64(const char *s, int64_t min, int64_t max, int64_t *out);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms) without NUL. */
bool utf8_valid(const char *s, size_t n);
/* Bytes of the well-formed sequence that s[0..n) begins with, 0 when there is
 * none; its code point goes to *cp_out unless NULL. */
size_t utf8_step(const char *s, size_t n, uint32_t *cp_out);
/* Number of code points; s is valid UTF-8. */
size_t utf8_len(const char *s);
/* No C0 or C1 control character, no line or paragraph separator. */
bool text_is_printable(const char *s);

/* Lower-case host name of two or more labels, LDH, 1-63 each, <= 253 in all,
 * last label not all digits, A-labels (xn--) allowed (RFC 1123, RFC 5890). */
bool domain_valid(const char *s);
/* Writes the canonical form (lower case, one trailing dot removed, non-ASCII
 * refused) or returns NULL when s is no domain. */
char *domain_canonical(struct arena *a, const char *s);
/* addr-spec as HTML accepts it (dot-atom, ASCII local part <= 64, domain),
 * <= 254 bytes (RFC 5321). */
bool email_valid(const char *s);
/* [a-z0-9][a-z0-9-]{0,62}: product codes, tenant slugs. */
bool slug_valid(const char *s);

/* n in decimal, ending before end (20 digits at most); the first digit. */
char *digits_before(char *end, uint64_t n);
/* The last `width` digits of n, with leading zeros; no NUL. */
void digits_fixed(char *out, int width, uint64_t n);

/* Constant-time comparison of two strings whose length may be public. */
bool str_eq_secret(const char *a, const char *b);
/* n bytes as 2n lower-case hex digits and NUL. */
void hex_encode(char *out, const void *p, size_t n);
/* Whole-string hex of exactly n bytes. */
bool hex_decode(const char *s, void *out, size_t n);

#endif
