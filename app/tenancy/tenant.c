/* tenant.c - hosting companies and the host names that lead to them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant.h"

#include "base/money.h"
#include "base/text.h"
#include "tenancy/tenant_parts.h"

#define NAME_MAX_CHARS 128

/* Behind it: FROM tenants t ... */
#define TENANT_COLUMNS                                                         \
	"SELECT t.id, t.slug, t.name, t.currency, t.support_email, t.kind, "   \
	"t.status, t.created_at, t.accent, t.logo_hash, t.brand_version, "     \
	"t.language "

static void
read_row(const struct rows *r, struct tenant *t)
{
	*t = (struct tenant){
	    .id = row_id(r, 0),
	    .slug = row_strdup(r, 1),
	    .name = row_strdup(r, 2),
	    .currency = row_strdup(r, 3),
	    .support_email = row_strdup(r, 4),
	    .is_platform = str_eq(row_text(r, 5), "platform"),
	    .is_active = str_eq(row_text(r, 6), "active"),
	    .created_at = row_int(r, 7),
	    .accent = row_strdup(r, 8),
	    .logo_hash = row_strdup(r, 9),
	    .version = row_int(r, 10),
	    .language = row_strdup(r, 11),
	};
}

enum err
tenant_runs_house(struct tx *tx, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM tenants t WHERE t.id = $1 "
	    "AND (t.kind = 'platform' OR NOT EXISTS ("
	    "SELECT 1 FROM tenants o WHERE o.id <> t.id))",
	    DB_ID(&tx->tenant));

	if (e == OK)
		*out = n > 0;
	return e;
}

/* The end of a db_one() for one tenant. */
static enum err
read_one(struct rows *r, enum err found, struct tenant *out)
{
	struct tenant t;
	enum err e;

	if (found != OK)
		return found;
	read_row(r, &t);
	e = rows_done(r);
	if (e == OK)
		*out = t;
	return e;
}

enum err
tenant_get(struct tx *tx, const struct id *id, struct tenant *out)
{
	struct rows r;
	enum err e = db_one(
	    tx, &r, TENANT_COLUMNS "FROM tenants t WHERE t.id = $1", DB_ID(id));

	return read_one(&r, e, out);
}

enum err
tenant_find(struct tx *tx, const char *slug, struct tenant *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    TENANT_COLUMNS "FROM tenants t WHERE t.slug = $1", DB_TEXT(slug));

	return read_one(&r, e, out);
}

enum err
tenant_find_host(
    struct tx *tx, const char *host, const char *fallback, struct tenant *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    TENANT_COLUMNS
	    "FROM tenants t WHERE t.id = COALESCE("
	    "(SELECT h.tenant_id FROM tenant_hosts h WHERE h.host = $1), "
	    "(SELECT d.id FROM tenants d WHERE d.slug = $2))",
	    DB_TEXT(host), DB_TEXT(fallback));

	return read_one(&r, e, out);
}

/* A name of the network or an address literal: what a Host header can be. */
static bool
host_is_sane(const char *host)
{
	size_t n = 0;

	for (; host[n] != '\0'; n++) {
		char c = host[n];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '.' || c == ':' || c == '[' ||
			c == ']'))
			return false;
	}
	return n > 0 && n <= 253;
}

static void
refuse_host(struct tx *tx)
{
	problem_add(
	    tx->problems, "host", "bad_format", "This is no host name.");
}

static void
refuse_taken_host(struct tx *tx)
{
	problem_add(tx->problems, "host", "conflict",
	    "This host name belongs to another tenant.");
}

static void
refuse_slug(struct tx *tx)
{
	problem_add(tx->problems, "slug", "conflict",
	    "There is a tenant with this slug already.");
}

enum err
tenant_add_host(struct tx *tx, const char *host)
{
	const char *name = str_lower(tx->arena, host);
	const char *owner;
	enum err e;

	if (name == NULL)
		return E_BUSY;
	if (!host_is_sane(name)) {
		refuse_host(tx);
		return E_INPUT;
	}
	e = db_exec(tx,
	    "INSERT INTO tenant_hosts (host, tenant_id, created_at, "
	    "updated_at) "
	    "VALUES ($1, $2, $3, $3) "
	    "ON CONFLICT (host) DO NOTHING",
	    DB_TEXT(name), DB_ID(&tx->tenant), DB_INT(tx->now));
	if (e == OK)
		e = db_text(tx, &owner,
		    "SELECT tenant_id FROM tenant_hosts WHERE host = $1",
		    DB_TEXT(name));
	if (e != OK)
		return e;
	if (owner == NULL || !str_eq(owner, tx->tenant.s)) {
		refuse_taken_host(tx);
		return E_CONFLICT;
	}
	return OK;
}

void
tenant_check(struct problems *p, const char *name, const char *currency,
    const char *support_email)
{
	if (name && (!utf8_valid(name, __builtin_strlen(name)) ||
			!text_is_printable(name) || name[0] == '\0' ||
			utf8_len(name) > NAME_MAX_CHARS))
		problem_add(p, "name", "bad_format",
		    "A name has 1 to %d printable characters.", NAME_MAX_CHARS);
	if (currency && !currency_valid(currency))
		problem_add(p, "currency", "not_in_list",
		    "This is no currency that we know.");
	if (support_email && !email_valid(support_email))
		problem_add(p, "supportEmail", "bad_format",
		    "This is no e-mail address.");
}

static bool
is_valid(struct tx *tx, const struct tenant_new *n)
{
	size_t before = tx->problems->n;

	if (!slug_valid(n->slug))
		problem_add(tx->problems, "slug", "bad_format",
		    "A slug is made of a-z, 0-9 and -, at most 63.");
	tenant_check(tx->problems, n->name, n->currency, n->support_email);
	return tx->problems->n == before;
}

enum err
tenant_check_new(struct tx *tx, const struct tenant_new *n)
{
	const char *host = str_lower(tx->arena, n->host ? n->host : "");
	int64_t slugs, hosts;
	bool good = is_valid(tx, n);
	enum err e;

	if (!host)
		return E_BUSY;
	if (n->host && !host_is_sane(host)) {
		refuse_host(tx);
		good = false;
	}
	if (!good)
		return E_INPUT;
	e = db_int(tx, 0, &slugs,
	    "SELECT COUNT(*) FROM tenants WHERE slug = $1", DB_TEXT(n->slug));
	if (e == OK)
		e = db_int(tx, 0, &hosts,
		    "SELECT COUNT(*) FROM tenant_hosts WHERE host = $1",
		    DB_TEXT(host));
	if (e != OK)
		return e;
	if (slugs > 0)
		refuse_slug(tx);
	if (hosts > 0)
		refuse_taken_host(tx);
	return slugs > 0 || hosts > 0 ? E_CONFLICT : OK;
}

enum err
tenant_add(struct tx *tx, const struct tenant_new *n)
{
	int64_t made;
	enum err e;

	assert(id_is_set(&tx->tenant));
	if (!is_valid(tx, n))
		return E_INPUT;
	e = db_exec_n(tx, &made,
	    "INSERT INTO tenants (id, slug, name, kind, currency, "
	    "support_email, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) "
	    "ON CONFLICT (slug) DO NOTHING",
	    DB_ID(&tx->tenant), DB_TEXT(n->slug), DB_TEXT(n->name),
	    DB_TEXT(n->is_platform ? "platform" : "business"),
	    DB_TEXT(n->currency ? n->currency : "USD"),
	    DB_TEXT(n->support_email), DB_INT(tx->now));
	if (e != OK)
		return e;
	if (made == 0) {
		refuse_slug(tx);
		return E_CONFLICT;
	}
	return n->host ? tenant_add_host(tx, n->host) : OK;
}

enum err
tenant_list(struct tx *tx, const struct tenant **list_out, size_t *n_out)
{
	struct tenant *list;
	int64_t n;
	size_t i = 0;
	struct rows r;
	enum err e = db_int(tx, 0, &n, "SELECT count(*) FROM tenants");

	if (e != OK)
		return e;
	list = arena_array(tx->arena, (size_t)n + 1, sizeof(*list));
	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    TENANT_COLUMNS "FROM tenants t ORDER BY t.slug LIMIT $1",
	    DB_INT(n));
	while (e == OK && rows_next(&r))
		read_row(&r, &list[i++]);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = i;
	}
	return e;
}
