/* reader.c - tests of base/reader.h and base/zone.h: language and clocks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/problem.h"
#include "base/text.h"
#include "base/zone.h"
#include "tap.h"

static struct arena *a;

static struct phrases *
german(void)
{
	char path[] = "/tmp/mpt-reader-XXXXXX";
	static const char text[] = "msgid \"Orders\"\nmsgstr \"Bestellungen\"\n"
				   "msgid \"New %s\"\nmsgstr \"%s neu\"\n"
				   "msgid \"1,234.5\"\nmsgstr \"1.234,5\"\n"
				   "msgid \"$1\"\nmsgstr \"1 $\"\n"
				   "msgid \"At most %d of %s.\"\n"
				   "msgstr \"Höchstens %d von %s.\"\n"
				   "msgid \"This is required.\"\n"
				   "msgstr \"Das fehlt.\"\n";
	struct phrases *p = NULL;
	struct buf complaint;
	int fd = mkstemp(path);

	buf_init(&complaint, 0);
	if (fd < 0 || write(fd, text, sizeof(text) - 1) < 0 ||
	    phrases_load(path, &p, &complaint) != OK)
		bail("no catalogue: %s", buf_str(&complaint));
	close(fd);
	unlink(path);
	buf_fini(&complaint);
	return p;
}

static void
words(void)
{
	struct phrases *p = german();
	const struct reader r = {.language = "de", .phrases = p};

	reader_set(NULL);
	is_str(say("Orders"), "Orders", "anybody reads English");
	is_str(say_within(a, "Orders"), "orders", "small within a sentence");
	is_str(
	    say_with(a, "New %s", "order"), "New order", "with a word in it");
	is_str(say_with(a, "Done", "x"), "Done", "or none");
	ok(say(NULL) == NULL, "nothing is nothing");
	reader_set(&r);
	is_str(say("Orders"), "Bestellungen", "who reads German reads German");
	is_str(say_within(a, "Orders"), "Bestellungen",
	    "as the catalogue has it, also within a sentence");
	is_str(say_with(a, "New %s", "%s"), "%s neu", "what is put in stays");
	is_str(say("Tasks"), "Tasks", "what nobody translated is English");
	ok(reader_numbers().group == '.' && reader_numbers().point == ',' &&
		reader_numbers().sign_last,
	    "numbers are written as the catalogue has them");
	reader_set(NULL);
	ok(reader_numbers().group == ',' && !reader_numbers().sign_last,
	    "the next one reads English again");
	phrases_free(&p);
}

static void
add_all(struct problems *p)
{
	problems_init(p, a);
	problem_add(p, "n", "out_of_range", "At most %d of %s.", 3, "%n");
	problem_add(p, "n", "required", "%s", "This is required.");
	problem_add(p, "n", "conflict", "%s is there.", "Orders");
	problem_add_words(p, "n", "conflict", "New %s", "Orders");
}

/* Programs and pages are told of the same mistake. */
static void
problems(void)
{
	static const char *const english[] = {"At most 3 of %n.",
	    "This is required.", "Orders is there.", "New Orders"};
	struct phrases *german_phrases = german();
	const struct reader r = {.language = "de", .phrases = german_phrases};
	struct problems p, again;

	reader_set(NULL);
	add_all(&p);
	for (size_t i = 0; i < N_ELEMS(english); i++)
		ok(str_eq(p.item[i].message, english[i]) &&
			str_eq(p.item[i].said, english[i]),
		    "problem %zu is English for anybody", i);
	reader_set(&r);
	add_all(&p);
	for (size_t i = 0; i < N_ELEMS(english); i++)
		is_str(p.item[i].message, english[i],
		    "and for programs when somebody reads German");
	is_str(p.item[0].said, "Höchstens 3 von %n.",
	    "who is told so in their language, with the same values");
	is_str(p.item[1].said, "Das fehlt.", "a text that is passed on, too");
	is_str(p.item[2].said, "Orders is there.",
	    "and in English what nobody has translated");
	is_str(p.item[3].said, "Bestellungen neu",
	    "words of the program among the values are said");
	is_str(say_printf(a, "At most %d of %s.", 1, "x"), "Höchstens 1 von x.",
	    "any text with values can be said");
	problems_init(&again, a);
	problem_pass(&again, "m", &p.item[0]);
	ok(str_eq(again.item[0].field, "m") &&
		str_eq(again.item[0].message, p.item[0].message) &&
		str_eq(again.item[0].said, p.item[0].said),
	    "what is passed on keeps both");
	reader_set(NULL);
	phrases_free(&german_phrases);
}

/* zone, moment, seconds east */
static const struct {
	const char *zone, *at;
	int32_t east;
} zones[] = {
    {"UTC", "2026-07-01T12:00:00Z", 0},
    {"Europe/Berlin", "2026-01-15T12:00:00Z", 3600},
    {"Europe/Berlin", "2026-07-15T12:00:00Z", 7200},
    /* the last Sunday of March, at one o'clock UTC (Directive 2000/84/EC) */
    {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
    {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
    {"America/New_York", "2026-01-15T12:00:00Z", -18000},
    {"Asia/Kathmandu", "2026-01-15T12:00:00Z", 20700},
    {"Pacific/Kiritimati", "2026-01-15T12:00:00Z", 50400},
    {"No/Where", "2026-01-15T12:00:00Z", 0},
    {"../../etc/passwd", "2026-01-15T12:00:00Z", 0},
    {"", "2026-01-15T12:00:00Z", 0},
};

static void
clocks(void)
{
	for (size_t i = 0; i < N_ELEMS(zones); i++) {
		const struct reader r = {.language = "", .zone = zones[i].zone};
		int64_t t;

		if (!time_parse(zones[i].at, &t))
			bail("no time");
		reader_set(&r);
		ok(zone_offset(zones[i].zone, t) == zones[i].east &&
			reader_local(t) == t + zones[i].east,
		    "case %zu: %s at %s", i, zones[i].zone, zones[i].at);
	}
	reader_set(NULL);
	is_int(reader_local(1000), 1000, "anybody's clock is UTC");
}

int
main(void)
{
	a = arena_new(64 * 1024);
	words();
	problems();
	clocks();
	arena_free(&a);
	return tap_done();
}
