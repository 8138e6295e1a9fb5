/* phrases.c - a catalogue: what texts of the program are in another language.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define TEXTS_MAX (4 * 1024 * 1024)

struct phrase {
	const char *english, *other;
};

struct phrases {
	struct arena *texts;
	struct phrase *list; /* sorted when all are read */
	size_t n, cap;
};

/* ---- reading ---- */

enum half { HALF_NONE, HALF_ID, HALF_STR };

struct reading {
	struct phrases *into;
	const char *path;
	int line;
	struct buf *complaint;
	enum half half; /* that "..." goes on */
	struct buf id, str;
};

static enum err
wrong(struct reading *r, const char *why)
{
	buf_printf(r->complaint, "%s:%d: %s\n", r->path, r->line, why);
	return E_INPUT;
}

/* The next conversion of a printf format at or after s with its length, or
 * where s ends.  What is none, like a sign at the end, counts as one: it has to
 * be the same on both sides. */
static const char *
conversion(const char *s, size_t *len_out)
{
	static const char modifiers[] = "#-+ 'I0123456789.*$hljztLqZ";

	*len_out = 0;
	while ((s = strchr(s, '%')) && s[1] == '%')
		s += 2;
	if (!s)
		return NULL;
	*len_out = 1 + strspn(s + 1, modifiers);
	*len_out += s[*len_out] != '\0';
	return s;
}

bool
phrases_alike(const char *english, const char *other)
{
	size_t a_len, b_len;
	const char *a = conversion(english, &a_len);
	const char *b = conversion(other, &b_len);

	while (a && b && a_len == b_len && memcmp(a, b, a_len) == 0) {
		a = conversion(a + a_len, &a_len);
		b = conversion(b + b_len, &b_len);
	}
	return !a && !b;
}

static enum err
add(struct reading *r)
{
	struct phrases *p = r->into;
	size_t cap = p->cap ? 2 * p->cap : 512;
	struct phrase *list = p->list, *new;

	if (p->n == p->cap) {
		list = reallocarray(p->list, cap, sizeof(*list));
		if (!list)
			return E_SYS;
		p->list = list;
		p->cap = cap;
	}
	new = &list[p->n];
	new->english = arena_strdup(p->texts, buf_str(&r->id));
	new->other = arena_strdup(p->texts, buf_str(&r->str));
	if (!new->english || !new->other)
		return E_SYS;
	p->n++;
	return OK;
}

/* The header (an empty text) and what is not translated yet are no phrases. */
static enum err
finish(struct reading *r)
{
	enum err e = OK;

	if (r->half == HALF_ID)
		return wrong(r, "a msgid without msgstr");
	if (r->id.len > 0 && r->str.len > 0) {
		if (!phrases_alike(buf_str(&r->id), buf_str(&r->str)))
			return wrong(r, "not the conversions of the msgid");
		e = add(r);
	}
	buf_reset(&r->id);
	buf_reset(&r->str);
	r->half = HALF_NONE;
	return e;
}

/* "text" with C's own escapes for quotes, backslashes, newlines and tabs. */
static bool
take_string(const char *s, struct buf *out)
{
	static const char codes[] = "\"\\nt", meant[] = "\"\\\n\t";
	const char *code;

	if (*s++ != '"')
		return false;
	for (; *s && *s != '"'; s++) {
		if (*s != '\\') {
			buf_putc(out, *s);
			continue;
		}
		code = s[1] ? strchr(codes, s[1]) : NULL;
		if (!code)
			return false;
		buf_putc(out, meant[code - codes]);
		s++;
	}
	return *s == '"' && s[1] == '\0';
}

static enum err
take_line(struct reading *r, char *line)
{
	struct buf *to = r->half == HALF_ID ? &r->id : &r->str;
	const char *text = line;
	enum err e = OK;

	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return OK;
	if (str_starts(line, "msgid ")) {
		e = finish(r);
		r->half = HALF_ID;
		to = &r->id;
		text = line + strlen("msgid ");
	} else if (str_starts(line, "msgstr ") && r->half == HALF_ID) {
		r->half = HALF_STR;
		to = &r->str;
		text = line + strlen("msgstr ");
	} else if (line[0] != '"' || r->half == HALF_NONE) {
		return wrong(r, "neither msgid, msgstr, string nor comment");
	}
	if (e == OK && !take_string(text, to))
		e = wrong(r, "not a string in quotes");
	return e;
}

static enum err
read_lines(struct reading *r, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;
	enum err e = OK;

	while (e == OK && getline(&line, &cap, f) >= 0) {
		r->line++;
		e = take_line(r, line);
	}
	free(line);
	if (e == OK && ferror(f))
		e = E_SYS;
	return e == OK ? finish(r) : e;
}

/* ---- looking ---- */

static int
compare(const void *left, const void *right)
{
	const struct phrase *a = left, *b = right;

	return strcmp(a->english, b->english);
}

static enum err
sort(struct reading *r)
{
	struct phrases *p = r->into;

	if (p->n > 0)
		qsort(p->list, p->n, sizeof(*p->list), compare);
	for (size_t i = 1; i < p->n; i++) {
		if (!str_eq(p->list[i - 1].english, p->list[i].english))
			continue;
		buf_printf(r->complaint, "%s: there twice: %s\n", r->path,
		    p->list[i].english);
		return E_INPUT;
	}
	return OK;
}

enum err
phrases_load(const char *path, struct phrases **out, struct buf *complaint)
{
	struct phrases *p = calloc(1, sizeof(*p));
	struct reading r = {.into = p, .path = path, .complaint = complaint};
	FILE *f = fopen(path, "re");
	enum err e = E_SYS;

	buf_init(&r.id, 0);
	buf_init(&r.str, 0);
	if (p)
		p->texts = arena_new(TEXTS_MAX);
	if (!f)
		buf_printf(complaint, "%s: can't be read\n", path);
	else if (p && p->texts)
		e = read_lines(&r, f);
	if (e == OK)
		e = sort(&r);
	if (f)
		fclose(f);
	buf_fini(&r.id);
	buf_fini(&r.str);
	if (e == OK)
		*out = p;
	else
		phrases_free(&p);
	return e;
}

void
phrases_free(struct phrases **take_p)
{
	struct phrases *p = *take_p;

	*take_p = NULL;
	if (!p)
		return;
	arena_free(&p->texts);
	free(p->list);
	free(p);
}

const char *
phrases_find(const struct phrases *p, const char *english)
{
	const struct phrase key = {.english = english}, *found;

	if (p->n == 0)
		return NULL;
	found = bsearch(&key, p->list, p->n, sizeof(*p->list), compare);
	return found ? found->other : NULL;
}

size_t
phrases_count(const struct phrases *p)
{
	return p->n;
}

const char *
phrases_at(const struct phrases *p, size_t i)
{
	assert(i < p->n);
	return p->list[i].english;
}
