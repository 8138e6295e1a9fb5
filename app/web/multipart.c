/* multipart.c - the fields and files of a multipart/form-data body.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/multipart.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */

/* What is left of a body, and what was found in it. */
struct scan {
	struct arena *a;
	struct problems *p;
	const char *s, *end;
	const char *delimiter; /* CRLF, two dashes and the boundary */
	size_t delimiter_len;
	size_t n_parts;
	struct multipart found;
};

/* The headers of a part that are looked at; NULL when absent. */
struct part_head {
	char *disposition, *type, *encoding;
};

static enum err
malformed(struct problems *p, const char *what)
{
	problem_add(p, "", "bad_format", "%s", what);
	return E_INPUT;
}

/* ---- the value of a header: token *( ";" attribute "=" value ) ---- */

static char *
skip_space(char *s)
{
	return s + strspn(s, " \t");
}

/* End a word, and find what stands behind its semicolon: NULL when there is
 * none.  False when it is followed by anything else. */
static bool
end_word(char *end, char **next_out)
{
	char *s = skip_space(end);
	char c = *s;

	*end = '\0';
	*next_out = c == ';' ? s + 1 : NULL;
	return c == ';' || c == '\0';
}

/* Undo a quoted string where it stands; returns what is behind it, NULL when
 * it has no end.  Only quotes and backslashes are escaped: browsers send the
 * backslashes of a path as they are. */
static char *
unquote(char *s)
{
	char *to = s;

	for (s++; *s != '"'; s++) {
		if (s[0] == '\\' && (s[1] == '"' || s[1] == '\\'))
			s++;
		if (!*s)
			return NULL;
		*to++ = *s;
	}
	*to = '\0';
	return s + 1;
}

struct attribute {
	char *name, *value;
};

/* The attribute at *at, which is not NULL. */
static bool
read_attribute(char **at, struct attribute *out)
{
	char *name = skip_space(*at), *value, *end;
	size_t n = strcspn(name, "=;\" \t");

	if (n == 0 || name[n] != '=')
		return false;
	name[n] = '\0';
	value = name + n + 1;
	end = *value == '"' ? unquote(value) : value + strcspn(value, ";\" \t");
	if (!end || end == value || !end_word(end, at))
		return false;
	*out = (struct attribute){name, value};
	return true;
}

/* Keep a value; false when there is one already. */
static bool
set_once(char **to, char *value)
{
	if (*to)
		return false;
	*to = value;
	return true;
}

/* ---- the boundary ---- */

static bool
boundary_valid(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= BOUNDARY_MAX && s[n - 1] != ' ' &&
	       strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ") == n;
}

enum err
multipart_boundary(struct arena *a, const char *content_type,
    struct problems *p, const char **out)
{
	char *value = arena_strdup(a, content_type), *at, *boundary = NULL;
	struct attribute t;
	bool good;

	if (!value)
		return E_BUSY;
	good = end_word(value + strcspn(value, "; \t"), &at);
	while (good && at) {
		good = read_attribute(&at, &t);
		if (good && str_eq_nocase(t.name, "boundary"))
			good = set_once(&boundary, t.value);
	}
	if (!good || !boundary || !boundary_valid(boundary))
		return malformed(p, "The Content-Type names no boundary.");
	*out = boundary;
	return OK;
}

/* ---- the headers of a part ---- */

/* A copy of the n bytes in which folded lines are one (RFC 5322 section
 * 2.2.3), LF separates lines, and nothing else is a control character. */
static enum err
copy_headers(struct scan *m, size_t n, char **out)
{
	char *copy = arena_strndup(m->a, m->s, n), *to = copy;

	if (!copy)
		return E_BUSY;
	if (!utf8_valid(m->s, n)) {
		problem_add(m->p, "", "bad_encoding",
		    "The headers of a part are not UTF-8.");
		return E_INPUT;
	}
	for (const char *s = copy; *s; s++) {
		bool ends = s[0] == '\r' && s[1] == '\n';

		if (ends && (s[2] == ' ' || s[2] == '\t'))
			s++;
		else if (ends)
			*to++ = *++s;
		else if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return malformed(
			    m->p, "A part's header has a control character.");
		else
			*to++ = *s;
	}
	*to = '\0';
	*out = copy;
	return OK;
}

/* Take "NAME: VALUE"; false when it is none, or there already.  What begins
 * with a dash other readers might take for a boundary. */
static bool
read_line(char *line, struct part_head *h)
{
	static const struct {
		const char *name;
		size_t offset;
	} rows[] = {
	    {"Content-Disposition", offsetof(struct part_head, disposition)},
	    {"Content-Type", offsetof(struct part_head, type)},
	    {"Content-Transfer-Encoding", offsetof(struct part_head, encoding)},
	};
	size_t n = strcspn(line, ": \t");
	char *value = line + n + 1, *end;

	if (n == 0 || line[n] != ':' || line[0] == '-')
		return false;
	line[n] = '\0';
	value = skip_space(value);
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	for (size_t i = 0; i < N_ELEMS(rows); i++)
		if (str_eq_nocase(line, rows[i].name))
			return set_once(
			    (char **)((char *)h + rows[i].offset), value);
	return true;
}

/* What is said of a part's type and encoding asks for no other reader. */
static enum err
check_head(struct scan *m, const struct part_head *h)
{
	static const char *const plain[] = {"", "7bit", "8bit", "binary"};

	if (h->type && strncasecmp(h->type, "multipart/", 10) == 0)
		return malformed(m->p, "A part has parts itself.");
	if (!h->encoding)
		return OK;
	for (size_t i = 0; i < N_ELEMS(plain); i++)
		if (str_eq_nocase(h->encoding, plain[i]))
			return OK;
	return malformed(m->p, "A part has a transfer encoding.");
}

/* Behind a boundary's line: the headers up to the empty line, which is used up
 * too. */
static enum err
read_head(struct scan *m, struct part_head *h)
{
	size_t left = (size_t)(m->end - m->s), n;
	size_t seen =
	    left < MULTIPART_HEADERS_MAX ? left : MULTIPART_HEADERS_MAX;
	const char *empty = left >= 2 && memcmp(m->s, "\r\n", 2) == 0
				? m->s
				: memmem(m->s, seen, "\r\n\r\n", 4);
	char *lines = NULL, *line;
	enum err e;

	if (!empty && seen < left) {
		problem_add(m->p, "", "too_large",
		    "The headers of a part have more than %zu bytes.", seen);
		return E_INPUT;
	}
	if (!empty)
		return malformed(m->p, "The headers of a part have no end.");
	n = (size_t)(empty - m->s);
	if ((e = copy_headers(m, n, &lines)) != OK)
		return e;
	while ((line = strsep(&lines, "\n")) != NULL)
		if (n > 0 && !read_line(line, h))
			return malformed(m->p, "A part's header is malformed.");
	m->s = empty + (n > 0 ? 4 : 2);
	return check_head(m, h);
}

/* ---- what a part is ---- */

struct disposition {
	char *type, *name, *filename, *filename_ext;
};

static bool
read_disposition(char *s, struct disposition *d)
{
	char *at;
	struct attribute t;

	d->type = s;
	if (!end_word(s + strcspn(s, "; \t"), &at))
		return false;
	while (at) {
		char **to = NULL;

		if (!read_attribute(&at, &t))
			return false;
		if (str_eq_nocase(t.name, "name"))
			to = &d->name;
		else if (str_eq_nocase(t.name, "filename"))
			to = &d->filename;
		else if (str_eq_nocase(t.name, "filename*"))
			to = &d->filename_ext;
		if (to && !set_once(to, t.value))
			return false;
	}
	return true;
}

/* The last segment, for either kind of slash. */
static const char *
base_name(const char *path)
{
	const char *s = path;

	for (; *path; path++)
		if (*path == '/' || *path == '\\')
			s = path + 1;
	return str_eq(s, ".") || str_eq(s, "..") ? "" : s;
}

/* RFC 8187: UTF-8'language'percent-encoded.  RFC 7578 has no use for it, but
 * some clients send it, and beside it a plain name that says less. */
static enum err
decode_filename(struct scan *m, const char *ext, const char **out)
{
	const char *language = strchr(ext, '\'');
	const char *text = language ? strchr(language + 1, '\'') : NULL;

	if (!text || strncasecmp(ext, "utf-8'", 6) != 0)
		return malformed(m->p, "The name of a file is malformed.");
	*out = percent_decoded(m->a, text + 1, strlen(text + 1), "", m->p);
	return *out ? OK : arena_failed(m->a) ? E_BUSY : E_INPUT;
}

static bool
has_name(const struct multipart *f, const char *name)
{
	for (size_t i = 0; i < f->n_files; i++)
		if (str_eq(f->file[i].name, name))
			return true;
	return params_find(f->fields.item, f->fields.n, name) != NULL;
}

static enum err
add_file(struct scan *m, const struct disposition *d, const char *type,
    const char *data, size_t n)
{
	const char *filename = d->filename;
	struct multipart *f = &m->found;

	if (d->filename_ext) {
		enum err e = decode_filename(m, d->filename_ext, &filename);

		if (e != OK)
			return e;
	}
	if (!text_is_printable(filename))
		return malformed(m->p, "The name of a file is malformed.");
	f->file[f->n_files++] = (struct form_file){
	    d->name, base_name(filename), type ? type : "", data, n};
	return OK;
}

static enum err
add_field(struct scan *m, const char *name, const char *data, size_t n)
{
	struct params *l = &m->found.fields;
	const char *value;

	if (!utf8_valid(data, n)) {
		problem_add(
		    m->p, name, "bad_encoding", "This is not UTF-8 text.");
		return E_INPUT;
	}
	value = arena_strndup(m->a, data, n);
	if (!value)
		return E_BUSY;
	l->item[l->n++] = (struct param){name, value};
	return OK;
}

static enum err
add_part(struct scan *m, const struct part_head *h, const char *data, size_t n)
{
	struct disposition d = {0};
	enum err e;

	if (m->n_parts++ == PARAMS_MAX) {
		problem_add(m->p, "", "too_large",
		    "There are more than %d parts.", PARAMS_MAX);
		return E_INPUT;
	}
	if (h->disposition && !read_disposition(h->disposition, &d))
		return malformed(m->p, "A Content-Disposition is malformed.");
	if (!d.type || !str_eq_nocase(d.type, "form-data"))
		return OK;
	if (!d.name)
		return malformed(m->p, "A part of the form has no name.");
	e = param_name_check(d.name, has_name(&m->found, d.name), m->p);
	if (e != OK)
		return e;
	if (d.filename || d.filename_ext)
		return add_file(m, &d, h->type, data, n);
	return add_field(m, d.name, data, n);
}

/* ---- the body ---- */

/* Behind a delimiter: the end of its line, or of all. */
static enum err
read_boundary_end(struct scan *m, bool *is_last_out)
{
	size_t left = (size_t)(m->end - m->s);

	if (left >= 2 && memcmp(m->s, "\r\n", 2) == 0) {
		m->s += 2;
		*is_last_out = false;
		return OK;
	}
	if (left < 2 || memcmp(m->s, "--", 2) != 0)
		return malformed(
		    m->p, "A boundary is cut or followed by text.");
	if (left > 2 && (left != 4 || memcmp(m->s + 2, "\r\n", 2) != 0))
		return malformed(m->p, "Something follows the last boundary.");
	*is_last_out = true;
	return OK;
}

static enum err
read_part(struct scan *m)
{
	struct part_head h = {0};
	const char *data, *next;
	enum err e = read_head(m, &h);

	if (e != OK)
		return e;
	data = m->s;
	next = memmem(
	    data, (size_t)(m->end - data), m->delimiter, m->delimiter_len);
	if (!next)
		return malformed(m->p, "The last boundary is missing.");
	/* Whose line end is the one before?  Readers differ. */
	if ((size_t)(m->end - data) >= m->delimiter_len - 2 &&
	    memcmp(data, m->delimiter + 2, m->delimiter_len - 2) == 0)
		return malformed(m->p, "A part has no empty line.");
	m->s = next + m->delimiter_len;
	return add_part(m, &h, data, (size_t)(next - data));
}

/* The first delimiter needs no line end before it. */
static enum err
read_start(struct scan *m)
{
	size_t skip = m->s < m->end && *m->s == '-' ? 2 : 0;
	size_t n = m->delimiter_len - skip;

	if ((size_t)(m->end - m->s) < n ||
	    memcmp(m->s, m->delimiter + skip, n) != 0)
		return malformed(
		    m->p, "The form does not begin with its boundary.");
	m->s += n;
	return OK;
}

static enum err
scan_init(struct scan *m, const char *boundary)
{
	struct multipart *f = &m->found;

	m->delimiter = arena_printf(m->a, "\r\n--%s", boundary);
	f->fields.item = arena_array(m->a, PARAMS_MAX, sizeof(*f->fields.item));
	f->file = arena_array(m->a, PARAMS_MAX, sizeof(*f->file));
	if (!m->delimiter || !f->fields.item || !f->file)
		return E_BUSY;
	m->delimiter_len = strlen(m->delimiter);
	return OK;
}

enum err
multipart_read(struct arena *a, const char *boundary, const char *body,
    size_t n, struct problems *p, struct multipart *out)
{
	struct scan m = {.a = a, .p = p, .s = body, .end = body + n};
	enum err e = scan_init(&m, boundary);
	bool is_last = false;

	if (e == OK)
		e = read_start(&m);
	while (e == OK) {
		e = read_boundary_end(&m, &is_last);
		if (e != OK || is_last)
			break;
		e = read_part(&m);
	}
	if (e != OK)
		return arena_failed(a) ? E_BUSY : e;
	*out = m.found;
	return OK;
}
