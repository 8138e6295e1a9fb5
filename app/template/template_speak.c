/* template_speak.c - a template in another language.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "template/template_speak.h"

#include <string.h>

#include "base/text.h"

struct speaking {
	const char *p, *end;
	template_say_fn *say;
	void *arg;
	struct buf *out;
	struct buf key; /* of the run at hand */
};

/* ---- a run of text ---- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *
behind_tag(const char *p, const char *end)
{
	const char *close = memmem(p, (size_t)(end - p), "}}", 2);

	if (!close)
		return end;
	close += 2;
	return close < end && *close == '}' ? close + 1 : close;
}

static bool
is_tag(const char *p, const char *end)
{
	return end - p >= 2 && p[0] == '{' && p[1] == '{';
}

/* A value stands in a text; what opens, closes or includes ends it. */
static bool
is_value(const char *p, const char *end)
{
	return is_tag(p, end) && (p + 2 == end || !strchr("#^/><$!=", p[2]));
}

/* Is there a letter outside of tags and of names like &amp; ? */
static bool
has_words(const char *p, const char *end)
{
	while (p < end) {
		if (is_tag(p, end)) {
			p = behind_tag(p, end);
		} else if (*p == '&') {
			while (p < end && *p != ';')
				p++;
		} else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') {
			return true;
		} else {
			p++;
		}
	}
	return false;
}

static void
fold(struct buf *key, const char *p, const char *end)
{
	buf_reset(key);
	for (; p < end; p++) {
		if (!is_space(*p))
			buf_putc(key, *p);
		else if (p + 1 < end && !is_space(p[1]))
			buf_putc(key, ' ');
	}
}

static void
put_run(struct speaking *s, const char *p, const char *end)
{
	const char *from = p, *to = end, *other = NULL;

	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	if (has_words(from, to)) {
		fold(&s->key, from, to);
		other = s->say(s->arg, buf_str(&s->key));
	}
	buf_add(s->out, p, (size_t)(from - p));
	if (other)
		buf_puts(s->out, other);
	else
		buf_add(s->out, from, (size_t)(to - from));
	buf_add(s->out, to, (size_t)(end - to));
}

/* To where a value is over, a section begins, or `stop` stands. */
static const char *
end_of_run(const char *p, const char *end, char stop)
{
	while (p < end && *p != stop) {
		if (!is_tag(p, end))
			p++;
		else if (is_value(p, end))
			p = behind_tag(p, end);
		else
			break;
	}
	return p;
}

/* ---- tags of HTML ---- */

static bool
is_read(const char *name, size_t n)
{
	static const char *const names[] = {
	    "aria-label", "title", "placeholder", "alt"};

	for (size_t i = 0; i < N_ELEMS(names); i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return true;
	return false;
}

/* Behind a quote, and behind the next one. */
static void
put_quoted(struct speaking *s, char quote, bool is_for_people)
{
	while (s->p < s->end && *s->p != quote) {
		const char *from = s->p;

		if (is_tag(from, s->end) && !is_value(from, s->end)) {
			s->p = behind_tag(from, s->end);
			buf_add(s->out, from, (size_t)(s->p - from));
			continue;
		}
		s->p = end_of_run(from, s->end, quote);
		if (is_for_people)
			put_run(s, from, s->p);
		else
			buf_add(s->out, from, (size_t)(s->p - from));
	}
	if (s->p < s->end)
		buf_putc(s->out, *s->p++);
}

/* The name of the attribute whose value begins at quote. */
static bool
is_read_before(const char *from, const char *quote)
{
	const char *p = quote;

	if (p == from || p[-1] != '=')
		return false;
	for (p--;
	     p > from &&
	     (((p[-1] | 0x20) >= 'a' && (p[-1] | 0x20) <= 'z') || p[-1] == '-');
	     p--)
		;
	return is_read(p, (size_t)(quote - 1 - p));
}

static void
put_html_tag(struct speaking *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p != '>') {
		const char *at = s->p;

		if (is_tag(at, s->end)) {
			s->p = behind_tag(at, s->end);
			buf_add(s->out, at, (size_t)(s->p - at));
			continue;
		}
		buf_putc(s->out, *s->p++);
		if (*at == '"' || *at == '\'')
			put_quoted(s, *at, is_read_before(from, at));
	}
}

/* {{$width}} wide{{/width}}: without HTML in it, a block is part of an
 * attribute that no one reads. */
static const char *
behind_block(const char *p, const char *end)
{
	const char *text = behind_tag(p, end);
	size_t left = (size_t)(end - text);
	const char *close = memmem(text, left, "{{/", 3);
	const char *html = memchr(text, '<', left);

	return close && (!html || close < html) ? close : text;
}

void
template_speak(const char *text, size_t n, template_say_fn *say, void *arg,
    struct buf *out)
{
	struct speaking s = {text, text + n, say, arg, out, {0}};

	buf_init(&s.key, 0);
	while (s.p < s.end) {
		const char *from = s.p;

		if (*from == '<') {
			put_html_tag(&s);
		} else if (is_tag(from, s.end) && !is_value(from, s.end)) {
			s.p = from + 2 < s.end && from[2] == '$'
				  ? behind_block(from, s.end)
				  : behind_tag(from, s.end);
			buf_add(out, from, (size_t)(s.p - from));
		} else {
			if (*from == '>') {
				buf_putc(out, '>');
				from = ++s.p;
			}
			s.p = end_of_run(from, s.end, '<');
			put_run(&s, from, s.p);
		}
	}
	buf_fini(&s.key);
}
