/* tenant_setting.c - one of the things that a company sets for itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant_setting.h"

#include "base/text.h"

const char *
tenant_setting_default(const struct field *f)
{
	return f->first ? f->first : "";
}

static const struct field *
find(const char *name)
{
	size_t i = 0;

	while (i < N_TENANT_SETTINGS &&
	       !str_eq(tenant_setting_fields[i].api, name))
		i++;
	assert(i < N_TENANT_SETTINGS &&
	       tenant_setting_fields[i].type != FIELD_CURRENCY);
	return &tenant_setting_fields[i];
}

enum err
tenant_setting_text(struct tx *tx, const char *name, const char **out)
{
	const char *own = NULL;
	enum err e = db_text(tx, &own,
	    "SELECT value FROM tenant_settings "
	    "WHERE tenant_id = $1 AND name = $2",
	    DB_ID(&tx->tenant), DB_TEXT(name));

	if (e == OK)
		*out = own ? own : tenant_setting_default(find(name));
	return e;
}

enum err
tenant_setting_int(struct tx *tx, const char *name, int64_t *out)
{
	const char *text;
	enum err e = tenant_setting_text(tx, name, &text);

	if (e == OK && !str_to_i64(text, INT64_MIN, INT64_MAX, out))
		assert(!"a setting that is no number");
	return e;
}
