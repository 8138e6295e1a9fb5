/* settings_api.c - what a company sets for itself, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Members are the fields of the table (tenancy/tenant_settings_list.c).
 */
#include "config.h"
#include "identity/settings_api.h"

#include "base/text.h"
#include "face/noun_faces.h"
#include "face/waiting.h"
#include "identity/company_rules.h"

static void
put_setting(struct json_out *w, const struct field *f, const struct db_val *val)
{
	switch (field_base(f->type)) {
	case BASE_INT:
		json_int(w, f->api, val->num);
		return;
	case BASE_BOOL:
		json_bool(w, f->api, val->num != 0);
		return;
	case BASE_JSON:
		json_raw(w, f->api, val->text);
		return;
	case BASE_TEXT:
	case BASE_ID:
	case BASE_MONEY:
	case BASE_PERCENT:
	case BASE_TIME:
	case BASE_DATE:
		json_str(w, f->api, val->text);
	}
}

static void
write_settings(struct request *rq, const struct tenant_settings *s)
{
	const struct noun *n = &tenant_settings_noun;
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	for (size_t i = 0; i < n->n_fields; i++)
		put_setting(w, &n->field[i], &s->v.was[i]);
	json_open(w, "own", '[');
	for (size_t i = 0; i < n->n_fields; i++)
		if (s->own >> i & 1)
			json_str(w, NULL, n->field[i].api);
	json_close(w, ']');
	json_int(w, "version", s->v.version_now);
	json_close(w, '}');
}

static enum err
get_settings(struct request *rq)
{
	struct tenant_settings s;
	enum err e = tenant_settings_get(&s, rq->tx);

	if (e == OK)
		write_settings(rq, &s);
	return e;
}

static enum err
patch_settings(struct request *rq)
{
	struct tenant_settings s;
	struct id waiting;
	bool granted;
	enum err e = tenant_settings_hold(&s, rq->tx);

	if (e == OK)
		e = noun_take_json(rq, &s.v, NULL, 0);
	if (e == OK)
		e = company_settings_change(
		    &s, rq->settings, &granted, &waiting);
	if (e != OK)
		return e;
	return granted ? get_settings(rq) : reply_waiting(rq, &waiting);
}

/* clang-format off */
#define SETTINGS "/api/admin/settings"
const struct route settings_api_routes[] = {
	{GET,	SETTINGS, POOL_UI, AUTH_API, PERM_SETTINGS_READ,
		BODY_NONE, 0, get_settings, "settings.get"},
	{PATCH,	SETTINGS, POOL_UI, AUTH_API, PERM_SETTINGS_WRITE,
		BODY_JSON, 0, patch_settings, "settings.patch"},
	{0}
};
/* clang-format on */
