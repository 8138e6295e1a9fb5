/* form_cmd.c - show how the form on standard input is read, as JSON.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * No test itself: the program that t/web/forms.t's judge calls for each case.
 * With a boundary as its argument it reads multipart/form-data and prints a
 * list of {"type", "name", "val" | "filename", "data_b64"}, otherwise
 * url-encoded text and [name, value].  Exits 1 when the form is refused.
 */
#include "config.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "web/multipart.h"

#define MEBIBYTE (1024 * 1024)

static void
add(json_t *list, json_t *take_item)
{
	if (!take_item || json_array_append_new(list, take_item) != 0)
		abort();
}

static void
add_file(json_t *list, const struct form_file *f)
{
	static char text[2 * MEBIBYTE];

	sodium_bin2base64(text, sizeof(text), (const unsigned char *)f->data,
	    f->len, sodium_base64_VARIANT_ORIGINAL);
	add(list, json_pack("{ss ss ss ss}", "type", "file", "name", f->name,
		      "filename", f->filename, "data_b64", text));
}

static enum err
show_multipart(struct arena *a, const struct buf *body, const char *boundary,
    struct problems *p, json_t *list)
{
	struct multipart m;
	enum err e =
	    multipart_read(a, boundary, buf_str(body), body->len, p, &m);

	if (e != OK)
		return e;
	for (size_t i = 0; i < m.fields.n; i++)
		add(list,
		    json_pack("{ss ss ss}", "type", "field", "name",
			m.fields.item[i].name, "val", m.fields.item[i].value));
	for (size_t i = 0; i < m.n_files; i++)
		add_file(list, &m.file[i]);
	return OK;
}

static enum err
show_urlencoded(
    struct arena *a, const struct buf *body, struct problems *p, json_t *list)
{
	struct params l;
	enum err e = params_urlencoded(a, buf_str(body), body->len, p, &l);

	if (e != OK)
		return e;
	for (size_t i = 0; i < l.n; i++)
		add(list, json_pack("[ss]", l.item[i].name, l.item[i].value));
	return OK;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(4 * MEBIBYTE);
	json_t *list = json_array();
	struct problems p;
	struct buf body;
	char block[4096];
	enum err e;
	size_t n;

	if (!a || !list)
		return EXIT_FAILURE;
	problems_init(&p, a);
	buf_init(&body, MEBIBYTE);
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		buf_add(&body, block, n);
	e = argc > 1 ? show_multipart(a, &body, argv[1], &p, list)
		     : show_urlencoded(a, &body, &p, list);
	if (e == OK)
		json_dumpf(list, stdout, 0);
	else
		fprintf(stderr, "%s\n", p.item[0].message);
	json_decref(list);
	buf_fini(&body);
	arena_free(&a);
	return e == OK ? 0 : 1;
}
