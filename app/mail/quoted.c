/* quoted.c - what is new in a reply, and what it quotes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/quoted.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* clang-format off */
static const struct marker {
	const char *lang, *text;
} markers[] = {
	{"en", "Please reply above this line"},
	{"de", "Bitte über dieser Zeile antworten"},
};

/* How mail programs introduce a quote: the line begins and ends so, and names
 * a day, so that there is a digit in it.  It may be broken once or twice. */
static const struct introduction {
	const char *begins, *has, *ends;
} introductions[] = {
	{"On ", "wrote", ":"},		{"Am ", "schrieb", ":"},
	{"Le ", "écrit", ":"},		{"El ", "escribió", ":"},
	{"Il ", "scritto", ":"},	{"Op ", "schreef", ":"},
	{"Em ", "escreveu", ":"},	{"W dniu ", "pisze", ":"},
	{"W dniu ", "napisał", ":"},	{"Den ", "skrev", ":"},
	{"", "<", " wrote:"},		{"", "<", " schrieb:"},
};

/* Rules of their own line. */
static const char *const rules[] = {
	"Original Message", "Original message", "Ursprüngliche Nachricht",
	"Originalnachricht", "Ursprungsnachricht", "Message d'origine",
	"Mensaje original", "Messaggio originale", "Oorspronkelijk bericht",
};

/* Outlook writes the header of the mail that it quotes. */
static const struct header {
	const char *from, *sent;
} headers[] = {
	{"From:", "Sent:"}, {"From:", "Date:"}, {"Von:", "Gesendet:"},
	{"Von:", "Datum:"}, {"De :", "Envoyé :"}, {"De:", "Enviado"},
	{"Da:", "Inviato:"}, {"Van:", "Verzonden:"},
};
/* clang-format on */

enum { BROKEN_MAX = 3, HEADER_MAX = 4, LINE_MAX_BYTES = 400 };

const char *
quoted_marker(const char *lang)
{
	for (size_t i = 0; i < N_ELEMS(markers); i++) {
		if (str_eq(markers[i].lang, lang))
			return markers[i].text;
	}
	return markers[0].text;
}

/* ---- lines ---- */

/* Of the text; the last may be empty. */
struct line {
	const char *s;
	size_t n; /* without its end */
};

static struct line
line_at(const char *s)
{
	return (struct line){s, strcspn(s, "\n")};
}

static const char *
next_line(const char *s)
{
	s += strcspn(s, "\n");
	return *s ? s + 1 : s;
}

static bool
is_blank(struct line l)
{
	for (size_t i = 0; i < l.n; i++) {
		if (l.s[i] != ' ' && l.s[i] != '\t')
			return false;
	}
	return true;
}

static bool
is_quote(struct line l)
{
	size_t i = 0;

	while (i < l.n && l.s[i] == ' ')
		i++;
	return i < l.n && l.s[i] == '>';
}

/* Without the signs of quoting and blanks before it. */
static struct line
bare(struct line l)
{
	while (l.n > 0 && strchr("> \t*", l.s[0])) {
		l.s++;
		l.n--;
	}
	while (l.n > 0 && strchr(" \t*", l.s[l.n - 1]))
		l.n--;
	return l;
}

static bool
begins(struct line l, const char *with)
{
	size_t n = strlen(with);

	return l.n >= n && memcmp(l.s, with, n) == 0;
}

static bool
ends(struct line l, const char *with)
{
	size_t n = strlen(with);

	return l.n >= n && memcmp(l.s + l.n - n, with, n) == 0;
}

static bool
has(struct line l, const char *what)
{
	return l.n > 0 && memmem(l.s, l.n, what, strlen(what)) != NULL;
}

/* ---- where the old begins ---- */

/* The first line from which on there are only quotes, blank lines and a
 * signature before or behind them: looked for once, because each quoted line
 * asks. */
static const char *
find_tail(const char *text)
{
	const char *tail = text;
	bool is_signature = false;

	for (const char *s = text; *s; s = next_line(s)) {
		struct line l = line_at(s);

		if (l.n == 3 && memcmp(l.s, "-- ", 3) == 0)
			is_signature = true;
		else if (is_quote(l))
			is_signature = false;
		else if (!is_blank(l) && !is_signature)
			tail = next_line(s);
	}
	return tail;
}

static bool
is_marker(struct line l)
{
	for (size_t i = 0; i < N_ELEMS(markers); i++) {
		if (l.n < LINE_MAX_BYTES && has(l, markers[i].text))
			return true;
	}
	return false;
}

static bool
is_rule(struct line l)
{
	l = bare(l);
	if (!begins(l, "---") || !ends(l, "---"))
		return false;
	for (size_t i = 0; i < N_ELEMS(rules); i++) {
		if (has(l, rules[i]))
			return true;
	}
	return false;
}

static bool
has_digit(struct line l)
{
	for (size_t i = 0; i < l.n; i++) {
		if (l.s[i] >= '0' && l.s[i] <= '9')
			return true;
	}
	return false;
}

static bool
introduces(struct line l, bool is_broken)
{
	for (size_t i = 0; i < N_ELEMS(introductions); i++) {
		const struct introduction *in = &introductions[i];

		if (begins(l, in->begins) && has(l, in->has) &&
		    ends(l, in->ends) &&
		    (in->begins[0] == '\0' ? !is_broken : has_digit(l)))
			return true;
	}
	return false;
}

/* Where the introduction that begins at s ends; NULL: it is none. */
static const char *
introduction_end(const char *s)
{
	const char *from = bare(line_at(s)).s, *at = s;

	for (int i = 0; i < BROKEN_MAX && *at; i++, at = next_line(at)) {
		struct line l = line_at(at), whole = {from, 0};

		if (is_blank(l))
			return NULL;
		l = bare(l);
		whole.n = (size_t)(l.s + l.n - from);
		if (whole.n > LINE_MAX_BYTES)
			return NULL;
		if (introduces(whole, i > 0))
			return next_line(at);
	}
	return NULL;
}

static bool
is_header(const char *s)
{
	struct line l = bare(line_at(s));

	for (size_t i = 0; i < N_ELEMS(headers); i++) {
		const char *at = next_line(s);

		if (!begins(l, headers[i].from))
			continue;
		for (int k = 0; k < HEADER_MAX && *at;
		     k++, at = next_line(at)) {
			if (begins(bare(line_at(at)), headers[i].sent))
				return true;
		}
	}
	return false;
}

/* Does what is old begin with this line? */
static bool
begins_old(const char *s, const char *tail)
{
	struct line l = line_at(s);
	const char *end;

	/* what is quoted line by line may have answers between its lines */
	if (is_quote(l))
		return s >= tail;
	if (is_rule(l) || is_header(s))
		return true;
	if (!(end = introduction_end(s)))
		return false;
	for (s = end; *s && is_blank(line_at(s)); s = next_line(s))
		;
	return !is_quote(line_at(s)) || s >= tail;
}

/* A line of underscores belongs to what follows it. */
static bool
is_underscores(struct line l)
{
	l = bare(l);
	for (size_t i = 0; i < l.n; i++) {
		if (l.s[i] != '_')
			return false;
	}
	return l.n >= 10;
}

/* ---- parting ---- */

static const char *
trimmed(struct arena *a, const char *s, size_t n)
{
	size_t skip;

	/* whole blank lines before, and everything blank behind */
	while ((skip = strspn(s, " \t")) < n && s[skip] == '\n') {
		s += skip + 1;
		n -= skip + 1;
	}
	while (n > 0 && strchr(" \t\n", s[n - 1]))
		n--;
	return arena_strndup(a, s, n);
}

/* The first line that is old, or the end. */
static const char *
find_old(const char *text, const char *tail)
{
	const char *rule = NULL; /* blank lines and underscores before */

	for (const char *s = text; *s; s = next_line(s)) {
		struct line l = line_at(s);

		if (begins_old(s, tail))
			return rule ? rule : s;
		if (is_underscores(l))
			rule = s;
		else if (!is_blank(l))
			rule = NULL;
	}
	return text + strlen(text);
}

/* The marker's line; what introduces it is found before.  NULL: none, or
 * people have answered below it. */
static const char *
find_marker(const char *text, const char *tail)
{
	for (const char *s = text; *s; s = next_line(s)) {
		if (is_marker(line_at(s)))
			return is_quote(line_at(s)) && s < tail ? NULL : s;
	}
	return NULL;
}

void
quoted_split(struct arena *a, const char *text, struct quoted *out)
{
	const char *tail = find_tail(text), *end = text + strlen(text);
	const char *old = find_old(text, tail);
	const char *marker = find_marker(text, tail);

	if (marker && marker < old)
		old = marker;
	out->fresh = trimmed(a, text, (size_t)(old - text));
	out->old = trimmed(a, old, (size_t)(end - old));
	if (out->fresh && out->fresh[0] == '\0') {
		out->fresh = out->old;
		out->old = "";
	}
}
