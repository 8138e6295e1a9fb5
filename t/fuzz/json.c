/* json.c - one value has one canonical text, and jansson agrees on what is one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/json.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

const char fuzz_name[] = "json";

/* What jansson takes we take, but for our own limits. */
static void
check_refused(const char *text, size_t n, const struct problems *p)
{
	const char *code = p->item[0].code;
	json_error_t je;
	json_t *v = json_loadb(text, n,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &je);

	assert(p->n == 1 && strstr(p->item[0].message, "Line "));
	assert(!v || str_eq(code, "bad_encoding") || str_eq(code, "too_deep"));
	json_decref(v);
}

static void
check_taken(struct arena *a, const json_t *v)
{
	const char *once = json_canonical(a, v), *twice;
	struct problems p;
	json_t *again = NULL;
	enum err e;

	assert(once);
	problems_init(&p, a);
	e = json_parse(once, strlen(once), &p, &again);
	assert(e == OK);
	twice = json_canonical(a, again);
	assert(twice && str_eq(once, twice));
	json_decref(again);
}

static void
check_numbers(struct arena *a, const json_t *v)
{
	const char *literal = json_num_text(a, v);

	assert(!literal || !json_is_text(v));
	assert(!json_is_real(v));
	for (size_t i = 0; i < json_array_size(v); i++)
		check_numbers(a, json_array_get(v, i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;
	struct arena *a = arena_new(16 * MEBIBYTE);
	struct problems p;
	json_t *v = NULL;
	enum err e;

	problems_init(&p, a);
	e = json_parse(text, n, &p, &v);
	assert(e == OK || e == E_INPUT);
	if (e == OK) {
		assert(p.n == 0);
		check_taken(a, v);
		check_numbers(a, v);
	} else {
		check_refused(text, n, &p);
	}
	json_decref(v);
	arena_free(&a);
	return 0;
}
