/* phrases.c - tests of base/phrases.h: catalogues, good and bad.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static char path[] = "/tmp/mpt-phrases-XXXXXX";

static enum err
load(const char *text, struct phrases **out, struct buf *complaint)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		bail("no file");
	buf_init(complaint, 0);
	return phrases_load(path, out, complaint);
}

static void
good(void)
{
	struct phrases *p = NULL;
	struct buf complaint;

	is_int(load("# a comment\n"
		    "msgid \"\"\nmsgstr \"Content-Type: x\\n\"\n\n"
		    "msgid \"Yes\"\nmsgstr \"Ja\"\n"
		    "msgid \"long \"\n\"text\"\nmsgstr \"\"\n\"lang\"\n"
		    "msgid \"later\"\nmsgstr \"\"\n"
		    "msgid \"a \\\"b\\\" \\\\ c\"\nmsgstr \"\\tx\\n\"\n"
		    "msgid \"No\"\nmsgstr \"NÃ¶\"",
		   &p, &complaint),
	    OK, "a catalogue is read");
	is_int((int)phrases_count(p), 4,
	    "without its header and what is not translated yet");
	is_str(phrases_find(p, "Yes"), "Ja", "a text is found");
	is_str(phrases_find(p, "No"), "NÃ¶", "the last one, too");
	is_str(phrases_find(p, "long text"), "lang", "lines are joined");
	is_str(phrases_find(p, "a \"b\" \\ c"), "\tx\n", "escapes are C's");
	ok(!phrases_find(p, "later") && !phrases_find(p, "yes") &&
		!phrases_find(p, ""),
	    "others are not there");
	phrases_free(&p);
	buf_fini(&complaint);
}

static const struct {
	const char *text, *says;
} bad[] = {
    {"msgid \"a\"\n", ":1: a msgid without msgstr"},
    {"msgid \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n", ":2: a msgid without msgstr"},
    {"msgid a\n", ":1: not a string in quotes"},
    {"msgid \"a\nmsgstr \"b\"\n", ":1: not a string in quotes"},
    {"msgid \"a\" b\n", ":1: not a string in quotes"},
    {"msgid \"\\x\"\n", ":1: not a string in quotes"},
    {"\"a\"\n", ":1: neither msgid"},
    {"msgctxt \"a\"\n", ":1: neither msgid"},
    {"msgid \"%s of %s\"\nmsgstr \"%s\"\n", ":2: not the conversions"},
    {"msgid \"%s\"\nmsgstr \"%n\"\n", ":2: not the conversions"},
    {"msgid \"At most %d\"\nmsgstr \"Bis %s\"\n", ":2: not the conversions"},
    {"msgid \"a\"\nmsgstr \"b\"\nmsgid \"a\"\nmsgstr \"c\"\n",
	"there twice: a"},
};

static void
refused(void)
{
	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		struct phrases *p = NULL;
		struct buf complaint;

		ok(load(bad[i].text, &p, &complaint) == E_INPUT &&
			strstr(buf_str(&complaint), bad[i].says) != NULL,
		    "case %zu is refused: %s", i, buf_str(&complaint));
		buf_fini(&complaint);
	}
}

/* English, other, whether both take the same arguments */
static const struct {
	const char *english, *other;
	bool is_alike;
} pairs[] = {
    {"Orders", "Bestellungen", true},
    {"%s of %d", "%s von %d", true},
    {"%s of %d", "%d von %s", false},
    {"%zu", "%d", false},
    {"%zu", "%zu %zu", false},
    {"%ld", "%lld", false},
    {"%.*s", "%s", false},
    {"%.*s!", "%.*s.", true},
    {"%s %s", "%2$s %1$s", false},
    {"none", "%n", false},
    {"%s", "%s%n", false},
    {"%s", "%hhn", false},
    {"%s", "% n", false},
    {"%s", "%Id", false},
    {"100 %%", "100 Prozent", true},
    {"%%s", "%s", false},
    {"%%%s", "%s%%", true},
    {"to %s", "bis %", false},
    {"20 %", "zu 20 %", true},
};

static void
alike(void)
{
	for (size_t i = 0; i < N_ELEMS(pairs); i++)
		ok(phrases_alike(pairs[i].english, pairs[i].other) ==
			pairs[i].is_alike,
		    "case %zu: \"%s\" and \"%s\" are %s", i, pairs[i].english,
		    pairs[i].other, pairs[i].is_alike ? "alike" : "not alike");
}

static void
missing(void)
{
	struct phrases *p = NULL;
	struct buf complaint;

	buf_init(&complaint, 0);
	ok(phrases_load("/nowhere/de.po", &p, &complaint) != OK && !p &&
		strstr(buf_str(&complaint), "/nowhere/de.po"),
	    "a file that is not there is named");
	buf_fini(&complaint);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		bail("no file");
	close(fd);
	good();
	refused();
	alike();
	missing();
	unlink(path);
	return tap_done();
}
