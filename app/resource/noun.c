/* noun.c - a thing that staff list and read, described once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/noun.h"

#include "base/text.h"
#include "resource/select.h"

int
noun_field(const struct noun *n, const char *api)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		if (str_eq(n->field[i].api, api))
			return (int)i;
	}
	return -1;
}

int
noun_name(const struct noun *n)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (n->field[i].label)
			return (int)i;
	return 0;
}

/* A column whose default is no text has no tags. */
static void
put_json(const struct field *f, const char *text, struct json_out *w)
{
	bool is_none = f->type == FIELD_TAGS && text[0] == '\0';

	json_raw(w, f->api, is_none ? "[]" : text);
}

static void
field_json(
    const struct field *f, const struct rows *r, int column, struct json_out *w)
{
	enum field_base base = field_base(f->type);
	bool is_text =
	    base == BASE_TEXT || base == BASE_ID || base == BASE_DATE;

	if (!is_text && row_is_null(r, column)) {
		json_none(w, f->api);
		return;
	}
	switch (base) {
	case BASE_TEXT:
	case BASE_ID:
	case BASE_DATE:
		json_str_or_null(w, f->api, row_text(r, column));
		break;
	case BASE_INT:
		json_int(w, f->api, row_int(r, column));
		break;
	case BASE_BOOL:
		json_bool(w, f->api, row_int(r, column) != 0);
		break;
	case BASE_MONEY:
		json_money(
		    w, f->api, row_int(r, column), row_text(r, NOUN_CURRENCY));
		break;
	case BASE_PERCENT:
		json_raw(w, f->api,
		    field_show(r->tx->arena, f, row_text(r, column), NULL));
		break;
	case BASE_TIME:
		json_time(w, f->api, row_int(r, column));
		break;
	case BASE_JSON:
		put_json(f, row_text(r, column), w);
		break;
	}
}

/* Open or close the object "address", as the next field asks. */
static bool
change_group(bool in_address, const struct field *f, struct json_out *w)
{
	bool wanted = (f->flags & ADDRESS) != 0;

	if (wanted && !in_address)
		json_open(w, "address", '{');
	if (!wanted && in_address)
		json_close(w, '}');
	return wanted;
}

void
noun_json(const struct noun *n, const struct rows *r, bool details,
    struct json_out *w)
{
	bool in_address = false;

	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		if (!details && (f->flags & DETAIL))
			continue;
		in_address = change_group(in_address, f, w);
		field_json(f, r, NOUN_FIELDS + (int)i, w);
	}
	if (in_address)
		json_close(w, '}');
}

enum err
noun_get(
    struct tx *tx, const struct noun *n, const struct id *id, struct rows *r)
{
	struct sql s;
	enum err e;

	select_one(&s, n, id, tx);
	if ((e = sql_query(tx, r, &s)) != OK)
		return e;
	if (rows_next(r))
		return OK;
	e = rows_done(r);
	return e == OK ? E_NOTFOUND : e;
}
