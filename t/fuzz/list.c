/* list.c - a list's parameters are of their types, and a cursor is itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is lines of name=value.
 */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "resource/list.h"

const char fuzz_name[] = "list";

static const struct field fields[] = {
    {"id", "t.id", FIELD_ID, FILTER, NULL},
    {"name", "t.name", FIELD_TEXT, FILTER | SEARCH, "t.name"},
    {"status", "t.status", FIELD_WORD, FILTER, "t.status"},
    {"count", "t.n", FIELD_INT, FILTER, "t.n"},
    {"total", "t.total", FIELD_MONEY, FILTER, "t.total"},
    {"createdAt", "t.created_at", FIELD_TIME, FILTER, "t.id"},
    {"day", "t.day", FIELD_DATE, FILTER, "t.day"},
    {"open", "t.open", FIELD_BOOL, FILTER, NULL},
    {"more", "t.more", FIELD_JSON, DETAIL, NULL},
};
static const struct noun noun = {.name = "things",
    .from = "things t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .currency = "t.currency",
    .field = fields,
    .n_fields = N_ELEMS(fields)};

static void
check_filter(const struct list_filter *f)
{
	int64_t n;

	assert(f->field->flags & FILTER);
	switch (field_base(f->field->type)) {
	case BASE_ID:
		assert(id_valid(f->value));
		break;
	case BASE_INT:
	case BASE_MONEY:
	case BASE_PERCENT:
	case BASE_TIME:
		assert(str_to_i64(f->value, INT64_MIN, INT64_MAX, &n));
		break;
	case BASE_DATE:
		assert(date_valid(f->value));
		break;
	case BASE_BOOL:
		assert(str_eq(f->value, "true") || str_eq(f->value, "false"));
		break;
	case BASE_TEXT:
	case BASE_JSON:
		break;
	}
}

/* The cursor that was taken is the one that its place gives. */
static void
check_cursor(struct arena *a, const struct list *l, const char *given)
{
	const char *again =
	    list_cursor_of(a, l->after_value, l->after_id, l->backwards);

	assert(id_valid(l->after_id));
	assert(utf8_valid(l->after_value, strlen(l->after_value)));
	assert(str_eq_nocase(again, given));
}

static void
check_list(const struct list *l)
{
	assert(l->limit >= 1 && l->limit <= LIST_LIMIT_MAX);
	assert(!l->sort || l->sort->sort);
	assert(l->n_filters <= LIST_FILTERS_MAX);
	assert(!l->q || (*l->q && utf8_len(l->q) <= 200));
	assert(!l->after_id == !l->after_value);
	for (size_t i = 0; i < l->n_filters; i++)
		check_filter(&l->filter[i]);
}

static void
take_line(struct arena *a, struct list *l, struct part line)
{
	struct part name = next_part(&line, '=');
	const char *key = arena_strndup(a, name.s, name.n);
	const char *value = arena_strndup(a, line.n > 0 ? line.s : "", line.n);
	struct problems p;
	bool good;

	/* Parameters come from params.h. */
	if (!utf8_valid(key, name.n) || !utf8_valid(value, line.n))
		return;
	problems_init(&p, a);
	good = list_param(l, a, &p, key, value);
	assert(p.n == !good);
	if (good && str_eq(key, "cursor") && *value)
		check_cursor(a, l, value);
	check_list(l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	struct arena *a = arena_new(4 * MEBIBYTE);
	struct list l;

	list_init(&l, &noun);
	while (rest.n > 0)
		take_line(a, &l, next_part(&rest, '\n'));
	arena_free(&a);
	return 0;
}
