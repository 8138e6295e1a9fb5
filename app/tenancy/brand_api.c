/* brand_api.c - a tenant's looks and addresses for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/brand_api.h"

#include "tenancy/brand.h"

#define TEXT_MAX_CHARS 300

static void
write_brand(struct request *rq, const struct brand *b)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_str(w, "name", b->name);
	json_str(w, "accent", b->accent);
	json_str_or_null(w, "logo",
	    b->logo_hash[0] != '\0'
		? arena_printf(rq->arena, "/brand/logo.png?v=%s", b->logo_hash)
		: NULL);
	json_str(w, "supportEmail", b->support_email);
	json_str(w, "helpEmail", b->help_email);
	json_str(w, "senderName", b->sender_name);
	json_str(w, "senderEmail", b->sender_email);
	json_str(w, "publicUrl", b->public_url);
	json_str(w, "language", b->language);
	json_str(w, "alertEmail", b->alert_email);
	json_str(w, "alerts", b->alerts_daily ? "daily" : "each");
	json_int(w, "version", b->version);
	json_close(w, '}');
}

static enum err
get_brand(struct request *rq)
{
	struct brand b;
	enum err e = brand_get(rq->tx, &b);

	if (e == OK)
		write_brand(rq, &b);
	return e;
}

static bool
read_texts(const struct json_in *in, struct brand_change *c)
{
	const struct {
		const char *name;
		const char **to;
	} texts[] = {
	    {"name", &c->name},
	    {"accent", &c->accent},
	    {"supportEmail", &c->support_email},
	    {"helpEmail", &c->help_email},
	    {"senderName", &c->sender_name},
	    {"senderEmail", &c->sender_email},
	    {"publicUrl", &c->public_url},
	    {"language", &c->language},
	    {"alertEmail", &c->alert_email},
	    {"alerts", &c->alerts},
	};
	bool good = true;

	for (size_t i = 0; i < N_ELEMS(texts); i++)
		good &= json_in_text(in, texts[i].name, JSON_OPTIONAL,
		    TEXT_MAX_CHARS, texts[i].to);
	return good;
}

static enum err
patch_brand(struct request *rq)
{
	static const char *const names[] = {"name", "accent", "supportEmail",
	    "helpEmail", "senderName", "senderEmail", "publicUrl", "language",
	    "alertEmail", "alerts", "dropLogo", "version"};
	struct json_in in = request_json(rq);
	struct brand_change c = {0};
	enum err e;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !read_texts(&in, &c) ||
	    !json_in_bool(&in, "dropLogo", JSON_OPTIONAL, &c.drops_logo) ||
	    !json_in_int(
		&in, "version", JSON_REQUIRED, 1, INT64_MAX, &c.version))
		return E_INPUT;
	e = brand_change(rq->tx, &c);
	return e == OK ? get_brand(rq) : e;
}

/* clang-format off */
#define BRAND "/api/admin/settings/brand"
const struct route brand_api_routes[] = {
	{GET,	BRAND, POOL_UI, AUTH_API, PERM_SETTINGS_READ,
		BODY_NONE, 0, get_brand, "brand.get"},
	{PATCH,	BRAND, POOL_UI, AUTH_API, PERM_SETTINGS_WRITE,
		BODY_JSON, 0, patch_brand, "brand.patch"},
	{0}
};
/* clang-format on */
