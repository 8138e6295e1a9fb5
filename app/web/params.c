/* params.c - names and values out of URLs, forms and cookies, decoded once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/params.h"

#include <string.h>

#include "base/text.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode s[0..n) into out (n + 1 bytes); false for a broken escape. */
static bool
percent_decode(const char *s, size_t n, bool plus, char *out, size_t *len_out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '%') {
			int hi = i + 2 < n ? hex_digit(s[i + 1]) : -1;
			int lo = hi >= 0 ? hex_digit(s[i + 2]) : -1;

			if (lo < 0)
				return false;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		out[len++] = c;
	}
	out[len] = '\0';
	*len_out = len;
	return true;
}

static const char *
decode(struct arena *a, const char *s, size_t n, bool plus, const char *field,
    struct problems *p)
{
	char *out = arena_alloc(a, n + 1);
	size_t len;

	if (!out)
		return NULL;
	if (percent_decode(s, n, plus, out, &len) && utf8_valid(out, len))
		return out;
	problem_add(p, field, "bad_encoding",
	    "This is not percent-encoded UTF-8 text.");
	return NULL;
}

const char *
percent_decoded(struct arena *a, const char *s, size_t n, const char *field,
    struct problems *p)
{
	return decode(a, s, n, false, field, p);
}

enum err
param_name_check(const char *name, bool is_taken, struct problems *p)
{
	if (strlen(name) > PARAM_NAME_MAX) {
		problem_add(p, "", "too_long",
		    "A parameter's name has more than %d bytes.",
		    PARAM_NAME_MAX);
		return E_INPUT;
	}
	if (is_taken) {
		problem_add(
		    p, name, "duplicate_key", "This parameter is given twice.");
		return E_INPUT;
	}
	return OK;
}

/* Append a pair; E_INPUT when it is one too many, too long or there already. */
static enum err
params_add(
    struct params *l, const char *name, const char *value, struct problems *p)
{
	enum err e;

	if (l->n == PARAMS_MAX) {
		problem_add(p, "", "too_large",
		    "There are more than %d parameters.", PARAMS_MAX);
		return E_INPUT;
	}
	e = param_name_check(name, params_find(l->item, l->n, name) != NULL, p);
	if (e == OK)
		l->item[l->n++] = (struct param){name, value};
	return e;
}

static size_t
count_parts(const char *s, size_t n, char separator)
{
	size_t parts = 1;

	for (size_t i = 0; i < n; i++)
		parts += s[i] == separator;
	return parts < PARAMS_MAX ? parts : PARAMS_MAX;
}

static enum err
add_pair(struct arena *a, const char *s, size_t n, struct params *l,
    struct problems *p)
{
	const char *eq = memchr(s, '=', n);
	size_t name_len = eq ? (size_t)(eq - s) : n;
	const char *name = decode(a, s, name_len, true, "", p);
	const char *value;

	if (!name)
		return E_INPUT;
	value = eq ? decode(a, eq + 1, n - name_len - 1, true, name, p) : "";
	return value ? params_add(l, name, value, p) : E_INPUT;
}

enum err
params_urlencoded(struct arena *a, const char *text, size_t n,
    struct problems *p, struct params *out)
{
	struct params l = {0};
	const char *s = text, *end = text + n;

	l.item = arena_array(a, count_parts(text, n, '&'), sizeof(*l.item));
	if (!l.item)
		return E_BUSY;
	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		size_t len = (size_t)((amp ? amp : end) - s);
		enum err e = len ? add_pair(a, s, len, &l, p) : OK;

		if (e != OK)
			return arena_failed(a) ? E_BUSY : e;
		s += len + 1;
	}
	*out = l;
	return OK;
}

static enum err
add_cookie(struct arena *a, const char *s, size_t n, struct params *l,
    struct problems *p)
{
	const char *eq, *name, *value;
	size_t len;

	while (n && (*s == ' ' || *s == '\t'))
		s++, n--;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	eq = memchr(s, '=', n);
	if (!eq || eq == s)
		return OK; /* no pair: user agents ignore it too */
	len = n - (size_t)(eq - s) - 1;
	value = eq + 1;
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
		value++, len -= 2;
	if (!utf8_valid(s, n)) {
		problem_add(p, "", "bad_encoding", "A cookie is not UTF-8.");
		return E_INPUT;
	}
	name = arena_strndup(a, s, (size_t)(eq - s));
	value = arena_strndup(a, value, len);
	return name && value ? params_add(l, name, value, p) : E_BUSY;
}

enum err
params_cookies(
    struct arena *a, const char *text, struct problems *p, struct params *out)
{
	struct params l = {0};
	size_t n = strlen(text);
	const char *s = text, *end = text + n;

	l.item = arena_array(a, count_parts(text, n, ';'), sizeof(*l.item));
	if (!l.item)
		return E_BUSY;
	while (s < end) {
		const char *semi = memchr(s, ';', (size_t)(end - s));
		size_t len = (size_t)((semi ? semi : end) - s);
		enum err e = add_cookie(a, s, len, &l, p);

		if (e != OK)
			return e;
		s += len + 1;
	}
	*out = l;
	return OK;
}

static bool
is_dots(const char *s, size_t n)
{
	return (n == 1 && s[0] == '.') ||
	       (n == 2 && s[0] == '.' && s[1] == '.');
}

/* No segment of the decoded path is "." or "..". */
static bool
has_dot_segment(const char *path)
{
	for (const char *s = path; *s; s += strcspn(s, "/")) {
		s++;
		if (is_dots(s, strcspn(s, "/")))
			return true;
	}
	return false;
}

static size_t
count_byte(const char *s, size_t n, char c)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += s[i] == c;
	return k;
}

enum err
path_decode(struct arena *a, const char *raw, size_t n, struct problems *p,
    const char **out)
{
	const char *path;

	if (n == 0 || raw[0] != '/' || memchr(raw, '#', n)) {
		problem_add(p, "", "bad_format", "The path is malformed.");
		return E_INPUT;
	}
	path = decode(a, raw, n, false, "", p);
	if (!path)
		return arena_failed(a) ? E_BUSY : E_INPUT;
	if (count_byte(path, strlen(path), '/') != count_byte(raw, n, '/') ||
	    has_dot_segment(path) || !text_is_printable(path)) {
		problem_add(p, "", "bad_format",
		    "The path has an encoded slash, a dot segment or a "
		    "control character.");
		return E_INPUT;
	}
	*out = path;
	return OK;
}

const char *
params_find(const struct param *item, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(item[i].name, name))
			return item[i].value;
	return NULL;
}
