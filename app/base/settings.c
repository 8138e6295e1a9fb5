/* settings.c - defaults, file, environment and command line, in that order.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ENV_PREFIX	 "MPANEL_"
#define NAME_MAX_BYTES	 64
#define SECRET_MAX_BYTES 65536

enum source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENV, SOURCE_COMMAND };

static const char *const source_names[] = {
    [SOURCE_DEFAULT] = "default",
    [SOURCE_FILE] = "file",
    [SOURCE_ENV] = "environment",
    [SOURCE_COMMAND] = "command",
};

static const char *const type_names[SETTING__MAX] = {
    [SETTING_TEXT] = "text",
    [SETTING_INT] = "number",
    [SETTING_BOOL] = "yes or no",
    [SETTING_PATH] = "path",
    [SETTING_URL] = "URL",
    [SETTING_SECRET] = "secret",
};

struct value {
	char *text;  /* heap */
	int64_t num; /* of numbers and of yes (1) and no (0) */
	enum source source;
};

struct settings {
	const struct setting *table;
	size_t n;
	struct value values[];
};

static size_t
table_size(const struct setting *table)
{
	size_t n = 0;

	while (table[n].name)
		n++;
	return n;
}

static bool
parse_bool(const char *text, int64_t *num)
{
	static const char *const words[] = {
	    "no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < N_ELEMS(words); i++) {
		if (!str_eq_nocase(text, words[i]))
			continue;
		*num = i % 2;
		return true;
	}
	return false;
}

/* scheme:rest without spaces; "" is "not set". */
static bool
is_url(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+.-");

	if (*s == '\0')
		return true;
	return n > 0 && s[n] == ':' && s[n + 1] != '\0' && !strchr(s, ' ');
}

/* Does text fit the setting?  Otherwise says why not. */
static bool
check(const struct setting *row, const char *text, int64_t *num,
    struct buf *complaint)
{
	if (!text_is_printable(text)) {
		buf_puts(complaint, "has a control character in it");
		return false;
	}
	switch (row->type) {
	case SETTING_INT:
		if (str_to_i64(text, row->min, row->max, num))
			return true;
		buf_printf(complaint,
		    "must be a whole number from %" PRId64 " to %" PRId64,
		    row->min, row->max);
		return false;
	case SETTING_BOOL:
		if (parse_bool(text, num))
			return true;
		buf_puts(complaint, "must be yes or no");
		return false;
	case SETTING_URL:
		if (is_url(text))
			return true;
		buf_puts(complaint, "must be a URL");
		return false;
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_SECRET:
	case SETTING__MAX:
	default:
		return true;
	}
}

/* The first line of the file that a secret is kept in. */
static char *
read_secret_file(const char *path, struct buf *complaint)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f) {
		buf_printf(complaint, "cannot be read from %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	n = getline(&line, &size, f);
	fclose(f);
	if (n <= 0 || n > SECRET_MAX_BYTES || memchr(line, '\0', (size_t)n)) {
		buf_printf(complaint, "cannot be read from %s: %s", path,
		    n <= 0		   ? "it is empty"
		    : n > SECRET_MAX_BYTES ? "it is too long"
					   : "it has a NUL in it");
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

/* Heap copy of the value that text stands for: itself, or for a secret given
 * as @/path what is in that file. */
static char *
resolve(const struct setting *row, const char *text, struct buf *complaint)
{
	char *copy;

	if (row->type == SETTING_SECRET && str_starts(text, "@/"))
		return read_secret_file(text + 1, complaint);
	copy = strdup(text);
	if (!copy)
		buf_puts(complaint, "no memory");
	return copy;
}

static enum err
set(struct settings *s, size_t i, const char *text, enum source source,
    struct buf *complaint)
{
	const struct setting *row = &s->table[i];
	char *copy = resolve(row, text, complaint);
	int64_t num = 0;

	if (!copy || !check(row, copy, &num, complaint)) {
		free(copy);
		return E_INPUT;
	}
	free(s->values[i].text);
	s->values[i] = (struct value){copy, num, source};
	return OK;
}

/* Index of the row, s->n when there is none. */
static size_t
find(const struct settings *s, const char *name)
{
	size_t i = 0;

	while (i < s->n && !str_eq(s->table[i].name, name))
		i++;
	return i;
}

/* Set by name; the complaint begins with `where` and the name. */
static enum err
set_named(struct settings *s, const char *where, const char *name,
    const char *text, enum source source, struct buf *complaint)
{
	size_t i = find(s, name), begin = complaint->len;
	enum err e;

	buf_printf(complaint, "%s%s ", where, name);
	if (i == s->n) {
		buf_puts(complaint, "is not a setting");
		return E_INPUT;
	}
	e = set(s, i, text, source, complaint);
	if (e == OK)
		buf_truncate(complaint, begin);
	return e;
}

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

/* A line of n bytes. */
static enum err
read_line(struct settings *s, const char *file, int number, char *line,
    size_t n, struct buf *complaint)
{
	bool whole = strlen(line) == n;
	char where[512], *text = trim(line), *equals = strchr(text, '=');

	snprintf(where, sizeof(where), "%s:%d: ", file, number);
	if (!whole) {
		buf_printf(complaint, "%sthere is a NUL in the line", where);
		return E_INPUT;
	}
	if (*text == '\0' || *text == '#')
		return OK;
	if (!equals) {
		buf_printf(complaint, "%sexpected name = value", where);
		return E_INPUT;
	}
	*equals = '\0';
	return set_named(
	    s, where, trim(text), trim(equals + 1), SOURCE_FILE, complaint);
}

static enum err
read_file(struct settings *s, const char *file, struct buf *complaint)
{
	FILE *f = fopen(file, "re");
	enum err e = OK;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f) {
		buf_printf(complaint, "%s: %s", file, strerror(errno));
		return E_INPUT;
	}
	for (int i = 1; e == OK && (n = getline(&line, &size, f)) >= 0; i++)
		e = read_line(s, file, i, line, (size_t)n, complaint);
	if (e == OK && ferror(f)) {
		buf_printf(complaint, "%s: cannot be read", file);
		e = E_INPUT;
	}
	free(line);
	fclose(f);
	return e;
}

static enum err
read_environment(struct settings *s, struct buf *complaint)
{
	for (size_t i = 0; i < s->n; i++) {
		char name[sizeof(ENV_PREFIX) + NAME_MAX_BYTES] = ENV_PREFIX;
		const char *row = s->table[i].name, *text;
		size_t n = strlen(row);

		assert(n < NAME_MAX_BYTES);
		for (size_t j = 0; j < n; j++)
			name[strlen(ENV_PREFIX) + j] = (char)toupper(row[j]);
		text = getenv(name);
		if (text && set_named(s, "environment: ", row, text, SOURCE_ENV,
				complaint) != OK)
			return E_INPUT;
	}
	return OK;
}

static enum err
read_defaults(struct settings *s, struct buf *complaint)
{
	for (size_t i = 0; i < s->n; i++) {
		if (set_named(s, "default: ", s->table[i].name,
			s->table[i].fallback, SOURCE_DEFAULT, complaint) != OK)
			return E_INPUT;
	}
	return OK;
}

enum err
settings_load(const struct setting *table, const char *file,
    struct settings **out, struct buf *complaint)
{
	size_t n = table_size(table);
	struct settings *s = calloc(1, sizeof(*s) + n * sizeof(s->values[0]));
	enum err e;

	if (!s)
		return E_SYS;
	s->table = table;
	s->n = n;
	e = read_defaults(s, complaint);
	if (e == OK && file)
		e = read_file(s, file, complaint);
	if (e == OK)
		e = read_environment(s, complaint);
	if (e == OK)
		*out = s;
	else
		settings_free(&s);
	return e;
}

void
settings_free(struct settings **take_s)
{
	struct settings *s = *take_s;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		char *text = s->values[i].text;

		if (text)
			explicit_bzero(text, strlen(text));
		free(text);
	}
	free(s);
	*take_s = NULL;
}

enum err
settings_put(struct settings *s, const char *name, const char *value,
    struct buf *complaint)
{
	return set_named(s, "", name, value, SOURCE_COMMAND, complaint);
}

static const struct value *
value_of(const struct settings *s, const char *name, enum setting_type *type)
{
	size_t i = find(s, name);

	assert(i < s->n);
	*type = s->table[i].type;
	return &s->values[i];
}

const char *
setting_text(const struct settings *s, const char *name)
{
	enum setting_type type;
	const struct value *v = value_of(s, name, &type);

	assert(type != SETTING_INT && type != SETTING_BOOL);
	return v->text;
}

int64_t
setting_int(const struct settings *s, const char *name)
{
	enum setting_type type;
	const struct value *v = value_of(s, name, &type);

	assert(type == SETTING_INT);
	return v->num;
}

bool
setting_bool(const struct settings *s, const char *name)
{
	enum setting_type type;
	const struct value *v = value_of(s, name, &type);

	assert(type == SETTING_BOOL);
	return v->num != 0;
}

const char *
setting_source(const struct settings *s, const char *name)
{
	enum setting_type type;

	return source_names[value_of(s, name, &type)->source];
}

void
settings_markdown(const struct setting *table, struct buf *b)
{
	buf_puts(b, "| Setting | Type | Default | Meaning |\n"
		    "|---|---|---|---|\n");
	for (const struct setting *row = table; row->name; row++) {
		buf_printf(b, "| `%s` | %s", row->name, type_names[row->type]);
		if (row->type == SETTING_INT)
			buf_printf(
			    b, ", %" PRId64 " to %" PRId64, row->min, row->max);
		if (row->fallback[0])
			buf_printf(b, " | `%s` | ", row->fallback);
		else
			buf_puts(b, " | | ");
		buf_printf(b, "%s |\n", row->help);
	}
}
