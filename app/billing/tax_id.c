/* tax_id.c - the form of VAT numbers, by country.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/tax_id.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define TEXT_MAX 40

/* 9 a digit, A a letter, * either; other characters stand for themselves.
 * Forms are parted by blanks. */
static const struct form {
	const char *country, *prefix, *forms, *example;
} forms[] = {
    {"AT", "AT", "U99999999", "ATU13585627"},
    {"BE", "BE", "0999999999 1999999999", "BE0428759497"},
    {"BG", "BG", "999999999 9999999999", "BG175074752"},
    {"CH", "CHE", "999999999 999999999MWST 999999999TVA 999999999IVA",
	"CHE123456788MWST"},
    {"CY", "CY", "99999999A", "CY10259033P"},
    {"CZ", "CZ", "99999999 999999999 9999999999", "CZ25123891"},
    {"DE", "DE", "999999999", "DE129273398"},
    {"DK", "DK", "99999999", "DK13585628"},
    {"EE", "EE", "999999999", "EE100931558"},
    {"ES", "ES", "*9999999*", "ESB58378431"},
    {"FI", "FI", "99999999", "FI20774740"},
    {"FR", "FR", "**999999999", "FR40303265045"},
    {"GB", "GB", "999999999 999999999999 GD999 HA999", "GB980780684"},
    {"GR", "EL", "999999999", "EL094259216"},
    {"HR", "HR", "99999999999", "HR33392005961"},
    {"HU", "HU", "99999999", "HU12892312"},
    {"IE", "IE", "9*99999A 9999999A 9999999AA", "IE6433435F"},
    {"IT", "IT", "99999999999", "IT00743110157"},
    {"LT", "LT", "999999999 999999999999", "LT119511515"},
    {"LU", "LU", "99999999", "LU15027442"},
    {"LV", "LV", "99999999999", "LV40003521600"},
    {"MT", "MT", "99999999", "MT11679112"},
    {"NL", "NL", "999999999B99", "NL004495445B01"},
    {"NO", "NO", "999999999 999999999MVA", "NO988077917MVA"},
    {"PL", "PL", "9999999999", "PL8567346215"},
    {"PT", "PT", "999999999", "PT501964843"},
    {"RO", "RO",
	"99 999 9999 99999 999999 9999999 99999999 999999999 9999999999",
	"RO18547290"},
    {"SE", "SE", "999999999999", "SE123456789701"},
    {"SI", "SI", "99999999", "SI50223054"},
    {"SK", "SK", "9999999999", "SK2022749619"},
};

static const struct form *
find(const char *country)
{
	for (size_t i = 0; i < N_ELEMS(forms); i++)
		if (str_eq(forms[i].country, country))
			return &forms[i];
	return NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
fits_char(char form, char c)
{
	switch (form) {
	case '9':
		return is_digit(c);
	case 'A':
		return is_capital(c);
	case '*':
		return is_digit(c) || is_capital(c);
	default:
		return form == c;
	}
}

/* A form that is `n` long. */
static bool
fits_form(const char *form, size_t n, const char *s)
{
	if (strlen(s) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!fits_char(form[i], s[i]))
			return false;
	return true;
}

static bool
fits_any(const char *list, const char *s)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (fits_form(list, n, s))
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* False: it is longer than any. */
static bool
squeeze(const char *text, char out[static TEXT_MAX + 1])
{
	size_t n = 0;

	for (; *text; text++) {
		char c = *text;

		if (c == ' ' || c == '.' || c == '-')
			continue;
		if (n == TEXT_MAX)
			return false;
		out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	out[n] = '\0';
	return true;
}

const char *
tax_id_example(const char *country)
{
	const struct form *f = find(country);

	return f ? f->example : NULL;
}

bool
tax_id_fits(const char *country, const char *text)
{
	const struct form *f = find(country);
	char s[TEXT_MAX + 1];

	if (!f)
		return true;
	if (!squeeze(text, s))
		return false;
	if (str_starts(s, f->prefix) &&
	    fits_any(f->forms, s + strlen(f->prefix)))
		return true;
	return fits_any(f->forms, s);
}
