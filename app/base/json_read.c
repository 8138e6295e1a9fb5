/* json_read.c - parse JSON with jansson behind a scan of our own.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The scan sees the bytes before jansson does.  It refuses what jansson would
 * let pass or report unclearly (bad UTF-8, NUL, depth), and turns each number
 * that is no int64 integer into a string "\u0000<literal>".  Since a NUL from
 * outside is refused, raw or escaped, nobody can forge that tag.
 */
#include "config.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/text.h"

#define TAG	  "\"\\u0000"
#define TAG_BYTES (sizeof(TAG) - 1)
/* What a tagged number is longer than its literal: the tag and a quote. */
#define TAG_EXTRA (TAG_BYTES + 1)

struct scan {
	const char *text;
	size_t n, at;
	int depth;
	struct buf out;
	struct problems *problems;
};

/* Line and column (in code points) of the byte at `at`, both from 1. */
static void
find_place(const char *text, size_t at, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

static bool
refuse(const struct scan *s, size_t at, const char *code, const char *what)
{
	size_t line, column;

	find_place(s->text, at < s->n ? at : s->n, &line, &column);
	problem_add(s->problems, "", code, "Line %zu, column %zu: %s.", line,
	    column, what);
	return false;
}

/* Whole-text checks: UTF-8, no NUL, no byte order mark. */
static bool
check_encoding(const struct scan *s)
{
	for (size_t i = 0; i < s->n;) {
		uint32_t cp;
		size_t step = utf8_step(s->text + i, s->n - i, &cp);

		if (step == 0)
			return refuse(s, i, "bad_encoding", "not UTF-8");
		if (cp == 0)
			return refuse(s, i, "bad_encoding", "a NUL character");
		if (cp == 0xfeff && i == 0)
			return refuse(s, i, "json_invalid",
			    "a byte order mark is not allowed");
		i += step;
	}
	return true;
}

/* Copy a string through; jansson checks its escapes. */
static bool
scan_string(struct scan *s)
{
	size_t from = s->at++;

	for (; s->at < s->n && s->text[s->at] != '"'; s->at++) {
		if (s->text[s->at] != '\\')
			continue;
		if (s->n - s->at >= 6 &&
		    memcmp(s->text + s->at, "\\u0000", 6) == 0)
			return refuse(
			    s, s->at, "bad_encoding", "a NUL character");
		s->at++;
	}
	if (s->at >= s->n)
		return refuse(
		    s, from, "json_invalid", "a string that does not end");
	s->at++;
	buf_add(&s->out, s->text + from, s->at - from);
	return true;
}

static bool
is_delimiter(char c)
{
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' ||
	       c == '\n' || c == '\r';
}

static bool
scan_number(struct scan *s)
{
	const char *from = s->text + s->at;
	struct decimal d;
	int64_t unused;
	size_t len = decimal_scan(from, s->n - s->at, &d);
	size_t end = s->at + len;

	if (len == 0 || (end < s->n && !is_delimiter(s->text[end])))
		return refuse(s, s->at, "json_invalid", "not a number");
	if (d.is_plain && decimal_to_i64(&d, 0, &unused)) {
		buf_add(&s->out, from, len);
	} else {
		buf_puts(&s->out, TAG);
		buf_add(&s->out, from, len);
		buf_putc(&s->out, '"');
	}
	s->at = end;
	return true;
}

static bool
scan_other(struct scan *s)
{
	char c = s->text[s->at];

	if (c == '[' || c == '{')
		s->depth++;
	else if (c == ']' || c == '}')
		s->depth--;
	if (s->depth > JSON_DEPTH_MAX)
		return refuse(s, s->at, "too_deep", "nested too deeply");
	buf_putc(&s->out, c);
	s->at++;
	return true;
}

static bool
scan_all(struct scan *s)
{
	bool good = check_encoding(s);

	while (good && s->at < s->n) {
		char c = s->text[s->at];

		if (c == '"')
			good = scan_string(s);
		else if (c == '-' || (c >= '0' && c <= '9'))
			good = scan_number(s);
		else
			good = scan_other(s);
	}
	return good;
}

/* Where in the text given is the byte that jansson sees at `position`? */
static size_t
original_position(const struct scan *s, size_t position)
{
	size_t tags = 0;
	const char *p = buf_str(&s->out), *end = p + s->out.len;

	if (position < s->out.len)
		end = p + position;
	while ((p = memmem(p, (size_t)(end - p), TAG, TAG_BYTES))) {
		tags++;
		p += TAG_BYTES;
	}
	return position > tags * TAG_EXTRA ? position - tags * TAG_EXTRA : 0;
}

static void
refuse_jansson(const struct scan *s, const json_error_t *je)
{
	size_t at = je->position < 0 ? s->n : (size_t)je->position;

	at = original_position(s, at);
	if (json_error_code(je) == json_error_duplicate_key)
		refuse(s, at, "duplicate_key", "a member is given twice");
	else
		refuse(s, at, "json_invalid", "not valid JSON");
}

/* Where memory is refused jansson can call it bad syntax, or leave a character
 * out of a string and go on: so its memory is asked for here. */
static bool is_refused;

static void *
noting_malloc(size_t n)
{
	void *p = malloc(n);

	is_refused |= p == NULL;
	return p;
}

static json_t *
load(const struct scan *s, json_error_t *je)
{
	json_set_alloc_funcs(noting_malloc, free);
	is_refused = false;
	return json_loadb(buf_str(&s->out), s->out.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, je);
}

enum err
json_parse(const char *text, size_t n, struct problems *p, json_t **out)
{
	struct scan s = {.text = text, .n = n, .problems = p};
	enum err e = E_INPUT;
	json_error_t je;
	json_t *v;

	/* The worst text is one of short reals, "1e9,": 4 bytes become 12. */
	buf_init(&s.out, n * 4 + 64);
	if (!scan_all(&s))
		goto out;
	if (buf_failed(&s.out)) {
		e = E_BUSY;
		goto out;
	}
	v = load(&s, &je);
	if (is_refused) {
		json_decref(v);
		e = E_BUSY;
	} else if (v) {
		*out = v;
		e = OK;
	} else {
		refuse_jansson(&s, &je);
	}
out:
	buf_fini(&s.out);
	return e;
}

json_t *
json_own(struct arena *a, const char *text)
{
	struct problems unused;
	json_t *v = NULL;

	problems_init(&unused, a);
	if (json_parse(text, strlen(text), &unused, &v) == E_BUSY)
		arena_fail(a);
	return v;
}

/* The literal behind the tag; NULL when v is none. */
static const char *
tagged(const json_t *v)
{
	const char *s = json_string_value(v);

	return s && s[0] == '\0' && json_string_length(v) > 0 ? s + 1 : NULL;
}

const char *
json_num_text(struct arena *a, const json_t *v)
{
	if (json_is_integer(v))
		return arena_printf(
		    a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return arena_strdup(a, tagged(v));
}

bool
json_is_text(const json_t *v)
{
	return json_is_string(v) && !tagged(v);
}

/* ---- the canonical form ---- */

static void put_canonical(
    struct json_out *w, const char *name, const json_t *v, struct arena *a);

/* 1, 1.0 and 1e0 are one number and get one spelling. */
static void
put_number(struct json_out *w, const char *name, const char *literal)
{
	struct decimal d;
	int64_t n;

	decimal_scan(literal, strlen(literal), &d);
	if (decimal_to_i64(&d, 0, &n)) {
		json_int(w, name, n);
		return;
	}
	json_raw(w, name, d.is_negative ? "-" : "");
	for (size_t i = 0, done = 0; done < d.n_digits; i++) {
		if (d.digits[i] == '.')
			continue;
		buf_putc(w->buf, d.digits[i]);
		done++;
	}
	buf_printf(w->buf, "e%" PRId64, d.exponent);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_members(struct json_out *w, const json_t *v, struct arena *a)
{
	size_t n = json_object_size(v), i = 0;
	const char **names = arena_array(a, n, sizeof(*names));

	if (!names)
		return;
	/* jansson's iterator wants a mutable object, and leaves it alone. */
	json_t *o = (json_t *)(uintptr_t)v;
	for (void *it = json_object_iter(o); it;
	     it = json_object_iter_next(o, it))
		names[i++] = json_object_iter_key(it);
	qsort(names, n, sizeof(*names), compare_names);
	for (i = 0; i < n; i++)
		put_canonical(w, names[i], json_object_get(v, names[i]), a);
}

/* Recursion is bounded: json_parse() refuses what is deeper. */
static void
put_canonical(
    struct json_out *w, const char *name, const json_t *v, struct arena *a)
{
	assert(w->depth <= JSON_DEPTH_MAX);
	if (json_is_object(v)) {
		json_open(w, name, '{');
		put_members(w, v, a);
		json_close(w, '}');
	} else if (json_is_array(v)) {
		json_open(w, name, '[');
		for (size_t i = 0; i < json_array_size(v); i++)
			put_canonical(w, NULL, json_array_get(v, i), a);
		json_close(w, ']');
	} else if (tagged(v)) {
		put_number(w, name, tagged(v));
	} else if (json_is_string(v)) {
		json_strn(w, name, json_string_value(v), json_string_length(v));
	} else if (json_is_integer(v)) {
		json_int(w, name, json_integer_value(v));
	} else if (json_is_boolean(v)) {
		json_bool(w, name, json_is_true(v));
	} else {
		json_none(w, name);
	}
}

char *
json_canonical(struct arena *a, const json_t *v)
{
	struct json_out w;
	struct buf b;
	char *text = NULL;

	/* A DEL of one byte becomes an escape of six. */
	buf_init(&b, 8 * (size_t)JSON_BODY_MAX);
	json_out_init(&w, &b);
	put_canonical(&w, NULL, v, a);
	if (!buf_failed(&b) && !arena_failed(a))
		text = arena_strndup(a, buf_str(&b), b.len);
	buf_fini(&b);
	return text;
}
