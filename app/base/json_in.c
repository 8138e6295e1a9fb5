/* json_in.c - typed members of a JSON object, with a problem for each wrong
 * one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "base/money.h"
#include "base/text.h"

/* `path.name`, as problems name a member. */
static const char *
full_name(const struct json_in *in, const char *name)
{
	const char *full;

	if (in->path[0] == '\0')
		return name;
	full = arena_printf(in->arena, "%s.%s", in->path, name);
	return full ? full : name;
}

static bool
wrong(const struct json_in *in, const char *name, const char *code,
    const char *message)
{
	problem_add(in->problems, full_name(in, name), code, "%s", message);
	return false;
}

/* The member, NULL when absent; null counts as absent.  *good is what the
 * caller returns for an absent member. */
static const json_t *
member(
    const struct json_in *in, const char *name, enum json_need need, bool *good)
{
	const json_t *v = json_object_get(in->obj, name);

	*good = true;
	if (v && !json_is_null(v))
		return v;
	if (need == JSON_REQUIRED)
		*good = wrong(in, name, "required", "This is required.");
	return NULL;
}

static bool
is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(name, names[i]))
			return true;
	}
	return false;
}

bool
json_in_known(const struct json_in *in, const char *const *names, size_t n)
{
	/* jansson's iterator wants a mutable object, and leaves it alone. */
	json_t *o = (json_t *)(uintptr_t)in->obj;
	bool good = true;

	for (void *it = json_object_iter(o); it;
	     it = json_object_iter_next(o, it)) {
		const char *name = json_object_iter_key(it);

		if (!is_among(name, names, n))
			good = wrong(in, name, "unknown_field",
			    "There is no such field.");
	}
	return good;
}

bool
json_in_text(const struct json_in *in, const char *name, enum json_need need,
    size_t max, const char **out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);
	const char *s;

	if (!v)
		return good;
	if (!json_is_text(v))
		return wrong(in, name, "wrong_type", "This must be text.");
	s = str_trim(in->arena, json_string_value(v));
	if (!s)
		return false;
	if (!text_is_printable(s))
		return wrong(in, name, "bad_format",
		    "This has a control character in it.");
	if (utf8_len(s) > max) {
		problem_add(in->problems, full_name(in, name), "too_long",
		    "At most %zu characters.", max);
		return false;
	}
	if (s[0] == '\0' && need == JSON_REQUIRED)
		return wrong(in, name, "required", "This must not be empty.");
	*out = s;
	return true;
}

/* The value of a number that is whole; false when v is another thing. */
static bool
whole_number(const json_t *v, struct arena *a, int64_t *out)
{
	const char *literal = json_num_text(a, v);
	struct decimal d;

	return literal && decimal_scan(literal, strlen(literal), &d) > 0 &&
	       decimal_to_i64(&d, 0, out);
}

bool
json_in_int(const struct json_in *in, const char *name, enum json_need need,
    int64_t min, int64_t max, int64_t *out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);
	int64_t n;

	if (!v)
		return good;
	if (!whole_number(v, in->arena, &n))
		return wrong(
		    in, name, "wrong_type", "This must be a whole number.");
	if (n < min || n > max) {
		problem_add(in->problems, full_name(in, name), "out_of_range",
		    "This must be from %" PRId64 " to %" PRId64 ".", min, max);
		return false;
	}
	*out = n;
	return true;
}

bool
json_in_bool(
    const struct json_in *in, const char *name, enum json_need need, bool *out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);

	if (!v)
		return good;
	if (!json_is_boolean(v))
		return wrong(
		    in, name, "wrong_type", "This must be true or false.");
	*out = json_is_true(v);
	return true;
}

bool
json_in_money(const struct json_in *in, const char *name, enum json_need need,
    const char *currency, int64_t *minor_out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);
	const char *s, *text;

	if (!v)
		return good;
	s = json_is_text(v) ? json_string_value(v)
			    : json_num_text(in->arena, v);
	if (!s)
		return wrong(in, name, "wrong_type", "This must be an amount.");
	text = arena_printf(in->arena,
	    "This must be an amount with at most %d decimals.",
	    currency_exponent(currency));
	return money_take(in->problems, full_name(in, name), text ? text : "",
	    s, currency, minor_out);
}

bool
json_in_enum(const struct json_in *in, const char *name, enum json_need need,
    const char *const *words, size_t n, int *out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);

	if (!v)
		return good;
	if (!json_is_text(v))
		return wrong(in, name, "wrong_type", "This must be text.");
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(json_string_value(v), words[i]))
			continue;
		*out = (int)i;
		return true;
	}
	return wrong(
	    in, name, "not_in_list", "This is not one of the choices.");
}

bool
json_in_object(const struct json_in *in, const char *name, enum json_need need,
    const json_t **out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);

	if (!v)
		return good;
	if (!json_is_object(v))
		return wrong(in, name, "wrong_type", "This must be an object.");
	*out = v;
	return true;
}

bool
json_in_array(const struct json_in *in, const char *name, enum json_need need,
    size_t min, size_t max, const json_t **out)
{
	bool good;
	const json_t *v = member(in, name, need, &good);
	size_t n = json_array_size(v);

	if (!v)
		return good;
	if (!json_is_array(v))
		return wrong(in, name, "wrong_type", "This must be a list.");
	if (n < min || n > max) {
		problem_add(in->problems, full_name(in, name), "out_of_range",
		    "This must have from %zu to %zu entries.", min, max);
		return false;
	}
	*out = v;
	return true;
}
