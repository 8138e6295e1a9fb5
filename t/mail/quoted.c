/* quoted.c - the new is found, the old is kept, and answers between are seen.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/quoted.h"

#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "tap.h"

#define MIB ((size_t)1024 * 1024)

static const struct {
	const char *what, *text, *fresh, *old;
} cases[] = {
    {"a text without quotes is new", "Hello,\n\nit works.\n\nAda\n",
	"Hello,\n\nit works.\n\nAda", ""},
    {"nothing is nothing", "\n \n", "", ""},
    {"On ... wrote", "Yes.\n\nOn Fri, 20 Nov 2026 at 16:32, Help wrote:\n> a\n",
	"Yes.", "On Fri, 20 Nov 2026 at 16:32, Help wrote:\n> a"},
    {"broken over two lines",
	"Yes.\n\nOn Fri, Nov 20, 2026 at 4:32 PM Nordlicht Help\n"
	"<help@example.test> wrote:\n\n> a\n> b\n",
	"Yes.",
	"On Fri, Nov 20, 2026 at 4:32 PM Nordlicht Help\n"
	"<help@example.test> wrote:\n\n> a\n> b"},
    {"Am ... schrieb", "Ja.\n\nAm 20.11.26 um 16:32 schrieb Hilfe:\n> a\n",
	"Ja.", "Am 20.11.26 um 16:32 schrieb Hilfe:\n> a"},
    {"Le ... a écrit", "Oui.\nLe 20/11/2026 à 16:32, Aide a écrit :\n> a\n",
	"Oui.", "Le 20/11/2026 à 16:32, Aide a écrit :\n> a"},
    {"Name <address> wrote", "Yes.\nHelp <help@example.test> wrote:\n> a\n",
	"Yes.", "Help <help@example.test> wrote:\n> a"},
    {"a sentence that ends in wrote: is none",
	"On Monday Ada wrote:\nit is broken\n",
	"On Monday Ada wrote:\nit is broken", ""},
    {"Original Message", "Yes.\n\n-----Original Message-----\nFrom: x\n\na\n",
	"Yes.", "-----Original Message-----\nFrom: x\n\na"},
    {"Ursprüngliche Nachricht",
	"Ja.\n\n-----Ursprüngliche Nachricht-----\nVon: x\n\na\n", "Ja.",
	"-----Ursprüngliche Nachricht-----\nVon: x\n\na"},
    {"Outlook's header",
	"Yes.\n\n________________________________\n"
	"From: Help <help@example.test>\nSent: Friday\nTo: Ada\n"
	"Subject: x\n\na\n",
	"Yes.",
	"________________________________\n"
	"From: Help <help@example.test>\nSent: Friday\nTo: Ada\n"
	"Subject: x\n\na"},
    {"Outlook's header in German, bold",
	"Ja.\n\n*Von:* Hilfe\n*Gesendet:* Freitag\n*An:* Ada\n\na\n", "Ja.",
	"*Von:* Hilfe\n*Gesendet:* Freitag\n*An:* Ada\n\na"},
    {"From: alone is no header", "From: where I sit it is down.\nAda\n",
	"From: where I sit it is down.\nAda", ""},
    {"the marker",
	"Yes.\n\n-- Please reply above this line --\n\nHello Ada,\na\n", "Yes.",
	"-- Please reply above this line --\n\nHello Ada,\na"},
    {"the marker in German",
	"Ja.\n\n## Bitte über dieser Zeile antworten ##\na\n", "Ja.",
	"## Bitte über dieser Zeile antworten ##\na"},
    {"what introduces a quoted marker is old",
	"Yes.\n\nOn 20 Nov 2026, Help wrote:\n"
	"> -- Please reply above this line --\n> a\n",
	"Yes.",
	"On 20 Nov 2026, Help wrote:\n"
	"> -- Please reply above this line --\n> a"},
    {"answers between the lines are new",
	"On 20 Nov 2026, Help wrote:\n> Is it up?\n\nYes.\n\n> And mail?\nNo.\n",
	"On 20 Nov 2026, Help wrote:\n> Is it up?\n\nYes.\n\n> And mail?\nNo.",
	""},
    {"so they are below a marker",
	"See below.\n\nOn 20 Nov 2026, Help wrote:\n"
	"> -- Please reply above this line --\n> Is it up?\nYes.\n",
	"See below.\n\nOn 20 Nov 2026, Help wrote:\n"
	"> -- Please reply above this line --\n> Is it up?\nYes.",
	""},
    {"a signature does not hide that all before it is quoted",
	"Yes.\n-- \nAda\n\n> a\n> b\n-- \nme\n", "Yes.\n-- \nAda",
	"> a\n> b\n-- \nme"},
    {"quotes at the end without an introduction", "Yes.\n\n> a\n> b\n\n",
	"Yes.", "> a\n> b"},
    {"who only quotes has said that", "> a\n> b\n", "> a\n> b", ""},
    {"a forwarded mail is what it is about",
	"See this:\n\n---------- Forwarded message ---------\nFrom: x\n\na\n",
	"See this:\n\n---------- Forwarded message ---------\nFrom: x\n\na",
	""},
};

/* Whatever it is, nothing is lost and nothing is twice. */
static bool
is_whole(const char *text, const struct quoted *q)
{
	size_t n = 0, want = 0;

	for (const char *s = text; *s; s++)
		want += *s != '\n' && *s != ' ' && *s != '\t';
	for (const char *s = q->fresh; *s; s++)
		n += *s != '\n' && *s != ' ' && *s != '\t';
	for (const char *s = q->old; *s; s++)
		n += *s != '\n' && *s != ' ' && *s != '\t';
	return n == want;
}

static void
test_cases(struct arena *a)
{
	struct quoted q;

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		quoted_split(a, cases[i].text, &q);
		is_str(q.fresh, cases[i].fresh, cases[i].what);
		is_str(q.old, cases[i].old, "  and what is old");
		ok(is_whole(cases[i].text, &q), "  and nothing is lost");
	}
}

/* Fill it with so many bytes of this line, and split that: CPU time in us. */
static int64_t
split_many(struct arena *a, char *text, size_t n, const char *line,
    const char *end, struct quoted *q)
{
	size_t len = strlen(line);
	struct timespec t, u;

	for (size_t i = 0; i < n; i += len)
		memcpy(text + i, line, len);
	memcpy(text + n, end, strlen(end) + 1);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	quoted_split(a, text, q);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &u);
	return (u.tv_sec - t.tv_sec) * INT64_C(1000000) +
	       (u.tv_nsec - t.tv_nsec) / 1000;
}

/* Eight times the lines take eight times as long, not sixty-four times. */
static void
test_time(struct arena *a)
{
	static const char *const lines[][2] = {{">\n", "x\n"},
	    {"From: a\n", ""}, {"On 20 Nov 2026, x\n", ""}, {"_____\n", ""}};
	char *text = arena_alloc(a, MIB + 32);
	struct quoted q;

	for (size_t i = 0; i < N_ELEMS(lines); i++) {
		const char *line = lines[i][0], *end = lines[i][1];
		int64_t few_us = split_many(a, text, MIB / 8, line, end, &q);
		int64_t many_us = split_many(a, text, MIB, line, end, &q);

		ok(is_whole(text, &q), "nothing of a mebibyte is lost");
		if (!ok(many_us < 24 * few_us + 2000, "nor time"))
			note("%s: %lld us and %lld us", line, (long long)few_us,
			    (long long)many_us);
	}
	split_many(a, text, MIB, ">\n", "x\n", &q);
	ok(q.old[0] == '\0', "an answer behind many quoted lines is new");
}

int
main(void)
{
	struct arena *a = arena_new(16 * MIB);

	test_cases(a);
	test_time(a);
	is_str(quoted_marker("de"), "Bitte über dieser Zeile antworten",
	    "the marker in German");
	is_str(quoted_marker("fr"), "Please reply above this line",
	    "English where there is none");
	arena_free(&a);
	return tap_done();
}
