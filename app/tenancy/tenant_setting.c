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

/* Into the arena, because an answer that nobody waited for after a fault comes
 * at the end of the transaction. */
enum err
tenant_setting_texts(
    struct tx *tx, const char *const *names, size_t n, const char **out)
{
	const char **own = arena_array(tx->arena, n, sizeof(*own));
	enum err e = own ? OK : E_BUSY;

	for (size_t i = 0; i < n && e == OK; i++) {
		own[i] = NULL;
		e = db_text_later(tx, &own[i],
		    "SELECT value FROM tenant_settings "
		    "WHERE tenant_id = $1 AND name = $2",
		    DB_ID(&tx->tenant), DB_TEXT(names[i]));
	}
	if (e == OK)
		e = tx_settle(tx);
	for (size_t i = 0; i < n && e == OK; i++)
		out[i] =
		    own[i] ? own[i] : tenant_setting_default(find(names[i]));
	return e;
}

enum err
tenant_setting_text(struct tx *tx, const char *name, const char **out)
{
	return tenant_setting_texts(tx, &name, 1, out);
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
