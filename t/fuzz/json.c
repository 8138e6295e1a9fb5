/* json.c - one value has one canonical text, and jansson agrees on what is one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The members of an object are also asked for by type.
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

/* ---- members by type ---- */

/* A wrong value adds a problem of that member, a right one none. */
static void
check_said(const struct json_in *in, const char *name, bool good)
{
	struct problems *p = in->problems;

	assert(p->n == !good);
	assert(good || str_eq(p->item[0].field, name));
	problems_init(p, in->arena);
}

static void
check_text(const struct json_in *in, const char *name, enum json_need need)
{
	const char *s = NULL;
	bool good = json_in_text(in, name, need, 5, &s);

	check_said(in, name, good);
	if (!good || !s)
		return;
	assert(text_is_printable(s) && utf8_len(s) <= 5);
	assert(str_eq(str_trim(in->arena, s), s));
	assert(*s || need == JSON_OPTIONAL);
}

static void
check_number(const struct json_in *in, const char *name, enum json_need need)
{
	int64_t n = 0, minor = 0;
	bool good = json_in_int(in, name, need, -9, 9, &n);

	assert(n >= -9 && n <= 9);
	check_said(in, name, good);
	good = json_in_money(in, name, need, "EUR", &minor);
	check_said(in, name, good);
	assert(good || minor == 0);
}

static void
check_choice(const struct json_in *in, const char *name, enum json_need need)
{
	static const char *const words[] = {"new", "old", ""};
	const json_t *v = json_object_get(in->obj, name);
	bool yes = false;
	int i = -1;
	bool good = json_in_enum(in, name, need, words, N_ELEMS(words), &i);

	check_said(in, name, good);
	assert(i < 0 || str_eq(json_string_value(v), words[i]));
	good = json_in_bool(in, name, need, &yes);
	check_said(in, name, good);
	assert(yes == (good && json_is_true(v)));
}

static void
check_group(const struct json_in *in, const char *name, enum json_need need)
{
	const json_t *v = NULL;
	bool good = json_in_object(in, name, need, &v);

	check_said(in, name, good);
	assert(!v || json_is_object(v));
	v = NULL;
	good = json_in_array(in, name, need, 1, 3, &v);
	check_said(in, name, good);
	assert(!v || (json_array_size(v) >= 1 && json_array_size(v) <= 3));
}

static void
check_members(struct arena *a, const json_t *v)
{
	struct problems p;
	const struct json_in in = {v, "", &p, a};
	const char *name;
	json_t *member;

	problems_init(&p, a);
	/* It wants a mutable object, and leaves it alone. */
	json_object_foreach((json_t *)(uintptr_t)v, name, member)
	{
		(void)member;
		for (int need = JSON_OPTIONAL; need <= JSON_REQUIRED; need++) {
			check_text(&in, name, (enum json_need)need);
			check_number(&in, name, (enum json_need)need);
			check_choice(&in, name, (enum json_need)need);
			check_group(&in, name, (enum json_need)need);
		}
	}
}

/* What the writer writes of it reads the same. */
static void
check_written(struct arena *a, const json_t *v)
{
	const char *name;
	struct json_out w;
	struct problems p;
	struct buf b;
	json_t *member, *again = NULL;
	enum err e;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_object_foreach((json_t *)(uintptr_t)v, name, member)
	{
		if (json_is_text(member))
			json_str(&w, name, json_string_value(member));
		else if (json_is_null(member))
			json_none(&w, name);
		else
			json_raw(&w, name, json_canonical(a, member));
	}
	json_close(&w, '}');
	problems_init(&p, a);
	e = json_parse(buf_str(&b), b.len, &p, &again);
	assert(e == OK);
	assert(str_eq(json_canonical(a, v), json_canonical(a, again)));
	json_decref(again);
	buf_fini(&b);
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
		if (json_is_object(v)) {
			check_members(a, v);
			check_written(a, v);
		}
	} else {
		check_refused(text, n, &p);
	}
	json_decref(v);
	arena_free(&a);
	return 0;
}
