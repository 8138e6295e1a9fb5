/* verb.c - which verbs a noun has.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/verb.h"

#include "base/text.h"

const struct verb *
noun_verb(const struct noun *n, size_t i)
{
	for (size_t t = 0; verb_tables[t]; t++)
		for (const struct verb *v = verb_tables[t]; v->noun; v++)
			if (v->noun == n && i-- == 0)
				return v;
	return NULL;
}

bool
verb_is_offered(const struct verb *v, const char *state)
{
	if (!v->from || !state)
		return true;
	for (const char *const *s = v->from; *s; s++)
		if (str_eq(*s, state))
			return true;
	return false;
}

static bool
has_value(const struct verb *v, const char *api, const struct rows *row)
{
	int i = noun_field(v->noun, api);

	return row && i >= 0 && !row_is_null(row, NOUN_FIELDS + i);
}

bool
verb_is_for(const struct verb *v, const char *state, const struct rows *row)
{
	if (!verb_is_offered(v, state))
		return false;
	if (v->if_set && !has_value(v, v->if_set, row))
		return false;
	return !v->if_unset || !has_value(v, v->if_unset, row);
}

const char *
verb_arg(const struct verb_call *c, const char *name)
{
	struct db_val v;

	if (!values_will(c->args, name, &v) || v.type != DB_T_TEXT)
		return "";
	return v.text;
}
