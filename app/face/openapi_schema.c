/* openapi_schema.c - fields, members and shapes as JSON Schema (2020-12).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi_parts.h"

#include "base/text.h"
#include "resource/write.h"

/* ---- types ---- */

/* NULL type: anything.  A call may say numbers that are exact as texts. */
static const struct kind {
	const char *type, *format, *pattern;
	const char *said;
} kinds[FIELD__MAX] = {
    [FIELD_TEXT] = {"string", NULL, NULL, NULL},
    [FIELD_AREA] = {"string", NULL, NULL, NULL},
    [FIELD_WORD] = {"string", NULL, NULL, NULL},
    [FIELD_CODE] = {"string", NULL, "^[a-z0-9-]+$", NULL},
    [FIELD_EMAIL] = {"string", "email", NULL, NULL},
    [FIELD_DOMAIN] = {"string", NULL, NULL, NULL},
    [FIELD_COUNTRY] = {"string", NULL, "^[A-Z]{2}$", NULL},
    [FIELD_CURRENCY] = {"string", NULL, "^[A-Z]{3}$", NULL},
    [FIELD_IP4] = {"string", "ipv4", NULL, NULL},
    [FIELD_IP6] = {"string", "ipv6", NULL, NULL},
    [FIELD_ID] = {"string", "uuid", NULL, NULL},
    [FIELD_INT] = {"integer", NULL, NULL, NULL},
    [FIELD_BOOL] = {"boolean", NULL, NULL, NULL},
    [FIELD_MONEY] = {"number", NULL, NULL, "string"},
    [FIELD_PERCENT] = {"number", NULL, NULL, "string"},
    [FIELD_TIME] = {"string", "date-time", NULL, NULL},
    [FIELD_DATE] = {"string", "date", NULL, NULL},
    [FIELD_TAGS] = {NULL, NULL, NULL, NULL},
    [FIELD_JSON] = {NULL, NULL, NULL, NULL},
};

static void
put_type(struct json_out *w, const char *type, const char *also, bool is_null)
{
	if (!also && !is_null) {
		json_str(w, "type", type);
		return;
	}
	json_open(w, "type", '[');
	json_str(w, NULL, type);
	if (also)
		json_str(w, NULL, also);
	if (is_null)
		json_str(w, NULL, "null");
	json_close(w, ']');
}

static void
put_words(struct json_out *w, const struct member *m, bool is_null)
{
	json_open(w, "enum", '[');
	for (const char *const *word = m->words; *word; word++)
		json_str(w, NULL, *word);
	if (is_null)
		json_none(w, NULL);
	json_close(w, ']');
}

static void
put_range(struct json_out *w, const struct member *m)
{
	if (m->min == 0 && m->max == 0)
		return;
	json_int(w, "minimum", m->min);
	if (m->max != INT64_MAX)
		json_int(w, "maximum", m->max);
}

/* An empty text is none: what may be left out may be empty, too. */
static bool
may_be_empty(const struct member *m, enum schema_side side)
{
	if (side == SCHEMA_CALL)
		return (m->flags & MAYBE) != 0;
	return m->flags & NULLABLE && field_base(m->type) == BASE_TEXT;
}

static void
put_form(struct json_out *w, const struct kind *k)
{
	if (k->format)
		json_str(w, "format", k->format);
	if (k->pattern)
		json_str(w, "pattern", k->pattern);
}

static void
put_value(struct json_out *w, const struct member *m, enum schema_side side,
    bool is_null)
{
	const struct kind *k = &kinds[m->type];
	bool is_call = side == SCHEMA_CALL, is_empty = may_be_empty(m, side);

	if (!k->type)
		return;
	put_type(w, k->type, is_call ? k->said : NULL, is_null);
	if (!is_empty)
		put_form(w, k);
	if (m->words)
		put_words(w, m, is_null);
	else if (is_call && !is_empty && str_eq(k->type, "string"))
		json_int(w, "minLength", 1);
	if (!(m->flags & MANY))
		put_range(w, m);
}

/* ---- members ---- */

void
schema_ref(struct json_out *w, const char *name, const char *component)
{
	struct buf *b = w->buf;

	json_open(w, name, '{');
	buf_puts(b, "\"$ref\":\"#/components/schemas/");
	buf_puts(b, component);
	buf_putc(b, '"');
	json_close(w, '}');
}

static void
put_object(
    struct json_out *w, const char *name, const struct shape *s, bool is_null)
{
	if (!is_null) {
		schema_ref(w, name, s->name);
		return;
	}
	json_open(w, name, '{');
	json_open(w, "oneOf", '[');
	schema_ref(w, NULL, s->name);
	json_open(w, NULL, '{');
	json_str(w, "type", "null");
	json_close(w, '}');
	json_close(w, ']');
	json_close(w, '}');
}

static void
put_one(struct json_out *w, const char *name, const struct member *m,
    enum schema_side side, bool is_null)
{
	if (m->of) {
		put_object(w, name, m->of, is_null);
		return;
	}
	json_open(w, name, '{');
	put_value(w, m, side, is_null);
	json_close(w, '}');
}

void
schema_member(struct json_out *w, const char *name, const struct member *m,
    enum schema_side side)
{
	bool is_null =
	    m->flags & NULLABLE || (side == SCHEMA_CALL && m->flags & MAYBE);

	if (!(m->flags & MANY)) {
		put_one(w, name, m, side, is_null);
		return;
	}
	json_open(w, name, '{');
	put_type(w, "array", NULL, is_null);
	put_one(w, "items", m, side, false);
	if (m->min > 0)
		json_int(w, "minItems", m->min);
	if (m->max > 0)
		json_int(w, "maxItems", m->max);
	json_close(w, '}');
}

/* ---- fields of a noun ---- */

/* What is sorted by is never NULL, and what says so is always there. */
static bool
is_always(const struct noun *n, const struct field *f)
{
	return f->sort || f->flags & REQUIRED || str_eq(f->sql, n->id);
}

enum { WORDS_MAX = 32 };

static void
put_field(struct json_out *w, const struct field *f, unsigned flags,
    enum schema_side side)
{
	const char *words[WORDS_MAX + 2] = {NULL};
	struct member m = {.name = f->api, .type = f->type, .flags = flags};
	size_t n = 0;

	for (const struct choice *c = f->choice; c && c->word; c++) {
		assert(n < WORDS_MAX);
		words[n++] = c->word;
	}
	if (n > 0 && may_be_empty(&m, side))
		words[n++] = "";
	if (n > 0)
		m.words = words;
	if (f->type == FIELD_TAGS) {
		m.type = FIELD_TEXT;
		m.flags |= MANY;
	}
	if (f->type == FIELD_INT) {
		m.min = f->min;
		m.max = f->max;
	}
	schema_member(w, f->api, &m, side);
}

/* Neighbours with ADDRESS are the members of one object. */
static void
put_address(struct json_out *w, const struct noun *n)
{
	json_open(w, "address", '{');
	json_str(w, "type", "object");
	json_open(w, "properties", '{');
	for (size_t i = 0; i < n->n_fields; i++)
		if (n->field[i].flags & ADDRESS)
			put_field(w, &n->field[i], NULLABLE, SCHEMA_ANSWER);
	json_close(w, '}');
	json_bool(w, "additionalProperties", false);
	json_close(w, '}');
}

static bool
is_shown(const struct field *f, bool details)
{
	return details || !(f->flags & DETAIL);
}

static bool
begins_address(const struct noun *n, size_t i)
{
	return n->field[i].flags & ADDRESS &&
	       (i == 0 || !(n->field[i - 1].flags & ADDRESS));
}

static void
put_row(struct json_out *w, const struct noun *n, bool details)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		if (!is_shown(f, details))
			continue;
		if (begins_address(n, i))
			put_address(w, n);
		if (!(f->flags & ADDRESS))
			put_field(w, f, is_always(n, f) ? 0 : NULLABLE,
			    SCHEMA_ANSWER);
	}
}

static void
put_row_names(struct json_out *w, const struct noun *n, bool details)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		if (!is_shown(f, details))
			continue;
		if (begins_address(n, i))
			json_str(w, NULL, "address");
		if (!(f->flags & ADDRESS))
			json_str(w, NULL, f->api);
	}
}

bool
noun_has_details(const struct noun *n)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (n->field[i].flags & DETAIL)
			return true;
	return false;
}

const char *
row_component(struct arena *a, const struct noun *n, bool details)
{
	return details && noun_has_details(n)
		   ? arena_printf(a, "%s.detail", n->name)
		   : n->name;
}

/* ---- components ---- */

static void
open_object(struct json_out *w, const char *name)
{
	json_open(w, name, '{');
	json_str(w, "type", "object");
	json_open(w, "properties", '{');
}

void
schema_row(
    struct json_out *w, const char *name, const struct noun *n, bool details)
{
	open_object(w, name);
	put_row(w, n, details);
	json_close(w, '}');
	json_open(w, "required", '[');
	put_row_names(w, n, details);
	json_close(w, ']');
	json_bool(w, "additionalProperties", false);
	json_close(w, '}');
}

/* What a call may change of a row. */
static void
put_changes(struct json_out *w, const struct noun *n)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (field_is_written(&n->field[i], NOUN_CHANGE))
			put_field(w, &n->field[i], MAYBE, SCHEMA_CALL);
}

void
schema_shape(struct json_out *w, const struct shape *s, enum schema_side side)
{
	open_object(w, s->name);
	if (s->row && side == SCHEMA_CALL)
		put_changes(w, s->row);
	else if (s->row)
		put_row(w, s->row, true);
	for (const struct member *m = s->member; m && m->name; m++)
		schema_member(w, m->name, m, side);
	json_close(w, '}');
	json_open(w, "required", '[');
	if (s->row && side != SCHEMA_CALL)
		put_row_names(w, s->row, true);
	for (const struct member *m = s->member; m && m->name; m++)
		if (!(m->flags & MAYBE))
			json_str(w, NULL, m->name);
	json_close(w, ']');
	if (!s->is_open)
		json_bool(w, "additionalProperties", false);
	json_close(w, '}');
}

static unsigned
written_flags(const struct field *f, enum noun_op op)
{
	return op == NOUN_ADD && f->flags & REQUIRED ? 0 : MAYBE;
}

void
schema_written(
    struct json_out *w, const char *name, const struct noun *n, enum noun_op op)
{
	static const struct member version = {
	    "version", FIELD_INT, 0, NULL, NULL, 1, INT64_MAX};

	open_object(w, name);
	for (size_t i = 0; i < n->n_fields; i++)
		if (field_is_written(&n->field[i], op))
			put_field(w, &n->field[i],
			    written_flags(&n->field[i], op), SCHEMA_CALL);
	if (op == NOUN_CHANGE)
		schema_member(w, version.name, &version, SCHEMA_CALL);
	json_close(w, '}');
	json_open(w, "required", '[');
	for (size_t i = 0; i < n->n_fields; i++)
		if (field_is_written(&n->field[i], op) &&
		    !written_flags(&n->field[i], op))
			json_str(w, NULL, n->field[i].api);
	json_close(w, ']');
	json_bool(w, "additionalProperties", false);
	json_close(w, '}');
}
