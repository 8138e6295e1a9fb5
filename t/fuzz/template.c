/* template.c - any template over any data ends, and says why it does not.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a template, its partial "p", and JSON, parted by form feeds.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "input.h"
#include "replay.h"
#include "template/template.h"
#include "template/template_check.h"

const char fuzz_name[] = "template";

static struct view *
view_of(struct arena *a, struct part json_text)
{
	struct problems problems;
	struct view *v;
	json_t *json;

	problems_init(&problems, a);
	if (json_parse(json_text.s, json_text.n, &problems, &json) != OK)
		return view_new(a);
	v = view_of_json(a, json);
	json_decref(json);
	return v;
}

static bool
put(struct templates *ts, const char *name, struct part text,
    struct buf *complaint)
{
	enum err err = templates_put(ts, name, text.s, text.n, complaint);

	assert(err == OK || err == E_INPUT);
	assert((err == OK) == (complaint->len == 0));
	return err == OK;
}

/* Rendering changes nothing: a second time gives the same. */
static void
render(struct templates *ts, const struct view *v, struct buf *complaint)
{
	struct buf once, twice;
	enum err err;

	buf_init(&once, MEBIBYTE);
	buf_init(&twice, MEBIBYTE);
	err = template_render(ts, "t", v, &once, complaint);
	assert(err == OK || err == E_LIMIT);
	assert((err == OK) == (complaint->len == 0));
	assert(err == OK || once.len == 0);
	if (err == OK) {
		err = template_render(ts, "t", v, &twice, complaint);
		assert(err == OK && once.len == twice.len);
		assert(memcmp(buf_str(&once), buf_str(&twice), once.len) == 0);
	}
	buf_fini(&once);
	buf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part json = {(const char *)data, n};
	struct part text = next_part(&json, '\f');
	struct part partial = next_part(&json, '\f');
	struct arena *a = arena_new(16 * MEBIBYTE);
	struct templates *ts;
	struct buf complaint;

	if (a == NULL || templates_open(NULL, "", false, &ts) != OK)
		return 0;
	buf_init(&complaint, MEBIBYTE);
	if (put(ts, "p", partial, &complaint) && put(ts, "t", text, &complaint))
		render(ts, view_of(a, json), &complaint);
	(void)template_lint("t", text.s, text.n, &complaint);
	buf_fini(&complaint);
	templates_close(&ts);
	arena_free(&a);
	return 0;
}
