/* speech.c - the languages that pages speak beside English.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/speech.h"

#include <stdio.h>

#include "base/text.h"

/* As users.language has them (identity/account.c). */
static struct speech spoken[] = {
    {.language = "de"},
    {.language = NULL},
};

static const char *
say_phrase(void *phrases, const char *english)
{
	return phrases_find(phrases, english);
}

static enum err
load(const char *dir, bool reload, struct speech *s, struct buf *complaint)
{
	char path[4096];
	enum err e;

	snprintf(path, sizeof(path), "%s/lang/%s.po", dir, s->language);
	if ((e = phrases_load(path, &s->phrases, complaint)) != OK)
		return e;
	e = templates_open(dir, ".mustache", reload, &s->templates);
	if (e != OK)
		return e;
	templates_speak(s->templates, say_phrase, s->phrases);
	return templates_load_all(s->templates, complaint);
}

enum err
speech_load(const char *dir, bool reload, const struct speech **out,
    struct buf *complaint)
{
	enum err e = OK;

	for (struct speech *s = spoken; e == OK && s->language; s++)
		e = load(dir, reload, s, complaint);
	if (e == OK)
		*out = spoken;
	return e;
}

void
speech_close(void)
{
	for (struct speech *s = spoken; s->language; s++) {
		templates_close(&s->templates);
		phrases_free(&s->phrases);
	}
}
