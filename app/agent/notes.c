/* notes.c - nightly backups that the panel has not heard of yet.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "agent/beneath.h"

#define FILE_NAME "notes.jsonl"
#define FILE_MAX  (8 * 1024 * 1024)

static void
store(const struct notes *notes, int state_dir)
{
	struct buf b;

	buf_init(&b, FILE_MAX);
	for (size_t i = 0; i < notes->n; i++) {
		buf_puts(&b, notes->text[i]);
		buf_putc(&b, '\n');
	}
	if (buf_failed(&b) ||
	    beneath_write(state_dir, FILE_NAME, buf_str(&b), b.len, 0600) != OK)
		log_event(LOG_ERROR, "notes_unstored",
		    LOG_I("count", (int64_t)notes->n));
	buf_fini(&b);
}

static void
forget(struct notes *notes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(notes->text[i]);
	memmove(notes->text, notes->text + n,
	    (notes->n - n) * sizeof(notes->text[0]));
	notes->n -= n;
}

static void
keep(struct notes *notes, const char *json, size_t len)
{
	char *copy = strndup(json, len);

	if (copy == NULL)
		return;
	if (notes->n == NOTES_MAX)
		forget(notes, 1);
	notes->text[notes->n++] = copy;
}

/* What is written is JSON again, whatever the file has become. */
static bool
is_note(struct arena *a, const char *line, size_t len)
{
	struct problems problems;
	json_t *v = NULL;
	bool good;

	problems_init(&problems, a);
	good = json_parse(line, len, &problems, &v) == OK && json_is_object(v);
	json_decref(v);
	return good;
}

enum err
notes_load(struct notes *notes, struct arena *a, int state_dir)
{
	const char *text = NULL;
	enum err e =
	    beneath_read(a, state_dir, FILE_NAME, FILE_MAX, &text, NULL);

	if (e == E_NOTFOUND)
		return OK;
	if (e != OK)
		return e;
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (is_note(a, text, n))
			keep(notes, text, n);
		text += n + (text[n] == '\n');
	}
	return OK;
}

void
notes_add(struct notes *notes, int state_dir, const char *json)
{
	keep(notes, json, strlen(json));
	store(notes, state_dir);
}

size_t
notes_write(const struct notes *notes, struct json_out *w, const char *name)
{
	size_t n = notes->n < NOTES_PER_CALL ? notes->n : NOTES_PER_CALL;

	json_open(w, name, '[');
	for (size_t i = 0; i < n; i++)
		json_raw(w, NULL, notes->text[i]);
	json_close(w, ']');
	return n;
}

void
notes_drop(struct notes *notes, int state_dir, size_t n)
{
	if (n == 0)
		return;
	forget(notes, n);
	store(notes, state_dir);
}

void
notes_fini(struct notes *notes)
{
	forget(notes, notes->n);
}
