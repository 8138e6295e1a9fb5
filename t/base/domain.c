/* domain.c - tests of the validators of domains, e-mail addresses, slugs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"

#include "tap.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define L61 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"

/* clang-format off */
static const struct text_case {
	const char *in;
	bool good;
} domain_cases[] = {
	{ "techstartup.net", true },
	{ "a.b", true },
	{ "1.example", true },
	{ "3com.example", true },
	{ "xn--mnchen-3ya.example", true },
	{ "example.xn--p1ai", true },
	{ "r3---sn-x.example.com", true },
	{ L63 ".com", true },
	{ L63 "." L63 "." L63 "." L61, true },
	{ L63 "." L63 "." L63 "." L63, false },
	{ "a" L63 ".com", false },
	{ "", false },
	{ ".", false },
	{ "localhost", false },
	{ "example.com.", false },
	{ ".example.com", false },
	{ "a..b", false },
	{ "-a.com", false },
	{ "a-.com", false },
	{ "a.com-", false },
	{ "Example.com", false },
	{ "exa_mple.com", false },
	{ "exa mple.com", false },
	{ " example.com", false },
	{ "example.com\n", false },
	{ "example.com\nserver_name evil;", false },
	{ "example.com;", false },
	{ "example.com/", false },
	{ "../etc/passwd", false },
	{ "a.com/../../b", false },
	{ "*.example.com", false },
	{ "$(id).com", false },
	{ "m\xc3\xbcnchen.de", false },
	{ "example.c\xd0\xbem", false },
	{ "127.0.0.1", false },
	{ "1.2.3.4", false },
	{ "example.123", false },
	{ "[::1]", false },
	{ "example.com:80", false },
	{ "user@example.com", false },
}, email_cases[] = {
	{ "client@example.com", true },
	{ "o'brien+news@example.com", true },
	{ "a.b.c@x.example.com", true },
	{ "A@Example.COM", true },
	{ "!#$%&'*+/=?^_`{|}~-@example.com", true },
	{ L63 "a@example.com", true },
	{ L63 "ab@example.com", false },
	{ "a@" L63 "." L63 "." L61, true },
	{ L63 "a@" L63 "." L63 "." L61, true }, /* 254 bytes */
	{ L63 "a@" L63 "." L63 "." L61 "a", false },
	{ "", false },
	{ "@", false },
	{ "a@", false },
	{ "@example.com", false },
	{ "a@b", false },
	{ "a@localhost", false },
	{ "a@@example.com", false },
	{ "a@b@example.com", false },
	{ ".a@example.com", false },
	{ "a.@example.com", false },
	{ "a..b@example.com", false },
	{ "a b@example.com", false },
	{ " a@example.com", false },
	{ "a@example.com ", false },
	{ "a@example.com\r\nBcc: x@example.com", false },
	{ "a\n@example.com", false },
	{ "\"a\"@example.com", false },
	{ "a(b)@example.com", false },
	{ "a,b@example.com", false },
	{ "<a@example.com>", false },
	{ "A <a@example.com>", false },
	{ "a@[127.0.0.1]", false },
	{ "a@127.0.0.1", false },
	{ "a@-b.com", false },
	{ "a@example.com.", false },
	{ "\xc3\xb6@example.com", false },
}, slug_cases[] = {
	{ "starter", true },
	{ "daily-backups-30d", true },
	{ "0", true },
	{ "a-", true },
	{ L63, true },
	{ L63 "a", false },
	{ "", false },
	{ "-a", false },
	{ "A", false },
	{ "a b", false },
	{ "a_b", false },
	{ "a/b", false },
	{ "a\n", false },
	{ "..", false },
};

static const struct canonical_case {
	const char *in, *want;
} canonical_cases[] = {
	{ "Example.COM", "example.com" },
	{ "example.com.", "example.com" },
	{ "EXAMPLE.com.", "example.com" },
	{ L63 "." L63 "." L63 "." L61 ".", L63 "." L63 "." L63 "." L61 },
	{ L63 "." L63 "." L63 "." L63 ".", NULL },
	{ "example.com..", NULL },
	{ ".", NULL },
	{ "", NULL },
	{ "com.", NULL },
	{ " example.com", NULL },
	{ "M\xc3\x9cNCHEN.de", NULL },
	{ "a.com\n", NULL },
};
/* clang-format on */

static void
check(const char *what, bool (*valid)(const char *),
    const struct text_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ok(valid(cases[i].in) == cases[i].good, "%s case %zu is %s",
		    what, i, cases[i].good ? "accepted" : "refused");
}

int
main(void)
{
	struct arena *a = arena_new(1 << 20);

	check("domain", domain_valid, domain_cases, N_ELEMS(domain_cases));
	check("e-mail", email_valid, email_cases, N_ELEMS(email_cases));
	check("slug", slug_valid, slug_cases, N_ELEMS(slug_cases));
	for (size_t i = 0; i < N_ELEMS(canonical_cases); i++) {
		char name[64];

		snprintf(name, sizeof(name), "canonical domain, case %zu", i);
		is_str(domain_canonical(a, canonical_cases[i].in),
		    canonical_cases[i].want, name);
	}
	ok(!arena_failed(a), "a wrong domain is no refusal of memory");
	arena_free(&a);
	return tap_done();
}
