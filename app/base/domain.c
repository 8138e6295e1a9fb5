/* domain.c - what MPanel takes for a domain, an e-mail address, a slug.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/text.h"

#include <string.h>

#define DOMAIN_MAX     253
#define LABEL_MAX      63
#define EMAIL_MAX      254
#define EMAIL_USER_MAX 64
#define SLUG_MAX       63

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

/* LDH rule of RFC 1123: letters, digits and inner hyphens. */
static bool
label_valid(const char *s, size_t n)
{
	if (n < 1 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_lower_or_digit(s[i]) && s[i] != '-')
			return false;
	}
	return true;
}

static bool
all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(s[i]))
			return false;
	}
	return true;
}

bool
domain_valid(const char *s)
{
	if (strnlen(s, DOMAIN_MAX + 1) > DOMAIN_MAX)
		return false;
	for (int labels = 1;; labels++) {
		size_t n = strcspn(s, ".");

		if (!label_valid(s, n))
			return false;
		if (s[n] == '\0')
			return labels >= 2 && !all_digits(s, n);
		s += n + 1;
	}
}

char *
domain_canonical(struct arena *a, const char *s)
{
	size_t n = strnlen(s, DOMAIN_MAX + 2);
	char *d;

	if (n > DOMAIN_MAX + 1)
		return NULL;
	if (n > 0 && s[n - 1] == '.')
		n--;
	d = arena_strndup(a, s, n);
	if (d)
		d = str_lower(a, d);
	return d && domain_valid(d) ? d : NULL;
}

static bool
is_atext(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c));
}

/* dot-atom of RFC 5322: atoms with single dots between them. */
static bool
email_user_valid(const char *s, size_t n)
{
	if (n < 1 || n > EMAIL_USER_MAX || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? i == 0 || s[i - 1] == '.' : !is_atext(s[i]))
			return false;
	}
	return true;
}

bool
email_valid(const char *s)
{
	char domain[EMAIL_MAX + 1];
	size_t n = strnlen(s, EMAIL_MAX + 1), user = strcspn(s, "@"), i;

	if (n > EMAIL_MAX || user == n || !email_user_valid(s, user))
		return false;
	s += user + 1;
	for (i = 0; s[i]; i++) {
		bool upper = s[i] >= 'A' && s[i] <= 'Z';

		domain[i] = upper ? (char)(s[i] - 'A' + 'a') : s[i];
	}
	domain[i] = '\0';
	return domain_valid(domain);
}

bool
slug_valid(const char *s)
{
	size_t n = strnlen(s, SLUG_MAX + 1);

	if (n < 1 || n > SLUG_MAX || s[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_lower_or_digit(s[i]) && s[i] != '-')
			return false;
	}
	return true;
}
