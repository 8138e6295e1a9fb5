/* multipart.c - a form in parts is text and files, each name once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a Content-Type, LF and the body.
 */
#include "config.h"

#include <stdlib.h>

#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "web/multipart.h"

const char fuzz_name[] = "multipart";

static void
check_text(const char *s)
{
	assert(utf8_valid(s, strlen(s)));
}

static int
count_name(const struct multipart *m, const char *name)
{
	int k = 0;

	for (size_t i = 0; i < m->fields.n; i++)
		k += str_eq(m->fields.item[i].name, name);
	for (size_t i = 0; i < m->n_files; i++)
		k += str_eq(m->file[i].name, name);
	return k;
}

static void
check_name(const struct multipart *m, const char *name)
{
	check_text(name);
	assert(strlen(name) <= PARAM_NAME_MAX && count_name(m, name) == 1);
}

/* `in` is the body that the data of files is borrowed from. */
static void
check_form(const struct multipart *m, struct part in)
{
	assert(m->fields.n + m->n_files <= PARAMS_MAX);
	for (size_t i = 0; i < m->fields.n; i++) {
		check_name(m, m->fields.item[i].name);
		check_text(m->fields.item[i].value);
	}
	for (size_t i = 0; i < m->n_files; i++) {
		const struct form_file *f = &m->file[i];

		check_name(m, f->name);
		assert(text_is_printable(f->filename));
		assert(!strpbrk(f->filename, "/\\"));
		assert(!str_eq(f->filename, ".") && !str_eq(f->filename, ".."));
		check_text(f->type);
		assert(f->data >= in.s && f->data + f->len <= in.s + in.n);
	}
}

/* Where the delimiter stands in the data of a part, others would cut it. */
static void
check_whole(struct arena *a, const struct multipart *m, const char *boundary)
{
	const char *line = arena_printf(a, "\r\n--%s", boundary);
	size_t n = strlen(line);

	for (size_t i = 0; i < m->fields.n; i++)
		assert(!strstr(m->fields.item[i].value, line));
	for (size_t i = 0; i < m->n_files; i++)
		assert(!memmem(m->file[i].data, m->file[i].len, line, n));
}

static void
put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

static void
put_part(struct buf *b, const char *boundary, const char *name,
    const struct form_file *f, struct part data)
{
	buf_printf(
	    b, "--%s\r\nContent-Disposition: form-data; name=", boundary);
	put_quoted(b, name);
	if (f) {
		buf_puts(b, "; filename=");
		put_quoted(b, f->filename);
		if (*f->type)
			buf_printf(b, "\r\nContent-Type: %s", f->type);
	}
	buf_puts(b, "\r\n\r\n");
	buf_add(b, data.s, data.n);
	buf_puts(b, "\r\n");
}

static void
put_form(struct buf *b, const char *boundary, const struct multipart *m)
{
	for (size_t i = 0; i < m->fields.n; i++) {
		const char *value = m->fields.item[i].value;

		put_part(b, boundary, m->fields.item[i].name, NULL,
		    (struct part){value, strlen(value)});
	}
	for (size_t i = 0; i < m->n_files; i++) {
		const struct form_file *f = &m->file[i];

		put_part(
		    b, boundary, f->name, f, (struct part){f->data, f->len});
	}
	buf_printf(b, "--%s--", boundary);
}

static void
check_equal(const struct multipart *m, const struct multipart *k)
{
	assert(m->fields.n == k->fields.n && m->n_files == k->n_files);
	for (size_t i = 0; i < m->fields.n; i++)
		assert(
		    str_eq(m->fields.item[i].name, k->fields.item[i].name) &&
		    str_eq(m->fields.item[i].value, k->fields.item[i].value));
	for (size_t i = 0; i < m->n_files; i++) {
		const struct form_file *f = &m->file[i], *g = &k->file[i];

		assert(str_eq(f->name, g->name) && str_eq(f->type, g->type));
		assert(str_eq(f->filename, g->filename) && f->len == g->len);
		assert(memcmp(f->data, g->data, f->len) == 0);
	}
}

/* What was read and is written again reads the same.  Names of 16 KiB may be
 * too long when they are quoted. */
static void
check_again(struct arena *a, const char *boundary, const struct multipart *m)
{
	struct multipart k = {0};
	struct problems p;
	struct buf b;
	enum err e;

	problems_init(&p, a);
	buf_init(&b, 0);
	put_form(&b, boundary, m);
	e = multipart_read(a, boundary, buf_str(&b), b.len, &p, &k);
	assert(e == OK || str_eq(p.item[0].code, "too_large"));
	if (e == OK)
		check_equal(m, &k);
	buf_fini(&b);
}

/* Without memory there is an answer too. */
static void
check_starved(const char *type, struct part body)
{
	struct arena *a = arena_new(4096 + body.n % 29 * 512);
	struct multipart m = {0};
	const char *boundary;
	struct problems p;
	enum err e;

	if (!a)
		return;
	problems_init(&p, a);
	e = multipart_boundary(a, type, &p, &boundary);
	if (e == OK)
		e = multipart_read(a, boundary, body.s, body.n, &p, &m);
	assert(e == OK || e == E_INPUT || e == E_BUSY);
	assert(e != OK || !arena_failed(a));
	arena_free(&a);
}

static void
check_body(struct arena *a, const char *boundary, struct part body)
{
	struct multipart m = {0};
	struct problems p;
	enum err e;

	problems_init(&p, a);
	e = multipart_read(a, boundary, body.s, body.n, &p, &m);
	assert(e == OK || e == E_INPUT);
	assert(p.n == (e == E_INPUT));
	if (e != OK)
		return;
	check_form(&m, body);
	check_whole(a, &m, boundary);
	check_again(a, boundary, &m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	char *type = part_text(next_part(&rest, '\n'));
	struct arena *a = arena_new(4 * MEBIBYTE);
	const char *boundary = NULL;
	struct problems p;
	enum err e;

	problems_init(&p, a);
	e = multipart_boundary(a, type, &p, &boundary);
	assert(e == OK || e == E_INPUT);
	assert(p.n == (e == E_INPUT));
	if (e == OK) {
		assert(strlen(boundary) <= 70 && text_is_printable(boundary));
		check_body(a, boundary, rest);
		check_starved(type, rest);
	}
	free(type);
	arena_free(&a);
	return 0;
}
