/* template_scan.c - cut the text of a template into tags.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/template_ops.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

void
scan_init(struct scan *s, const char *text, size_t n)
{
	*s = (struct scan){
	    .start = text,
	    .p = text,
	    .end = text + n,
	    .open = "{{",
	    .close = "}}",
	    .open_n = 2,
	    .close_n = 2,
	    .line = 1,
	};
}

static const char *
find(const char *p, const char *end, const char *what, size_t n)
{
	return memmem(p, (size_t)(end - p), what, n);
}

void
scan_skip(struct scan *s, size_t n)
{
	const char *to = s->p + n;

	while (s->p < to) {
		const char *nl = memchr(s->p, '\n', (size_t)(to - s->p));

		if (nl == NULL)
			break;
		s->line++;
		s->p = nl + 1;
	}
	s->p = to;
}

static void
trim(struct token *tok)
{
	while (tok->n > 0 && is_space(*tok->s)) {
		tok->s++;
		tok->n--;
	}
	while (tok->n > 0 && is_space(tok->s[tok->n - 1]))
		tok->n--;
}

/* How many bytes of blanks and one newline follow p; false when anything else
 * stands there. */
static bool
blank_rest(const struct scan *s, const char *p, size_t *n_out)
{
	const char *q = p;

	while (q < s->end && is_blank(*q))
		q++;
	if (q + 1 < s->end && q[0] == '\r' && q[1] == '\n')
		q++;
	if (q < s->end && *q != '\n')
		return false;
	*n_out = (size_t)(q - p) + (q < s->end ? 1 : 0);
	return true;
}

/* {{=<% %>=}}: the inside is two words. */
static bool
set_delims(struct scan *s, const struct token *tok)
{
	const char *p = tok->s, *end = tok->s + tok->n, *close;

	while (p < end && !is_space(*p))
		p++;
	close = p;
	while (close < end && is_space(*close))
		close++;
	if (p == tok->s || close == p || close == end)
		return false;
	for (const char *q = close; q < end; q++)
		if (is_space(*q))
			return false;
	if (memchr(tok->s, '=', tok->n) != NULL)
		return false;
	s->open = tok->s;
	s->open_n = (size_t)(p - tok->s);
	s->close = close;
	s->close_n = (size_t)(end - close);
	return true;
}

static enum tag
tag_of(char sigil)
{
	switch (sigil) {
	case '{':
	case '&':
		return TAG_RAW;
	case '#':
		return TAG_SECTION;
	case '^':
		return TAG_INVERTED;
	case '/':
		return TAG_CLOSE;
	case '>':
		return TAG_PARTIAL;
	case '<':
		return TAG_PARENT;
	case '$':
		return TAG_BLOCK;
	case '!':
		return TAG_COMMENT;
	case '=':
		return TAG_DELIMS;
	default:
		return TAG_VALUE;
	}
}

/* Find the end of the tag whose inside begins at p and move behind it. */
static bool
close_tag(struct scan *s, const char *p, char sigil, struct token *tok)
{
	/* These two have a character of their own before the delimiter. */
	const char own = sigil == '{' ? '}' : sigil == '=' ? '=' : '\0';
	const char *q = find(p, s->end, s->close, s->close_n);

	while (q != NULL && own != '\0' && (q == p || q[-1] != own))
		q = find(q + 1, s->end, s->close, s->close_n);
	if (q == NULL)
		return false;
	tok->s = p;
	tok->n = (size_t)(q - p) - (own != '\0' ? 1 : 0);
	scan_skip(s, (size_t)(q - s->p) + s->close_n);
	return true;
}

/* The tag that begins at s->p behind tok->lead. */
static bool
scan_tag(struct scan *s, struct token *tok)
{
	const char *p = s->p + s->open_n;
	char sigil = p < s->end ? *p : '\0';

	tok->line = s->line;
	tok->tag = tag_of(sigil);
	if (tok->tag != TAG_VALUE)
		p++;
	if (!close_tag(s, p, sigil, tok)) {
		s->reason = "a tag is not closed";
		return false;
	}
	trim(tok);
	tok->blank_after = blank_rest(s, s->p, &tok->tail_n);
	if (tok->tag == TAG_DELIMS && !set_delims(s, tok)) {
		s->reason = "delimiters are two words without '='";
		return false;
	}
	return true;
}

bool
scan_next(struct scan *s, struct token *tok_out)
{
	const char *tag = find(s->p, s->end, s->open, s->open_n);
	const char *text_end = tag != NULL ? tag : s->end;
	const char *lead = text_end;

	*tok_out = (struct token){.tag = TAG_END, .line = s->line, .s = s->p};
	if (tag != NULL) {
		while (lead > s->p && is_blank(lead[-1]))
			lead--;
		tok_out->blank_before = lead == s->start || lead[-1] == '\n';
		if (tok_out->blank_before)
			text_end = lead;
	}
	if (text_end > s->p) {
		tok_out->tag = TAG_TEXT;
		tok_out->n = (size_t)(text_end - s->p);
		tok_out->blank_before = false;
		scan_skip(s, tok_out->n);
		return true;
	}
	if (tag == NULL)
		return true;
	tok_out->lead = text_end;
	tok_out->lead_n = (size_t)(tag - text_end);
	scan_skip(s, tok_out->lead_n);
	return scan_tag(s, tok_out);
}
