/* brand.c - how a tenant looks and signs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/brand.h"

#include <string.h>

#include "base/buf.h"
#include "base/fact.h"
#include "base/text.h"
#include "tenancy/colour.h"

enum { HELP_LOCAL_MAX = 20 };

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
	    "ORDER BY h.created_at, h.host LIMIT 1), t.slug, t.help_email "
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
	    .slug = text_of(&r, 13),
	    .help_email = text_of(&r, 14),
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
	if (!base)
		return NULL;
	if (b->host[0] != '\0' &&
	    (base[0] == '\0' ||
		!str_eq(b->slug, setting_text(s, "default_tenant"))))
		return with_host(a, base, b->host);
	return base[0] != '\0' ? base : NULL;
}

/* ---- the way in ---- */

/* Behind the @ of an address. */
static const char *
domain_of(const char *address)
{
	return strrchr(address, '@') + 1;
}

/* One of "example.com, example.org=slug": a domain, and perhaps whose it is. */
static bool
is_listed(const char *entry, size_t n, const struct brand *b)
{
	const char *domain = domain_of(b->help_email);
	size_t len = strlen(domain);

	while (n > 0 && (entry[n - 1] == ' ' || entry[n - 1] == '\t'))
		n--;
	if (n < len || strncasecmp(entry, domain, len) != 0)
		return false;
	return n == len ||
	       (entry[len] == '=' && n - len - 1 == strlen(b->slug) &&
		   memcmp(entry + len + 1, b->slug, n - len - 1) == 0);
}

bool
brand_takes_mail(const struct brand *b, const struct settings *s)
{
	const char *list;

	if (b->help_email[0] == '\0')
		return false;
	list = setting_text(s, "mail_in_domains");
	while (*(list += strspn(list, ", \t"))) {
		size_t n = strcspn(list, ",");

		if (is_listed(list, n, b))
			return true;
		list += n;
	}
	return false;
}

/* ---- changing ---- */

static void
check_text(struct tx *tx, const char *field, const char *s, size_t max)
{
	if (s && (!text_is_printable(s) || utf8_len(s) > max))
		problem_add(tx->problems, field, "bad_format",
		    "This is at most %zu printable characters.", max);
}

static void
check_email(struct tx *tx, const char *field, const char *s)
{
	if (s && s[0] != '\0' && !email_valid(s))
		problem_add(tx->problems, field, "bad_format",
		    "This is no e-mail address.");
}

/* Scheme, host and port, and nothing behind them. */
static bool
is_origin(const char *s)
{
	const char *host = strstr(s, "://"), *end;
	char name[254];
	size_t n;

	if (!str_starts(s, "https://") && !str_starts(s, "http://"))
		return false;
	host += 3;
	n = strcspn(host, ":/?#@");
	end = host + n;
	if (n == 0 || n >= sizeof(name))
		return false;
	memcpy(name, host, n);
	name[n] = '\0';
	if (*end == ':')
		end += 1 + strspn(end + 1, "0123456789");
	return *end == '\0' && end[-1] != ':' &&
	       (domain_valid(name) || strspn(name, "0123456789.") == n);
}

/* Answers come to LOCAL+NUMBER.CODE@DOMAIN, and what is before an @ has 64
 * characters. */
static void
check_help(struct tx *tx, const char *s)
{
	if (!s || s[0] == '\0')
		return;
	if (!email_valid(s))
		check_email(tx, "helpEmail", s);
	else if (strchr(s, '+') || strchr(s, '@') - s > HELP_LOCAL_MAX)
		problem_add(tx->problems, "helpEmail", "bad_format",
		    "Before the @ there are at most %d characters, and no +: "
		    "the addresses of answers are made of it.",
		    HELP_LOCAL_MAX);
}

void
brand_check(struct tx *tx, const struct brand_change *c)
{
	struct colour colour;

	check_text(tx, "name", c->name, 128);
	check_text(tx, "senderName", c->sender_name, 128);
	check_email(tx, "supportEmail", c->support_email);
	check_email(tx, "senderEmail", c->sender_email);
	check_email(tx, "alertEmail", c->alert_email);
	check_help(tx, c->help_email);
	if (c->name && c->name[0] == '\0')
		problem_add(
		    tx->problems, "name", "required", "A company has a name.");
	if (c->accent && c->accent[0] != '\0' &&
	    !colour_parse(c->accent, &colour))
		problem_add(tx->problems, "accent", "bad_format",
		    "A colour is written like #2540c4.");
	if (c->public_url && c->public_url[0] != '\0' &&
	    !is_origin(c->public_url))
		problem_add(tx->problems, "publicUrl", "bad_format",
		    "This is an address like https://panel.example.com.");
	if (c->language && !str_eq(c->language, "en") &&
	    !str_eq(c->language, "de"))
		problem_add(tx->problems, "language", "not_in_list",
		    "There are en and de.");
	if (c->alerts && !str_eq(c->alerts, "each") &&
	    !str_eq(c->alerts, "daily"))
		problem_add(tx->problems, "alerts", "not_in_list",
		    "There are each and daily.");
}

static enum err
put_logo(struct tx *tx, const struct brand_change *c)
{
	if (c->drops_logo)
		return db_exec(tx,
		    "DELETE FROM tenant_logos WHERE tenant_id = $1",
		    DB_ID(&tx->tenant));
	if (!c->logo)
		return OK;
	return db_exec(tx,
	    "INSERT INTO tenant_logos (tenant_id, hash, width, height, data, "
	    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) "
	    "ON CONFLICT (tenant_id) DO UPDATE SET hash = excluded.hash, "
	    "width = excluded.width, height = excluded.height, "
	    "data = excluded.data, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_TEXT(c->logo->hash), DB_INT(c->logo->width),
	    DB_INT(c->logo->height), DB_BLOB(c->logo->data, c->logo->len),
	    DB_INT(tx->now));
}

static enum err
refuse_stale(struct tx *tx)
{
	problem_add(tx->problems, "version", "stale_version",
	    "Somebody else has changed this meanwhile.");
	return E_CONFLICT;
}

/* Two companies can't have mails of one domain. */
static enum err
check_domain(struct tx *tx, const char *help)
{
	int64_t n = 0;
	enum err e = OK;

	if (help && help[0] != '\0')
		e = db_int(tx, 0, &n,
		    "SELECT count(*) FROM tenants "
		    "WHERE help_domain = $2 AND id <> $1",
		    DB_ID(&tx->tenant), DB_TEXT(domain_of(help)));
	if (e != OK || n == 0)
		return e;
	problem_add(tx->problems, "helpEmail", "conflict",
	    "Another company already takes the mails of this domain.");
	return E_INPUT;
}

static enum err
put_help(struct tx *tx, const char *help)
{
	if (!help)
		return OK;
	return db_exec(tx,
	    "UPDATE tenants SET help_email = $2, help_domain = $3 "
	    "WHERE id = $1",
	    DB_ID(&tx->tenant), DB_TEXT(help),
	    DB_TEXT(help[0] != '\0' ? domain_of(help) : NULL));
}

/* NULL binds NULL, which leaves the column. */
static enum err
put_columns(struct tx *tx, const struct brand_change *c)
{
	const char *hash = c->drops_logo ? "" : c->logo ? c->logo->hash : NULL;
	const char *accent = c->accent ? str_lower(tx->arena, c->accent) : NULL;
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE tenants SET name = COALESCE($2, name), "
	    "accent = COALESCE($3, accent), "
	    "support_email = COALESCE($4, support_email), "
	    "sender_name = COALESCE($5, sender_name), "
	    "sender_email = COALESCE($6, sender_email), "
	    "public_url = COALESCE($7, public_url), "
	    "language = COALESCE($8, language), "
	    "alert_email = COALESCE($9, alert_email), "
	    "alerts = COALESCE($10, alerts), "
	    "logo_hash = COALESCE($11, logo_hash), "
	    "brand_version = brand_version + 1, updated_at = $12 "
	    "WHERE id = $1 AND brand_version = $13",
	    DB_ID(&tx->tenant), DB_TEXT(c->name), DB_TEXT(accent),
	    DB_TEXT(c->support_email), DB_TEXT(c->sender_name),
	    DB_TEXT(c->sender_email), DB_TEXT(c->public_url),
	    DB_TEXT(c->language), DB_TEXT(c->alert_email), DB_TEXT(c->alerts),
	    DB_TEXT(hash), DB_INT(tx->now), DB_INT(c->version));

	return e == OK && n == 0 ? refuse_stale(tx) : e;
}

enum err
brand_change(struct tx *tx, const struct brand_change *c)
{
	size_t before = tx->problems->n;
	const char *help = c->help_email;
	enum err e;

	brand_check(tx, c);
	if (tx->problems->n > before)
		return E_INPUT;
	if (help && !(help = str_lower(tx->arena, help)))
		return E_BUSY;
	e = check_domain(tx, help);
	if (e == OK)
		e = put_columns(tx, c);
	if (e == OK)
		e = put_help(tx, help);
	if (e == OK)
		e = put_logo(tx, c);
	return e == OK ? fact(tx, FACT_BRAND_CHANGED, &tx->tenant) : e;
}

/* ---- what it looks like ---- */

enum err
brand_logo(struct tx *tx, const char **data_out, size_t *len_out)
{
	const char *blob;
	char *copy;
	size_t n;
	struct rows r;
	enum err e =
	    db_one(tx, &r, "SELECT data FROM tenant_logos WHERE tenant_id = $1",
		DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	blob = row_blob(&r, 0, &n);
	copy = arena_memdup(tx->arena, blob, n);
	e = rows_done(&r);
	if (e == OK && !copy)
		e = E_BUSY;
	if (e != OK)
		return e;
	*data_out = copy;
	*len_out = n;
	return OK;
}

static void
put_pair(
    struct buf *b, const char *name, struct colour light, struct colour dark)
{
	char l[8], d[8];

	colour_print(light, l);
	colour_print(dark, d);
	buf_printf(b, "--%s:light-dark(%s,%s);", name, l, d);
}

/* static/css/mpanel.css: what text in the accent stands on, in light and dark;
 * its wash comes first. */
static const struct colour grounds[2][6] = {
    {{0xff, 0xff, 0xff}, {0xf8, 0xf6, 0xf2}, {0xf4, 0xf2, 0xed},
	{0xe5, 0xf3, 0xea}, {0xfc, 0xf0, 0xd8}, {0xfd, 0xeb, 0xe8}},
    {{0x12, 0x12, 0x14}, {0x18, 0x18, 0x1b}, {0x21, 0x21, 0x25},
	{0x16, 0x29, 0x1f}, {0x2d, 0x24, 0x14}, {0x35, 0x1c, 0x1a}},
};

static struct colour
readable_everywhere(
    struct colour c, struct colour wash, const struct colour ground[6])
{
	c = colour_readable(c, wash);
	for (int i = 0; i < 6; i++)
		c = colour_readable(c, ground[i]);
	return c;
}

const char *
brand_css(struct arena *a, const char *accent)
{
	static const struct colour white = {255, 255, 255}, black = {0, 0, 0},
				   page = {0x18, 0x18, 0x1b};
	struct colour c, ink, light, dark; /* the washes */
	struct buf b;

	if (!colour_parse(accent, &c))
		return NULL;
	ink = colour_ink(c);
	light = colour_mix(white, c, 8);
	dark = colour_mix(page, c, 18);
	buf_init(&b, 0);
	buf_puts(&b, ":root{");
	put_pair(&b, "fill", c, c);
	/* further from the ink, so that it stays readable */
	put_pair(&b, "fill2", colour_mix(c, ink.r ? black : white, 15),
	    colour_mix(c, ink.r ? black : white, 15));
	put_pair(&b, "on", ink, ink);
	put_pair(&b, "blue", readable_everywhere(c, light, grounds[0]),
	    readable_everywhere(c, dark, grounds[1]));
	put_pair(&b, "wash", light, dark);
	buf_puts(&b, "}\n");
	return buf_move(a, &b);
}
