/* password.c - long and hard to guess is all that is asked of a password.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/password.h"

#include <string.h>

#include "base/text.h"
#include "tap.h"

static const struct password_context about = {
    .email = "ada.lovelace@example.com",
    .name = "Ada Lovelace",
    .company = "Nordlicht Hosting GmbH",
};

/* code "": acceptable. */
static const struct row {
	const char *password, *code;
} table[] = {
    {"rusty anvil picnic", ""},
    {"twelve-12345-chairs", ""},
    {"violet\xc3\xa9 canoe", ""},
    {"\xe6\x9c\xa8\xe6\xbc\x8f\xe3\x82\x8c\xe6\x97\xa5\xe3\x81\xa8"
     "\xe9\x9b\xa8\xe3\x81\xae\xe9\x9f\xb3\xe3\x81\xab\xe7\x9c\xa0\xe3\x82\x8b\xe3\x82\x88",
	""},
    {"k2#Vq9!tLw0zB", ""},
    {"adamant-otter-lake", ""},
    {"passwords are never enough", ""},
    {"elevenchars", "out_of_range"},
    {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc", "out_of_range"},
    {"", "out_of_range"},
    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "bad_encoding"},
    {"aaaaaaaaaaaa", "not_allowed"},
    {"abcabcabcabc", "not_allowed"},
    {"hunter2hunter2", ""},
    {"xk9xk9xk9xk9", "not_allowed"},
    {"123456789012", "not_allowed"},
    {"098765432109", "not_allowed"},
    {"abcdefghijklm", "not_allowed"},
    {"QwertyUiop123", "not_allowed"},
    {"1qaz2wsx3edc4rfv", "not_allowed"},
    {"password1234", "not_allowed"},
    {"P@ssw0rd!2026", "not_allowed"},
    {"Passwordpassword", "not_allowed"},
    {"Welcome2026!!", "not_allowed"},
    {"Winter2026!!!", "not_allowed"},
    {"adminadmin12", "not_allowed"},
    {"letmein-letmein", "not_allowed"},
    {"correct horse", "not_allowed"},
    {"ada.lovelace@example.com", "not_allowed"},
    {"Lovelace1815!", "not_allowed"},
    {"AdaLovelace!!1", "not_allowed"},
    {"nordlicht2026", "not_allowed"},
};

static void
test_table(struct arena *a)
{
	for (size_t i = 0; i < N_ELEMS(table); i++) {
		const struct row *r = &table[i];
		struct problems p;
		bool good;

		problems_init(&p, a);
		good = password_acceptable(&p, "password", r->password, &about);
		ok(good == (r->code[0] == '\0') &&
			p.n == (good ? (size_t)0 : (size_t)1) &&
			(good || str_eq(p.item[0].code, r->code)),
		    "row %zu, \"%s\": %s", i, r->password,
		    r->code[0] ? r->code : "acceptable");
	}
}

static void
test_ends(struct arena *a)
{
	static const struct password_context nobody;
	char text[258];
	struct problems p;

	problems_init(&p, a);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "qhzvbkxw"[i * i % 7];
	text[256] = '\0';
	ok(password_acceptable(&p, "password", text, &nobody),
	    "256 bytes are taken, and of nobody nothing is known");
	text[256] = 'x';
	text[257] = '\0';
	ok(!password_acceptable(&p, "password", text, &nobody) &&
		str_eq(p.item[0].code, "too_long"),
	    "257 are refused");
}

int
main(void)
{
	struct arena *a = arena_new(1 << 20);

	test_table(a);
	test_ends(a);
	arena_free(&a);
	return tap_done();
}
