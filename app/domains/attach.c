/* attach.c - a customer's own name for a site that has a preview name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/attach.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "domains/domain.h"
#include "hosting/configure.h"

/* ---- the site ---- */

/* Below its server's preview zone, or below the server's own name. */
static bool
is_below(const char *domain, const char *zone)
{
	size_t n = strlen(domain), z = strlen(zone);

	return z > 0 && n > z && domain[n - z - 1] == '.' &&
	       str_eq(domain + n - z, zone);
}

enum err
attach_site_get(
    struct tx *tx, const struct id *subscription, struct attach_site *out)
{
	const char *zone;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.id, w.customer_id, w.domain, w.status, v.ip_address, "
	    "v.ip_address_v6, v.fqdn, v.preview_zone "
	    "FROM websites w "
	    "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "WHERE w.tenant_id = $1 AND w.subscription_id = $2 "
	    "AND w.status <> 'removed'",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK)
		return e;
	*out = (struct attach_site){
	    .subscription = *subscription,
	    .website = row_id(&r, 0),
	    .customer = row_id(&r, 1),
	    .domain = row_strdup(&r, 2),
	    .is_up = str_eq(row_text(&r, 3), "active"),
	    .ip = row_is_null(&r, 4) ? "" : row_strdup(&r, 4),
	    .ip6 = row_is_null(&r, 5) ? "" : row_strdup(&r, 5),
	    .fqdn = row_is_null(&r, 6) ? "" : row_strdup(&r, 6),
	};
	zone = row_is_null(&r, 7) ? "" : row_strdup(&r, 7);
	if ((e = rows_done(&r)) != OK)
		return e;
	if (!out->domain || !out->ip || !out->ip6 || !out->fqdn || !zone)
		return tx_fail(tx, E_BUSY);
	out->is_preview =
	    is_below(out->domain, zone) || is_below(out->domain, out->fqdn);
	return website_is_changing(tx, subscription, &out->is_changing);
}

/* ---- the name ---- */

/* A name of the house: a panel's, a server's, or below a server's. */
static enum err
refuse_house(struct tx *tx, const char *name)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM servers v "
	    "WHERE v.tenant_id = $1 AND v.deleted_at IS NULL AND ("
	    "(v.preview_zone <> '' AND $2 LIKE '%.' || v.preview_zone) "
	    "OR $2 = v.preview_zone "
	    "OR (v.fqdn <> '' AND ('.' || CAST($2 AS TEXT)) LIKE '%.' || v.fqdn)) "
	    "UNION ALL SELECT 1 FROM tenant_hosts h WHERE h.host = $2) "
	    "AS house",
	    DB_ID(&tx->tenant), DB_TEXT(name));

	if (e != OK || n == 0)
		return e;
	problem_add(tx->problems, "domain", "conflict",
	    "%s is a name of ours. Use a domain of your own.", name);
	return E_INPUT;
}

/* Who has a name has all below it, or a stranger could sit in the shadow of
 * somebody's records. */
static enum err
refuse_below(struct tx *tx, const struct attach *a)
{
	enum err e = OK;

	for (const char *up = strchr(a->name, '.'); e == OK && up;
	     up = strchr(up + 1, '.')) {
		enum domain_claim claim;
		struct rows r;

		if (!strchr(up + 1, '.'))
			break;
		if ((e = domain_claim_ask(tx, up + 1, &r)) != OK ||
		    (e = domain_claim_read(&r, &a->site.customer, &claim)) !=
			OK)
			return e;
		if (claim == DOMAIN_OTHERS) {
			problem_add(tx->problems, "domain", "domain_taken",
			    "%s belongs to another customer.", up + 1);
			return E_INPUT;
		}
	}
	return e;
}

/* Promised to this very site, by a change that is under way. */
static enum err
is_promised(struct tx *tx, const struct attach *a, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM domains WHERE tenant_id = $1 "
	    "AND name = $2 AND website_id = $3 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(a->name), DB_ID(&a->site.website));

	if (e == OK)
		*out = n > 0;
	return e;
}

static enum err
refuse_taken(struct tx *tx, const struct attach *a, bool promised)
{
	enum domain_claim claim;
	struct rows r;
	enum err e = domain_claim_ask(tx, a->name, &r);

	if (e == OK)
		e = domain_claim_read(&r, &a->site.customer, &claim);
	if (e != OK)
		return e;
	if (claim == DOMAIN_OTHERS) {
		problem_add(tx->problems, "domain", "domain_taken",
		    "%s belongs to another customer.", a->name);
		return E_INPUT;
	}
	if (claim == DOMAIN_IN_USE && !promised) {
		problem_add(tx->problems, "domain", "domain_in_use",
		    "%s is the name of another website of yours.", a->name);
		return E_INPUT;
	}
	return OK;
}

static enum err
refuse_state(struct tx *tx, const struct attach_site *s)
{
	if (!s->is_preview)
		problem_add(tx->problems, "", "conflict",
		    "This website has a domain of its own already: %s.",
		    s->domain);
	else if (!s->is_up || s->is_changing)
		problem_add(tx->problems, "", "conflict",
		    "This website is being changed, or is not up. Try again "
		    "when it is.");
	else
		return OK;
	return E_CONFLICT;
}

enum err
attach_look(struct tx *tx, const struct id *subscription, const char *typed,
    struct attach *out)
{
	struct attach a = {.is_done = false};
	bool promised = false;
	enum err e = attach_site_get(tx, subscription, &a.site);

	if (e != OK)
		return e;
	a.name = domain_canonical(tx->arena, typed);
	if (!a.name) {
		problem_add(tx->problems, "domain", "bad_format",
		    "'%s' is no domain. Write it like shop.example.com.",
		    typed);
		return E_INPUT;
	}
	if ((e = is_promised(tx, &a, &promised)) != OK)
		return e;
	a.is_done = str_eq(a.site.domain, a.name) ||
		    (promised && a.site.is_preview && a.site.is_changing);
	if (!a.is_done)
		e = refuse_state(tx, &a.site);
	if (e == OK && !a.is_done)
		e = refuse_house(tx, a.name);
	if (e == OK && !a.is_done)
		e = refuse_taken(tx, &a, promised);
	if (e == OK && !a.is_done)
		e = refuse_below(tx, &a);
	if (e == OK)
		*out = a;
	return e;
}

/* ---- where it points ---- */

/* However an address is written. */
static bool
is_same(const char *a, const char *b)
{
	unsigned char x[16], y[16];
	int family = strchr(a, ':') ? AF_INET6 : AF_INET;

	return inet_pton(family, a, x) == 1 && inet_pton(family, b, y) == 1 &&
	       memcmp(x, y, family == AF_INET ? 4 : 16) == 0;
}

static bool
is_ours(const struct attach_site *s, const struct dns_addresses *host,
    const char *address)
{
	if (is_same(address, s->ip) || is_same(address, s->ip6))
		return true;
	for (size_t i = 0; i < host->n; i++)
		if (is_same(address, host->text[i]))
			return true;
	return false;
}

bool
attach_points_here(const struct attach *a, const struct dns_addresses *name,
    const struct dns_addresses *host, struct problems *problems)
{
	for (size_t i = 0; i < name->n; i++)
		if (!is_ours(&a->site, host, name->text[i])) {
			problem_add(problems, "domain", "dns_elsewhere",
			    "%s points to %s, which is not your website's "
			    "server. Change its record as it says below, and "
			    "try again when that has spread.",
			    a->name, name->text[i]);
			return false;
		}
	if (name->n > 0)
		return true;
	problem_add(problems, "domain", "dns_nowhere",
	    "%s points nowhere yet. Make the record that is shown below, and "
	    "try again when it has spread.",
	    a->name);
	return false;
}

/* ---- doing it ---- */

enum err
attach_put(struct tx *tx, const struct attach *a)
{
	struct attach now;
	enum err e = attach_look(tx, &a->site.subscription, a->name, &now);

	if (e != OK || now.is_done)
		return e;
	e = domain_attach(tx, now.name, &now.site.customer,
	    &now.site.subscription, &now.site.website);
	/* Two of the customer's own at once: one of them has it. */
	if (e == OK)
		e = db_expect(tx,
		    "SELECT id FROM domains WHERE tenant_id = $1 "
		    "AND name = $2 AND website_id = $3 "
		    "AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_TEXT(now.name),
		    DB_ID(&now.site.website));
	return e == OK ? website_rename(tx, &now.site.website, now.name) : e;
}
