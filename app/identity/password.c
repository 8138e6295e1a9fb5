/* password.c - which passwords a person may choose.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/password.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* Letters that a guessable part leaves over are not enough to guess at. */
#define OTHERS_ENOUGH 6

/* What everybody uses, without letters twice (see core_of()).  A password that
 * is one of them and little more is guessed by rules that every cracker has. */
static const char *const words[] = {
    "aces",
    "admin",
    "administrator",
    "arsenal",
    "autumn",
    "azerty",
    "barcelona",
    "basebal",
    "batman",
    "changeme",
    "chelsea",
    "company",
    "computer",
    "corecthorse",
    "corecthorsebaterystaple",
    "cpanel",
    "database",
    "debian",
    "default",
    "dragon",
    "facebok",
    "fotbal",
    "fredom",
    "geheim",
    "gogle",
    "guest",
    "halo",
    "helo",
    "herbst",
    "hosting",
    "iloveyou",
    "internet",
    "january",
    "jenifer",
    "letmein",
    "linux",
    "liverpol",
    "login",
    "master",
    "michael",
    "microsoft",
    "minecraft",
    "monday",
    "monkey",
    "mpanel",
    "mysql",
    "naruto",
    "oracle",
    "pasphrase",
    "pasword",
    "paswort",
    "plesk",
    "pokemon",
    "postgres",
    "princes",
    "qazwsx",
    "qwerty",
    "qwertz",
    "rot",
    "secret",
    "server",
    "shadow",
    "somer",
    "spring",
    "starwars",
    "sumer",
    "sunshine",
    "superadmin",
    "superman",
    "suport",
    "test",
    "testing",
    "trustno",
    "ubuntu",
    "user",
    "welcome",
    "whatever",
    "whmcs",
    "wilkomen",
    "windows",
    "winter",
};

/* Neighbours on keyboards and in the alphabet, forwards. */
static const char *const rows[] = {"abcdefghijklmnopqrstuvwxyz", "01234567890",
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()",
    "1q2w3e4r5t6y7u8i9o0p"};

/* ---- what is guessed ---- */

struct plain {
	char s[PASSWORD_MAX_BYTES + 1];
	size_t n;
};

/* Lower case, with the digits and signs that stand for letters as letters. */
static struct plain
plain_of(const char *password)
{
	static const char from[] = "0134578@$!|+";
	static const char to[] = "oieastbasiit";
	struct plain p = {.n = 0};

	for (; *password && p.n < PASSWORD_MAX_BYTES; password++) {
		char c = *password;
		const char *at = strchr(from, c);

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		p.s[p.n++] = at ? to[at - from] : c;
	}
	return p;
}

/* Only the letters, and each only once where it stands several times. */
static struct plain
core_of(const struct plain *p)
{
	struct plain core = {.n = 0};

	for (size_t i = 0; i < p->n; i++) {
		bool is_letter = (p->s[i] >= 'a' && p->s[i] <= 'z') ||
				 (unsigned char)p->s[i] >= 0x80;

		if (is_letter && (core.n == 0 || core.s[core.n - 1] != p->s[i]))
			core.s[core.n++] = p->s[i];
	}
	return core;
}

/* The letters that are left when every `word` is taken out; SIZE_MAX where
 * there is none. */
static size_t
left_without(const struct plain *core, const char *word)
{
	size_t n = strlen(word), left = core->n;
	const char *at = core->s;

	if (n < 3)
		return SIZE_MAX;
	while ((at = strstr(at, word)) != NULL) {
		left -= n;
		at += n;
	}
	return left == core->n ? SIZE_MAX : left;
}

static bool
is_common(const struct plain *core)
{
	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (left_without(core, words[i]) < OTHERS_ENOUGH)
			return true;
	return false;
}

/* The same piece again and again: "abcabcabcabc". */
static bool
is_repeated(const struct plain *p)
{
	for (size_t period = 1; period <= 6 && period * 2 <= p->n; period++) {
		size_t i = period;

		while (i < p->n && p->s[i] == p->s[i - period])
			i++;
		if (i == p->n)
			return true;
	}
	return false;
}

static bool
follows(const char *row, char a, char b)
{
	const char *at = strchr(row, a), *next = strchr(row, b);

	return a && b && at && next && (next - at == 1 || at - next == 1);
}

static bool
is_neighbour(char a, char b)
{
	for (size_t i = 0; i < N_ELEMS(rows); i++)
		if (follows(rows[i], a, b))
			return true;
	return a == b;
}

/* Nearly all of it goes along a keyboard or the alphabet.  As typed: "1234" is
 * a sequence, what it stands for is not. */
static bool
is_sequence(const char *password)
{
	const char *lower = password;
	size_t steps = 0, along = 0;

	for (; lower[0] && lower[1]; lower++, steps++) {
		char a = lower[0], b = lower[1];

		if (a >= 'A' && a <= 'Z')
			a = (char)(a - 'A' + 'a');
		if (b >= 'A' && b <= 'Z')
			b = (char)(b - 'A' + 'a');
		along += is_neighbour(a, b);
	}
	return along * 4 >= steps * 3;
}

/* ---- what is known about the person ---- */

/* A word of the context, as core_of() would write it. */
static bool
is_mostly(const struct plain *core, const char *s, size_t n)
{
	char word[PASSWORD_MAX_BYTES + 1];
	struct plain plain, known;

	if (n < 3 || n >= sizeof(word))
		return false;
	memcpy(word, s, n);
	word[n] = '\0';
	plain = plain_of(word);
	known = core_of(&plain);
	known.s[known.n] = '\0';
	return left_without(core, known.s) < OTHERS_ENOUGH;
}

/* Of each word of the text, and of the text as one. */
static bool
tells(const struct plain *core, const char *text)
{
	static const char ends[] = " .-_@+,'\"&<>()";

	if (text == NULL)
		return false;
	if (is_mostly(core, text, strlen(text)))
		return true;
	while (*(text += strspn(text, ends)) != '\0') {
		size_t n = strcspn(text, ends);

		if (is_mostly(core, text, n))
			return true;
		text += n;
	}
	return false;
}

/* Why it is easily guessed; NULL when it is not. */
static const char *
weakness(const char *password, const struct password_context *about)
{
	struct plain plain = plain_of(password);
	struct plain core = core_of(&plain);

	plain.s[plain.n] = core.s[core.n] = '\0';
	if (is_repeated(&plain))
		return "It repeats itself";
	if (is_sequence(password))
		return "It follows the keyboard or the alphabet";
	if (is_common(&core))
		return "It is a word that everybody uses, and little more";
	if (tells(&core, about->email) || tells(&core, about->name))
		return "It is your name or address, and little more";
	if (tells(&core, about->company))
		return "It is the company's name, and little more";
	return NULL;
}

bool
password_acceptable(struct problems *p, const char *field, const char *password,
    const struct password_context *about)
{
	size_t n = strlen(password);
	const char *why;

	if (n > PASSWORD_MAX_BYTES)
		problem_add(p, field, "too_long",
		    "A password has at most %d bytes.", PASSWORD_MAX_BYTES);
	else if (!utf8_valid(password, n))
		problem_add(
		    p, field, "bad_encoding", "A password is UTF-8 text.");
	else if (utf8_len(password) < PASSWORD_MIN_CHARS)
		problem_add(p, field, "out_of_range",
		    "A password has at least %d characters.",
		    PASSWORD_MIN_CHARS);
	else if ((why = weakness(password, about)) != NULL)
		problem_add_words(p, field, "not_allowed",
		    "%s: it would soon be guessed. Three or four "
		    "words that have nothing to do with each other are good.",
		    why);
	else
		return true;
	return false;
}
