/* show_json.c - JSON text as people read it: one member a line.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Works on the text, so that numbers keep their digits and what is no JSON is
 * shown too.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "face/show.h"

#define MASK	 "\"••••••••\""
#define DEEP_MAX 32

static void
line(struct buf *b, int depth)
{
	buf_putc(b, '\n');
	for (int i = 0; i < depth && i < DEEP_MAX; i++)
		buf_puts(b, "  ");
}

/* Bytes of the string that s begins with, its quotes included. */
static size_t
string_len(const char *s)
{
	size_t n = 1;

	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return s[n] ? n + 1 : n;
}

static bool
is_secret_name(const char *s, size_t n)
{
	static const char *const words[] = {"password", "secret", "token"};

	for (size_t w = 0; w < N_ELEMS(words); w++) {
		size_t len = strlen(words[w]);

		for (size_t i = 0; i + len <= n; i++)
			if (strncasecmp(s + i, words[w], len) == 0)
				return true;
	}
	return false;
}

static const char *
skip_space(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* A string, and whether the one behind it is to be masked. */
static const char *
put_string(struct buf *b, const char *s, bool masks, bool *mask)
{
	size_t n = string_len(s);
	bool is_name = *skip_space(s + n) == ':';

	if (*mask && !is_name)
		buf_puts(b, MASK);
	else
		buf_add(b, s, n);
	*mask = masks && is_name && is_secret_name(s, n);
	return s + n;
}

/* An opening bracket; an empty pair stays on its line. */
static const char *
put_open(struct buf *b, const char *s, int *depth)
{
	const char *next = skip_space(s + 1);

	buf_putc(b, *s);
	if (*next == '}' || *next == ']') {
		buf_putc(b, *next);
		return next + 1;
	}
	line(b, ++*depth);
	return next;
}

static const char *
put_mark(struct buf *b, const char *s, int *depth)
{
	switch (*s) {
	case '{':
	case '[':
		return put_open(b, s, depth);
	case '}':
	case ']':
		line(b, --*depth);
		break;
	default:
		break;
	}
	buf_putc(b, *s);
	if (*s == ',')
		line(b, *depth);
	if (*s == ':')
		buf_putc(b, ' ');
	return s + 1;
}

const char *
show_json(struct arena *a, const char *text, bool masks)
{
	const char *s = skip_space(text), *out;
	bool mask = false;
	int depth = 0;
	struct buf b;

	buf_init(&b, 0);
	while (*s) {
		if (*s == '"')
			s = put_string(&b, s, masks, &mask);
		else if (strchr("{}[],:", *s))
			s = put_mark(&b, s, &depth);
		else
			buf_putc(&b, *s++);
		s = skip_space(s);
	}
	out = buf_move(a, &b);
	return out ? out : "";
}
