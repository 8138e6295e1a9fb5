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

const char *
verb_arg(const struct verb_call *c, const char *name)
{
	struct db_val v;

	if (!values_will(c->args, name, &v) || v.type != DB_T_TEXT)
		return "";
	return v.text;
}
