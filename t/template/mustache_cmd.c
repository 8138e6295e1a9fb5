/* mustache_cmd.c - render {"template","data","partials"} from standard input.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * No test itself: the program that runners of the Mustache specification
 * call once for each case (make t/template/mustache_cmd).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "template/template.h"

#define MEBIBYTE (1024 * 1024)

static enum err
put(struct templates *ts, const char *name, const json_t *text,
    struct buf *complaint)
{
	if (!json_is_text(text))
		return E_INPUT;
	return templates_put(ts, name, json_string_value(text),
	    json_string_length(text), complaint);
}

static enum err
render(
    struct arena *a, const json_t *in, struct buf *out, struct buf *complaint)
{
	struct templates *ts;
	enum err err = templates_open(NULL, "", false, &ts);
	json_t *text;
	const char *name;

	if (err != OK)
		return err;
	json_object_foreach(json_object_get(in, "partials"), name, text)
	{
		if (err == OK)
			err = put(ts, name, text, complaint);
	}
	/* No partial can have this name. */
	if (err == OK)
		err = put(ts, "*", json_object_get(in, "template"), complaint);
	if (err == OK)
		err = template_render(ts, "*",
		    view_of_json(a, json_object_get(in, "data")), out,
		    complaint);
	templates_close(&ts);
	return err;
}

int
main(void)
{
	struct arena *a = arena_new(8 * MEBIBYTE);
	struct buf text, out, complaint;
	struct problems problems;
	char block[4096];
	json_t *in = NULL;
	enum err err;
	size_t n;

	if (a == NULL)
		return err_info(E_SYS)->exit_status;
	buf_init(&text, MEBIBYTE);
	buf_init(&out, MEBIBYTE);
	buf_init(&complaint, MEBIBYTE);
	problems_init(&problems, a);
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		buf_add(&text, block, n);
	err = json_parse(buf_str(&text), text.len, &problems, &in);
	if (err == OK)
		err = render(a, in, &out, &complaint);
	fputs(buf_str(&complaint), stderr);
	fwrite(buf_str(&out), 1, out.len, stdout);
	json_decref(in);
	buf_fini(&text);
	buf_fini(&out);
	buf_fini(&complaint);
	arena_free(&a);
	return err_info(err)->exit_status;
}
