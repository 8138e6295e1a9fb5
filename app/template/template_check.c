/* template_check.c - read templates as HTML and refuse unsafe places.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/template_check.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "template/template_ops.h"

#define WORD_MAX 16 /* names that matter are shorter */

enum place {
	IN_TEXT,
	IN_RCDATA, /* <title>, <textarea>: text until their end tag */
	IN_SCRIPT, /* <script>, <style> */
	IN_COMMENT,
	IN_TAG_NAME,
	IN_TAG, /* between attributes */
	IN_ATTR_NAME,
	IN_VALUE_START, /* behind = */
	IN_UNQUOTED,
	IN_QUOTED
};

struct html {
	enum place place;
	char quote;
	char tag[WORD_MAX], attr[WORD_MAX]; /* lower case, cut */
	char scheme[WORD_MAX];		    /* of the value, so far */
	char end[WORD_MAX]; /* what comes last: "-->", "</script" */
};

struct open {
	struct token tok;
	struct html html;
};

struct lint {
	const char *name;
	struct scan scan;
	struct html html;
	struct open open[TEMPLATE_DEPTH_MAX];
	size_t depth;
	struct buf *complaint;
	bool is_text; /* no HTML: every place is one for values */
	bool is_clean;
};

static const char *const bad_schemes[] = {"javascript", "vbscript", "data"};
static const char *const url_attrs[] = {"action", "background", "cite", "data",
    "formaction", "href", "poster", "src", "xlink:href"};

PRINTF(3, 4)
static void
complain(struct lint *l, int line, const char *fmt, ...)
{
	va_list ap;

	l->is_clean = false;
	buf_printf(l->complaint, "%s:%d: ", l->name, line);
	va_start(ap, fmt);
	buf_vprintf(l->complaint, fmt, ap);
	va_end(ap);
	buf_putc(l->complaint, '\n');
}

/* ---- small words ---- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
word_add(char word[static WORD_MAX], char c)
{
	size_t n = strlen(word);

	if (n < WORD_MAX - 1)
		word[n] = lower(c);
}

/* Keep the last characters only. */
static void
word_shift(char word[static WORD_MAX], char c)
{
	if (strlen(word) == WORD_MAX - 1)
		memmove(word, word + 1, WORD_MAX - 1);
	word_add(word, c);
}

static bool
is_among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(word, words[i]))
			return true;
	return false;
}

/* ---- HTML, one character at a time ---- */

static void
set_place(struct html *h, enum place place)
{
	h->place = place;
	memset(h->end, 0, sizeof(h->end));
}

static void
end_tag(struct html *h)
{
	if (str_eq(h->tag, "script") || str_eq(h->tag, "style"))
		set_place(h, IN_SCRIPT);
	else if (str_eq(h->tag, "title") || str_eq(h->tag, "textarea"))
		set_place(h, IN_RCDATA);
	else
		set_place(h, IN_TEXT);
}

static void
step_tag_name(struct html *h, char c)
{
	bool is_first = h->tag[0] == '\0';
	bool is_letter = lower(c) >= 'a' && lower(c) <= 'z';

	if (is_first && c == '<')
		return; /* the one before was text */
	if (is_first && !is_letter && c != '/' && c != '!' && c != '?')
		set_place(h, IN_TEXT);
	else if (c == '>')
		end_tag(h);
	else if (is_space(c) || (c == '/' && !is_first))
		set_place(h, IN_TAG);
	else
		word_add(h->tag, c);
	if (str_eq(h->tag, "!--"))
		set_place(h, IN_COMMENT);
}

static void
step_tag(struct html *h, char c)
{
	if (c == '>') {
		end_tag(h);
	} else if (!is_space(c) && c != '/') {
		memset(h->attr, 0, sizeof(h->attr));
		word_add(h->attr, c);
		set_place(h, IN_ATTR_NAME);
	}
}

static void
step_attr_name(struct html *h, char c)
{
	if (c == '>')
		end_tag(h);
	else if (c == '=')
		set_place(h, IN_VALUE_START);
	else if (is_space(c) || c == '/')
		set_place(h, IN_TAG);
	else
		word_add(h->attr, c);
}

static void
step_value_start(struct html *h, char c)
{
	memset(h->scheme, 0, sizeof(h->scheme));
	if (c == '>') {
		end_tag(h);
	} else if (c == '"' || c == '\'') {
		h->quote = c;
		set_place(h, IN_QUOTED);
	} else if (!is_space(c)) {
		word_add(h->scheme, c);
		set_place(h, IN_UNQUOTED);
	}
}

/* In an attribute's value; remembers what may be the scheme of an address. */
static void
step_value(struct html *h, char c)
{
	if (h->place == IN_QUOTED && c == h->quote)
		set_place(h, IN_TAG);
	else if (h->place == IN_UNQUOTED && c == '>')
		end_tag(h);
	else if (h->place == IN_UNQUOTED && is_space(c))
		set_place(h, IN_TAG);
	else if ((unsigned char)c > ' ')
		word_add(h->scheme, c);
}

/* In what only its own end tag ends. */
static void
step_raw(struct html *h, char c)
{
	char want[WORD_MAX + 2] = "-->";

	word_shift(h->end, c);
	if (h->place != IN_COMMENT)
		(void)snprintf(want, sizeof(want), "</%s", h->tag);
	if (!str_ends(h->end, want))
		return;
	if (h->place == IN_COMMENT) {
		set_place(h, IN_TEXT);
	} else {
		memset(h->tag, 0, sizeof(h->tag));
		h->tag[0] = '/';
		set_place(h, IN_TAG);
	}
}

static void
step(struct html *h, char c)
{
	switch (h->place) {
	case IN_TEXT:
		if (c != '<')
			break;
		memset(h->tag, 0, sizeof(h->tag));
		set_place(h, IN_TAG_NAME);
		break;
	case IN_RCDATA:
	case IN_SCRIPT:
	case IN_COMMENT:
		step_raw(h, c);
		break;
	case IN_TAG_NAME:
		step_tag_name(h, c);
		break;
	case IN_TAG:
		step_tag(h, c);
		break;
	case IN_ATTR_NAME:
		step_attr_name(h, c);
		break;
	case IN_VALUE_START:
		step_value_start(h, c);
		break;
	case IN_UNQUOTED:
	case IN_QUOTED:
		step_value(h, c);
		break;
	}
}

static bool
scheme_is_bad(const struct html *h)
{
	return is_among(h->attr, url_attrs, N_ELEMS(url_attrs)) &&
	       is_among(h->scheme, bad_schemes, N_ELEMS(bad_schemes));
}

static void
read_text(struct lint *l, const struct token *tok)
{
	struct html *h = &l->html;
	int line = tok->line;

	for (size_t i = 0; i < tok->n && !l->is_text; i++) {
		bool is_value =
		    h->place == IN_QUOTED || h->place == IN_UNQUOTED;

		if (is_value && tok->s[i] == ':' && scheme_is_bad(h))
			complain(l, line, "%s: in %s=", h->scheme, h->attr);
		step(h, tok->s[i]);
		if (tok->s[i] == '\n')
			line++;
	}
}

/* ---- tags ---- */

/* Why no value may stand here, or NULL. */
static const char *
refusal(const struct html *h)
{
	switch (h->place) {
	case IN_TEXT:
	case IN_RCDATA:
		return NULL;
	case IN_SCRIPT:
		return "inside of a script or style";
	case IN_COMMENT:
		return "inside of a comment";
	case IN_TAG_NAME:
	case IN_TAG:
	case IN_ATTR_NAME:
		return "in the name of a tag or attribute";
	case IN_VALUE_START:
	case IN_UNQUOTED:
		return "in an attribute without quotes";
	case IN_QUOTED:
		break;
	}
	if (str_starts(h->attr, "on") || str_eq(h->attr, "style") ||
	    str_eq(h->attr, "srcdoc"))
		return "in an attribute that is code";
	return NULL;
}

/* HTML that is not escaped (view_markup()). */
static bool
is_markup(const struct token *tok)
{
	static const char end[] = VIEW_MARKUP_END;
	size_t n = sizeof(end) - 1;

	return tok->n >= n && memcmp(tok->s + tok->n - n, end, n) == 0;
}

static void
check_value(struct lint *l, const struct token *tok)
{
	const char *why = refusal(&l->html);

	if (tok->tag == TAG_RAW)
		complain(l, tok->line, "raw output of \"%.*s\"", (int)tok->n,
		    tok->s);
	if (why != NULL)
		complain(l, tok->line, "\"%.*s\" %s", (int)tok->n, tok->s, why);
	else if (is_markup(tok) && l->html.place != IN_TEXT)
		complain(l, tok->line, "\"%.*s\" is markup outside of text",
		    (int)tok->n, tok->s);
	/* An address whose beginning is a value has no scheme of ours. */
	word_add(l->html.scheme, '{');
}

/* Partials are read by themselves, as text. */
static void
check_partial(struct lint *l, const struct token *tok)
{
	if (l->html.place != IN_TEXT)
		complain(l, tok->line, "partial \"%.*s\" outside of text",
		    (int)tok->n, tok->s);
	if (template_is_text(tok->s, tok->n) != l->is_text)
		complain(l, tok->line,
		    "\"%.*s\" escapes its values otherwise than this",
		    (int)tok->n, tok->s);
}

static void
open_tag(struct lint *l, const struct token *tok)
{
	const char *why = refusal(&l->html);

	if (tok->tag == TAG_PARENT)
		check_partial(l, tok);
	else if (tok->tag == TAG_BLOCK && why != NULL)
		complain(l, tok->line, "block \"%.*s\" %s", (int)tok->n, tok->s,
		    why);
	else if (l->html.place == IN_VALUE_START)
		complain(l, tok->line, "section \"%.*s\" %s", (int)tok->n,
		    tok->s, why);
	if (l->depth < TEMPLATE_DEPTH_MAX)
		l->open[l->depth] = (struct open){*tok, l->html};
	l->depth++;
}

/* Anywhere between the parts of one tag is the same. */
static enum place
place_class(const struct html *h)
{
	if (h->place == IN_TAG_NAME || h->place == IN_ATTR_NAME)
		return IN_TAG;
	return h->place;
}

static bool
html_is_same(const struct html *a, const struct html *b)
{
	enum place place = place_class(a);

	if (place != place_class(b))
		return false;
	if (place == IN_QUOTED)
		return a->quote == b->quote && str_eq(a->attr, b->attr);
	return place == IN_TEXT || str_eq(a->tag, b->tag);
}

static void
close_tag(struct lint *l, const struct token *tok)
{
	const struct open *o;

	if (l->depth == 0 || --l->depth >= TEMPLATE_DEPTH_MAX)
		return; /* the compiler refuses these */
	o = &l->open[l->depth];
	if (!html_is_same(&o->html, &l->html))
		complain(l, tok->line,
		    "\"%.*s\" of line %d ends in another place of the HTML",
		    (int)tok->n, tok->s, o->tok.line);
}

static bool
in_parent(const struct lint *l)
{
	return l->depth > 0 && l->depth <= TEMPLATE_DEPTH_MAX &&
	       l->open[l->depth - 1].tok.tag == TAG_PARENT;
}

static void
read_token(struct lint *l, const struct token *tok)
{
	switch (tok->tag) {
	case TAG_TEXT:
		if (!in_parent(l))
			read_text(l, tok);
		break;
	case TAG_VALUE:
	case TAG_RAW:
		check_value(l, tok);
		break;
	case TAG_PARTIAL:
		check_partial(l, tok);
		break;
	case TAG_SECTION:
	case TAG_INVERTED:
	case TAG_PARENT:
	case TAG_BLOCK:
		open_tag(l, tok);
		break;
	case TAG_CLOSE:
		close_tag(l, tok);
		break;
	case TAG_COMMENT:
	case TAG_DELIMS:
	case TAG_END:
		break;
	}
}

bool
template_lint(
    const char *name, const char *text, size_t n, struct buf *complaint)
{
	struct lint l = {
	    .name = name,
	    .complaint = complaint,
	    .is_text = template_is_text(name, strlen(name)),
	    .is_clean = true,
	};
	struct token tok = {.tag = TAG_TEXT};

	scan_init(&l.scan, text, n);
	while (tok.tag != TAG_END) {
		if (!scan_next(&l.scan, &tok)) {
			complain(&l, tok.line, "%s", l.scan.reason);
			return false;
		}
		/* Blanks before a tag may end a name or a value. */
		if (tok.lead_n > 0 && !in_parent(&l))
			read_text(&l, &(struct token){.line = tok.line,
					  .s = tok.lead,
					  .n = tok.lead_n});
		read_token(&l, &tok);
	}
	if (l.html.place != IN_TEXT)
		complain(&l, tok.line, "ends inside of a tag or script");
	return l.is_clean;
}
