/* names.c - domains, addresses, ids and text, against their grammars.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <regex.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/money.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

#define LABEL  "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#define NO_DOT "[-a-zA-Z0-9!#$%&'*+/=?^_`{|}~]+"
#define HEX(n) "[0-9a-f]{" #n "}"

const char fuzz_name[] = "names";

enum {
	DOMAIN,
	NUMERIC_END,
	EMAIL_USER,
	SLUG,
	UUID,
	WHOLE,
	CURRENCY,
	N_GRAMMARS
};

static const char *const grammars[N_GRAMMARS] = {
    [DOMAIN] = "^(" LABEL "[.])+" LABEL "$",
    [NUMERIC_END] = "(^|[.])[0-9]+$",
    [EMAIL_USER] = "^" NO_DOT "([.]" NO_DOT ")*@",
    [SLUG] = "^[a-z0-9][a-z0-9-]{0,62}$",
    [UUID] = "^" HEX(8) "-" HEX(4) "-" HEX(4) "-" HEX(4) "-" HEX(12) "$",
    [WHOLE] = "^-?[0-9]+$",
    [CURRENCY] = "^[A-Z]{3}$",
};

static bool
matches(int which, const char *s)
{
	static regex_t compiled[N_GRAMMARS];
	static bool ready;

	for (int i = 0; !ready && i < N_GRAMMARS; i++) {
		if (regcomp(&compiled[i], grammars[i],
			REG_EXTENDED | REG_NOSUB) != 0)
			abort();
	}
	ready = true;
	return regexec(&compiled[which], s, 0, NULL, 0) == 0;
}

static void
check_domain(struct arena *a, const char *s)
{
	bool valid =
	    strlen(s) <= 253 && matches(DOMAIN, s) && !matches(NUMERIC_END, s);
	const char *d = domain_canonical(a, s);

	assert(domain_valid(s) == valid);
	assert(!valid || (d && str_eq(d, s)));
	if (!d)
		return;
	assert(domain_valid(d) && str_eq_nocase(str_lower(a, d), d));
	assert(str_eq(domain_canonical(a, arena_printf(a, "%s.", d)), d));
	assert(!domain_canonical(a, arena_printf(a, "%s..", d)));
	assert(!domain_canonical(a, arena_printf(a, " %s", d)));
	assert(email_valid(arena_printf(a, "a@%s", d)) == (strlen(d) <= 252));
}

static void
check_email(struct arena *a, const char *s)
{
	size_t user = strcspn(s, "@");
	const char *domain = s[user] ? s + user + 1 : "";
	const char *canonical = domain_canonical(a, domain);
	bool valid = strlen(s) <= 254 && user <= 64 && matches(EMAIL_USER, s) &&
		     canonical && strlen(canonical) == strlen(domain);

	assert(email_valid(s) == valid);
}

static void
check_words(const char *s)
{
	int64_t n = 0;
	long long want;
	bool fits;

	assert(slug_valid(s) == matches(SLUG, s));
	assert(id_valid(s) == matches(UUID, s));
	assert(!currency_valid(s) || matches(CURRENCY, s));
	errno = 0;
	want = strtoll(s, NULL, 10);
	fits = matches(WHOLE, s) && errno == 0;
	assert(str_to_i64(s, INT64_MIN, INT64_MAX, &n) == fits);
	assert(!fits || n == want);
}

/* Well-formed sequences by first and second byte (Unicode 15, table 3-7). */
static size_t
sequence(const unsigned char *s, size_t n)
{
	static const struct {
		unsigned char first, last, second, second_last;
		size_t len;
	} rows[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

	if (s[0] < 0x80)
		return 1;
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		if (s[0] < rows[i].first || s[0] > rows[i].last)
			continue;
		if (n < rows[i].len || s[1] < rows[i].second ||
		    s[1] > rows[i].second_last)
			return 0;
		for (size_t k = 2; k < rows[i].len; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		}
		return rows[i].len;
	}
	return 0;
}

static bool
is_utf8(const char *s, size_t n)
{
	for (size_t i = 0, step; i < n; i += step) {
		step = sequence((const unsigned char *)s + i, n - i);
		if (step != utf8_step(s + i, n - i, NULL))
			abort();
		if (step == 0 || s[i] == '\0')
			return false;
	}
	return true;
}

static void
check_markup(const char *s, size_t n)
{
	struct buf b;

	buf_init(&b, 0);
	buf_html(&b, s, n);
	assert(!memchr(buf_str(&b), '<', b.len));
	assert(!memchr(buf_str(&b), '>', b.len));
	assert(!memchr(buf_str(&b), '"', b.len));
	assert(!memchr(buf_str(&b), '\'', b.len));
	buf_reset(&b);
	buf_uri(&b, s, n);
	assert(strspn(buf_str(&b), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
				   "rstuvwxyz0123456789-._~%") == b.len);
	buf_fini(&b);
}

/* A JSON string of any bytes is JSON; of UTF-8 it is the same text. */
static void
check_json(const char *s, size_t n, bool is_text)
{
	struct buf b;
	json_t *v;

	buf_init(&b, 0);
	buf_putc(&b, '"');
	buf_json(&b, s, n);
	buf_putc(&b, '"');
	v = json_loadb(
	    buf_str(&b), b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert(v);
	assert(!is_text || (json_string_length(v) == n &&
			       memcmp(json_string_value(v), s, n) == 0));
	json_decref(v);
	buf_fini(&b);
}

static void
check_text(struct arena *a, const char *s, size_t n)
{
	const char *trimmed = str_trim(a, s), *lower = str_lower(a, s);
	char *hex = arena_alloc(a, 2 * n + 1), *back = arena_alloc(a, n + 1);

	assert(!text_is_printable(s) || utf8_valid(s, n));
	assert(str_eq(str_trim(a, trimmed), trimmed) && strstr(s, trimmed));
	assert(str_eq_nocase(s, lower) && str_eq(str_lower(a, lower), lower));
	hex_encode(hex, s, n);
	assert(n == 0 || hex_decode(hex, back, n));
	assert(memcmp(back, s, n) == 0);
	assert(!hex_decode(hex, back, n + 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part all = {(const char *)data, n};
	struct arena *a = arena_new(16 * MEBIBYTE);
	char *s = part_text(all);
	bool is_text = is_utf8(all.s, n);

	assert(utf8_valid(all.s, n) == is_text);
	check_markup(all.s, n);
	check_json(all.s, n, is_text);
	check_text(a, s, strlen(s));
	check_words(s);
	if (n <= 300) { /* the grammars are slow */
		check_domain(a, s);
		check_email(a, s);
	}
	free(s);
	arena_free(&a);
	return 0;
}
