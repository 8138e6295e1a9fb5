/* cmd_phrases.c - mpanel phrases: what is to be translated, as a PO file.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "main/speech.h"

/* Texts as they come, many of them several times. */
struct found {
	char **text;
	size_t n, cap;
	bool failed;
};

static void
take(void *arg, const char *english)
{
	struct found *f = arg;
	size_t cap = f->cap ? 2 * f->cap : 1024;

	if (f->n == f->cap) {
		char **more = reallocarray(f->text, cap, sizeof(*more));

		f->failed |= more == NULL;
		if (!more)
			return;
		f->text = more;
		f->cap = cap;
	}
	f->text[f->n] = strdup(english);
	f->failed |= f->text[f->n] == NULL;
	f->n += f->text[f->n] != NULL;
}

static int
compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void
print_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		if (*s == '\n')
			fputs("\\n", stdout);
		else
			putchar(*s);
	}
	puts("\"");
}

/* Those that `known` has not got (NULL: all), each once. */
static void
print(struct found *f, const struct phrases *known)
{
	const char *last = "";

	if (f->n > 0)
		qsort(f->text, f->n, sizeof(*f->text), compare);
	for (size_t i = 0; i < f->n; i++) {
		const char *text = f->text[i];

		if (str_eq(text, last) || (known && phrases_find(known, text)))
			continue;
		printf("msgid ");
		print_string(text);
		puts("msgstr \"\"\n");
		last = text;
	}
}

static enum err
list(struct app *app, const char *file, struct buf *complaint)
{
	const char *dir = setting_text(app->settings, "template_dir");
	struct phrases *known = NULL;
	struct found found = {0};
	enum err e = OK;

	if (file)
		e = phrases_load(file, &known, complaint);
	if (e == OK)
		e = speech_texts(dir, take, &found, complaint);
	if (e == OK && found.failed)
		e = E_SYS;
	if (e == OK)
		print(&found, known);
	for (size_t i = 0; i < found.n; i++)
		free(found.text[i]);
	free(found.text);
	phrases_free(&known);
	return e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *file = NULL;
	const struct option_row options[] = {
	    {.name = "missing-in", .value = &file},
	    {.name = NULL},
	};
	struct buf complaint;
	enum err e = app_options_only(app, options, argc, argv);

	if (e != OK)
		return e;
	buf_init(&complaint, 0);
	e = list(app, file, &complaint);
	if (e != OK)
		e = app_complain(app, e, "%s", buf_str(&complaint));
	buf_fini(&complaint);
	return e;
}

const struct command cmd_phrases = {
    .name = "phrases",
    .args = "[--missing-in FILE.po]",
    .help = "texts of pages, for who translates them",
    .run = run,
};
