/* incoming_html.c - what a mail in HTML says, as text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Tags are looked at one by one and never as a tree, so there is no depth to
 * exhaust, and whatever is written comes out as text of no meaning.
 */
#include "config.h"

#include "mail/incoming.h"

#include <string.h>

#include "base/text.h"

enum { TAG_MAX = 16, QUOTES_MAX = 8, LINK_MAX = 1000 };

struct writer {
	struct buf *out;
	int quotes;    /* how deep in quotes */
	int breaks;    /* line ends wanted before the next character */
	bool is_begun; /* something stands in this line */
	bool space;    /* wanted before the next character */
	bool is_pre;
	const char *hidden; /* the element whose content is none; or NULL */
	size_t link_at;	    /* where the text of the link begins */
	char link[LINK_MAX];
};

/* ---- writing ---- */

static void
begin_line(struct writer *w)
{
	for (int i = 0; i < w->quotes; i++)
		buf_puts(w->out, "> ");
	w->is_begun = true;
}

static void
put_text(struct writer *w, const char *s, size_t n)
{
	if (w->breaks > 0 && w->out->len > 0) {
		for (int i = 0; i < w->breaks; i++)
			buf_putc(w->out, '\n');
		w->is_begun = false;
	}
	w->breaks = 0;
	if (!w->is_begun)
		begin_line(w);
	else if (w->space)
		buf_putc(w->out, ' ');
	w->space = false;
	buf_add_inline(w->out, s, n);
}

static void
end_line(struct writer *w, int n)
{
	if (w->breaks < n)
		w->breaks = n;
	w->space = false;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
put_char(struct writer *w, const char *s, size_t n)
{
	if (w->is_pre && *s == '\n') {
		w->breaks++;
		return;
	}
	if (!w->is_pre && is_space(*s)) {
		w->space = w->is_begun && w->breaks == 0;
		return;
	}
	put_text(w, s, n);
}

/* ---- entities (HTML, 13.5), as far as mails use them ---- */

/* clang-format off */
static const struct entity {
	const char *name, *text;
} entities[] = {
	{"amp", "&"},	{"lt", "<"},	{"gt", ">"},	{"quot", "\""},
	{"apos", "'"},	{"nbsp", " "},	{"copy", "©"},	{"reg", "®"},
	{"trade", "™"},	{"euro", "€"},	{"pound", "£"},	{"yen", "¥"},
	{"cent", "¢"},	{"sect", "§"},	{"para", "¶"},	{"deg", "°"},
	{"plusmn", "±"}, {"times", "×"}, {"divide", "÷"}, {"middot", "·"},
	{"bull", "•"},	{"hellip", "…"}, {"ndash", "–"}, {"mdash", "—"},
	{"lsquo", "‘"},	{"rsquo", "’"},	{"sbquo", "‚"},	{"ldquo", "“"},
	{"rdquo", "”"},	{"bdquo", "„"},	{"laquo", "«"},	{"raquo", "»"},
	{"lsaquo", "‹"}, {"rsaquo", "›"}, {"larr", "←"}, {"rarr", "→"},
	{"auml", "ä"},	{"ouml", "ö"},	{"uuml", "ü"},	{"Auml", "Ä"},
	{"Ouml", "Ö"},	{"Uuml", "Ü"},	{"szlig", "ß"},	{"euml", "ë"},
	{"iuml", "ï"},	{"aacute", "á"}, {"eacute", "é"}, {"iacute", "í"},
	{"oacute", "ó"}, {"uacute", "ú"}, {"agrave", "à"}, {"egrave", "è"},
	{"igrave", "ì"}, {"ograve", "ò"}, {"ugrave", "ù"}, {"acirc", "â"},
	{"ecirc", "ê"},	{"icirc", "î"},	{"ocirc", "ô"},	{"ucirc", "û"},
	{"ccedil", "ç"}, {"Ccedil", "Ç"}, {"Eacute", "É"}, {"Agrave", "À"},
	{"ntilde", "ñ"}, {"Ntilde", "Ñ"}, {"aring", "å"}, {"Aring", "Å"},
	{"aelig", "æ"},	{"AElig", "Æ"},	{"oslash", "ø"}, {"Oslash", "Ø"},
	{"iexcl", "¡"},	{"iquest", "¿"}, {"zwnj", ""},	{"zwj", ""},
	{"shy", ""},	{"ensp", " "},	{"emsp", " "},	{"thinsp", " "},
};
/* clang-format on */

static size_t
utf8_of(uint32_t c, char out[static 4])
{
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(n == 1 ? c : first[n] | c);
	return n;
}

/* s is behind "&#"; how many bytes it has, ";" and all; 0: none. */
static size_t
number_entity(const char *s, size_t n, char out[static 4], size_t *len)
{
	uint32_t c = 0, base = n > 0 && (*s == 'x' || *s == 'X') ? 16 : 10;
	size_t i = base == 16, digits = 0;

	for (; i < n && digits < 8; i++, digits++) {
		char d = (char)(s[i] | 0x20);

		if (s[i] >= '0' && s[i] <= '9')
			c = c * base + (uint32_t)(s[i] - '0');
		else if (base == 16 && d >= 'a' && d <= 'f')
			c = c * base + (uint32_t)(d - 'a' + 10);
		else
			break;
	}
	if (digits == 0)
		return 0;
	if (c < ' ' || (c >= 0x7f && c < 0xa0) || c > 0x10ffff ||
	    (c >= 0xd800 && c < 0xe000) || c == 0x2028 || c == 0x2029)
		c = c == '\t' || c == '\n' || c == '\r' ? ' ' : 0xfffd;
	if (c == 0xa0)
		c = ' ';
	*len = utf8_of(c, out);
	return i + (i < n && s[i] == ';');
}

/* s is behind "&". */
static size_t
named_entity(const char *s, size_t n, const char **text)
{
	for (size_t i = 0; i < N_ELEMS(entities); i++) {
		size_t len = strlen(entities[i].name);

		if (len < n && s[len] == ';' &&
		    memcmp(s, entities[i].name, len) == 0) {
			*text = entities[i].text;
			return len + 1;
		}
	}
	return 0;
}

/* s begins with "&"; how many bytes were used. */
static size_t
put_entity(struct writer *w, const char *s, size_t n)
{
	char bytes[4];
	const char *text;
	size_t len = 0, used = 0;

	if (n > 2 && s[1] == '#')
		used = number_entity(s + 2, n - 2, bytes, &len);
	if (used > 0) {
		put_char(w, bytes, len);
		return used + 2;
	}
	used = named_entity(s + 1, n - 1, &text);
	if (used > 0) {
		if (text[0] != '\0')
			put_char(w, text, strlen(text));
		return used + 1;
	}
	put_char(w, "&", 1);
	return 1;
}

/* ---- tags ---- */

enum does {
	HIDES = 1,
	BREAKS, /* is a line of its own */
	PARTS,	/* and a blank one beside it */
	BREAK,	/* <br> */
	RULE,
	ITEM,
	CELL,
	QUOTE,
	PRE,
	LINK
};

/* clang-format off */
static const struct tag {
	const char *name;
	enum does does;
} tags[] = {
	{"script", HIDES}, {"style", HIDES}, {"head", HIDES},
	{"title", HIDES}, {"template", HIDES}, {"object", HIDES},
	{"div", BREAKS}, {"tr", BREAKS}, {"section", BREAKS},
	{"article", BREAKS}, {"header", BREAKS}, {"footer", BREAKS},
	{"address", BREAKS}, {"form", BREAKS}, {"dt", BREAKS}, {"dd", BREAKS},
	{"p", PARTS}, {"h1", PARTS}, {"h2", PARTS}, {"h3", PARTS},
	{"h4", PARTS}, {"h5", PARTS}, {"h6", PARTS}, {"table", PARTS},
	{"ul", PARTS}, {"ol", PARTS}, {"dl", PARTS}, {"fieldset", PARTS},
	{"br", BREAK}, {"hr", RULE}, {"li", ITEM}, {"td", CELL}, {"th", CELL},
	{"blockquote", QUOTE}, {"pre", PRE}, {"a", LINK},
};
/* clang-format on */

static const struct tag *
find_tag(const char *name)
{
	for (size_t i = 0; i < N_ELEMS(tags); i++) {
		if (str_eq_nocase(tags[i].name, name))
			return &tags[i];
	}
	return NULL;
}

/* The address of a link between s and end, behind the tag's name. */
static void
read_link(struct writer *w, const char *s, const char *end)
{
	size_t n = 0;

	w->link[0] = '\0';
	for (; s + 5 < end; s++) {
		if (is_space(s[-1]) && (s[0] | 0x20) == 'h' &&
		    (s[1] | 0x20) == 'r' && (s[2] | 0x20) == 'e' &&
		    (s[3] | 0x20) == 'f' && s[4] == '=')
			break;
	}
	if (s + 6 >= end || (s[5] != '"' && s[5] != '\''))
		return;
	for (const char *v = s + 6; v < end && *v != s[5]; v++) {
		if (n + 1 >= sizeof(w->link) || (unsigned char)*v <= ' ') {
			w->link[0] = '\0';
			return;
		}
		w->link[n++] = *v;
		if (str_starts(v, "&amp;"))
			v += 4;
	}
	w->link[n] = '\0';
	if (!str_starts(w->link, "https://") && !str_starts(w->link, "http://"))
		w->link[0] = '\0';
	w->link_at = w->out->len;
}

/* `text (address)`, unless the text is the address. */
static void
end_link(struct writer *w)
{
	if (w->link[0] != '\0' && w->out->len > w->link_at && !w->hidden &&
	    !strstr(buf_str(w->out) + w->link_at, w->link)) {
		put_text(w, " (", 2);
		put_text(w, w->link, strlen(w->link));
		put_text(w, ")", 1);
	}
	w->link[0] = '\0';
}

static void
quote(struct writer *w, bool is_end)
{
	/* the blank line belongs to whoever has the lower depth */
	if (w->out->len > 0)
		end_line(w, is_end ? 2 : 1);
	if (is_end && w->quotes > 0)
		w->quotes--;
	else if (!is_end && w->quotes < QUOTES_MAX)
		w->quotes++;
}

static void
do_tag(struct writer *w, const struct tag *t, bool is_end, const char *attrs,
    const char *end)
{
	switch (t->does) {
	case HIDES:
		w->hidden = is_end ? NULL : t->name;
		break;
	case BREAKS:
		end_line(w, 1);
		break;
	case PARTS:
		end_line(w, 2);
		break;
	case BREAK:
		w->breaks += w->breaks < 2;
		w->space = false;
		break;
	case RULE:
		end_line(w, 1);
		put_text(w, "----", 4);
		end_line(w, 1);
		break;
	case ITEM:
		end_line(w, 1);
		if (!is_end)
			put_text(w, "- ", 2);
		break;
	case CELL:
		w->space = w->is_begun && w->breaks == 0;
		break;
	case QUOTE:
		quote(w, is_end);
		break;
	case PRE:
		end_line(w, 2);
		w->is_pre = !is_end;
		break;
	case LINK:
		end_link(w);
		if (!is_end)
			read_link(w, attrs, end);
		break;
	}
}

/* Behind the ">" that ends the tag at s; quotes may hold others. */
static const char *
tag_end(const char *s, const char *end)
{
	char inside = 0;

	for (; s < end; s++) {
		if (inside && *s == inside)
			inside = 0;
		else if (!inside && *s == '>')
			return s + 1;
		else if (!inside && (*s == '"' || *s == '\'') && s[-1] == '=')
			inside = *s;
	}
	return end;
}

/* s begins with "<"; where to go on. */
static const char *
take_tag(struct writer *w, const char *s, const char *end)
{
	const char *at = s + 1, *stop;
	bool is_end = at < end && *at == '/';
	char name[TAG_MAX];
	size_t n = 0;
	const struct tag *t;

	if (end - s >= 4 && memcmp(s, "<!--", 4) == 0) {
		stop = memmem(s + 4, (size_t)(end - s - 4), "-->", 3);
		return stop ? stop + 3 : end;
	}
	at += is_end;
	for (; at < end && n + 1 < sizeof(name) &&
	       (((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') ||
		   (n > 0 && *at >= '0' && *at <= '9'));
	     at++)
		name[n++] = *at;
	name[n] = '\0';
	if (n == 0 && !is_end && (at >= end || (*at != '!' && *at != '?'))) {
		if (!w->hidden)
			put_char(w, "<", 1);
		return s + 1;
	}
	stop = tag_end(at, end);
	if (w->hidden && str_eq(w->hidden, "head") &&
	    str_eq_nocase(name, "body"))
		w->hidden = NULL;
	t = find_tag(name);
	if (t && (!w->hidden || (is_end && str_eq(t->name, w->hidden))))
		do_tag(w, t, is_end, at, stop);
	return stop;
}

void
incoming_html(struct buf *out, const char *html, size_t n)
{
	struct writer w = {.out = out};
	const char *end = html + n;

	for (const char *s = html; s < end && !buf_failed(out);) {
		size_t step = 1;

		if (*s == '<') {
			s = take_tag(&w, s, end);
			continue;
		}
		if (!w.hidden && *s == '&') {
			s += put_entity(&w, s, (size_t)(end - s));
			continue;
		}
		if (!w.hidden) {
			step = utf8_step(s, (size_t)(end - s), NULL);
			put_char(&w, s, step ? step : 1);
		}
		s += step ? step : 1;
	}
	end_link(&w);
	if (out->len > 0)
		buf_putc(out, '\n');
}
