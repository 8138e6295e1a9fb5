/* brand.c - how a tenant looks and signs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/brand.h"

#include <string.h>

#include "base/text.h"

static const char *
text_of(const struct rows *r, int i)
{
	return row_is_null(r, i) ? "" : row_strdup(r, i);
}

enum err
brand_get(struct tx *tx, struct brand *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT t.name, t.accent, t.logo_hash, t.support_email, "
	    "t.sender_name, t.sender_email, t.public_url, t.language, "
	    "t.alert_email, t.alerts, t.alerted_at, t.brand_version, "
	    "(SELECT h.host FROM tenant_hosts h WHERE h.tenant_id = t.id "
	    "ORDER BY h.created_at, h.host LIMIT 1) "
	    "FROM tenants t WHERE t.id = $1",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	*out = (struct brand){
	    .name = text_of(&r, 0),
	    .accent = text_of(&r, 1),
	    .logo_hash = text_of(&r, 2),
	    .support_email = text_of(&r, 3),
	    .sender_name = text_of(&r, 4),
	    .sender_email = text_of(&r, 5),
	    .public_url = text_of(&r, 6),
	    .language = text_of(&r, 7),
	    .alert_email = text_of(&r, 8),
	    .alerts_daily = str_eq(row_text(&r, 9), "daily"),
	    .alerted_at = row_int(&r, 10),
	    .version = row_int(&r, 11),
	    .host = text_of(&r, 12),
	};
	return rows_done(&r);
}

/* The tenant's host in the place of the one in base. */
static const char *
with_host(struct arena *a, const char *base, const char *host)
{
	const char *authority = strstr(base, "://"), *port;

	if (!authority)
		return arena_printf(a, "https://%s", host);
	authority += 3;
	port = strrchr(authority, ':');
	if (!port || port[strspn(port + 1, "0123456789") + 1] != '\0')
		port = "";
	return arena_printf(
	    a, "%.*s%s%s", (int)(authority - base), base, host, port);
}

const char *
brand_url(struct arena *a, const struct brand *b, const struct settings *s)
{
	const char *base = setting_text(s, "base_url");
	size_t n = strlen(base);

	if (b->public_url[0] != '\0')
		return b->public_url;
	while (n > 0 && base[n - 1] == '/')
		n--;
	base = arena_strndup(a, base, n);
	if (!base || (base[0] == '\0' && b->host[0] == '\0'))
		return NULL;
	return b->host[0] != '\0' ? with_host(a, base, b->host) : base;
}
