/* host.c - whose host it is, as this process remembers it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every request begins with that question and nearly always gets the same
 * answer; on PostgreSQL it is a round trip.  So the answer is taken from memory
 * and confirmed by a question that travels with the next one.
 */
#include "config.h"
#include "tenancy/tenant.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

enum { MEMORIES = 64, TEXT_MAX = 300 };

/* What was asked, and what the answer was; host is "" where there is none. */
static struct memory {
	char host[TEXT_MAX], fallback[TEXT_MAX];
	char slug[TEXT_MAX], name[TEXT_MAX], currency[8];
	char accent[8], logo_hash[TOKEN_HASH_LEN];
	struct id id;
} memories[MEMORIES];

static struct memory *
place_of(const char *host)
{
	uint32_t hash = 0;

	for (const char *c = host; *c; c++)
		hash = hash * 31 + (unsigned char)*c;
	return &memories[hash % MEMORIES];
}

static struct memory *
recall(const char *host, const char *fallback)
{
	struct memory *m = place_of(host);

	return host[0] != '\0' && str_eq(m->host, host) &&
		       str_eq(m->fallback, fallback)
		   ? m
		   : NULL;
}

static bool
keep(char *to, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		return false;
	memcpy(to, text, n + 1);
	return true;
}

/* Not what is too long for it. */
static void
remember(const char *host, const char *fallback, const struct tenant *t)
{
	struct memory *m = place_of(host);

	m->id = t->id;
	if (!keep(m->fallback, sizeof(m->fallback), fallback) ||
	    !keep(m->slug, sizeof(m->slug), t->slug) ||
	    !keep(m->name, sizeof(m->name), t->name) ||
	    !keep(m->currency, sizeof(m->currency), t->currency) ||
	    !keep(m->accent, sizeof(m->accent), t->accent) ||
	    !keep(m->logo_hash, sizeof(m->logo_hash), t->logo_hash) ||
	    !keep(m->host, sizeof(m->host), host))
		m->host[0] = '\0';
}

static enum err
ask(struct tx *tx, const char *host, const char *fallback, struct tenant *out)
{
	enum err e = tenant_find_host(tx, host, fallback, out);

	if (e != OK || !out->is_active) {
		place_of(host)->host[0] = '\0';
		return e == OK ? E_DENIED : e;
	}
	remember(host, fallback, out);
	return OK;
}

/* All of it is still so. */
static enum err
confirm_later(struct tx *tx, const struct memory *m)
{
	return db_expect(tx,
	    "SELECT 1 FROM tenants t WHERE t.id = $3 "
	    "AND t.id = COALESCE("
	    "(SELECT h.tenant_id FROM tenant_hosts h WHERE h.host = $1), "
	    "(SELECT d.id FROM tenants d WHERE d.slug = $2)) "
	    "AND t.status = 'active' AND t.slug = $4 AND t.name = $5 "
	    "AND t.currency = $6 AND t.accent = $7 AND t.logo_hash = $8",
	    DB_TEXT(m->host), DB_TEXT(m->fallback), DB_ID(&m->id),
	    DB_TEXT(m->slug), DB_TEXT(m->name), DB_TEXT(m->currency),
	    DB_TEXT(m->accent), DB_TEXT(m->logo_hash));
}

enum err
tenant_of_host(struct tx *tx, const char *host, const char *fallback, bool anew,
    struct tenant *out, bool *is_sure_out)
{
	const struct memory *m = anew ? NULL : recall(host, fallback);

	*is_sure_out = m == NULL;
	if (!m)
		return ask(tx, host, fallback, out);
	*out = (struct tenant){
	    .id = m->id,
	    .slug = m->slug,
	    .name = m->name,
	    .currency = m->currency,
	    .accent = m->accent,
	    .logo_hash = m->logo_hash,
	    .is_active = true,
	};
	return confirm_later(tx, m);
}
