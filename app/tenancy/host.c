/* host.c - whose host it is, as this process remembers it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every request begins with that question and nearly always gets the same
 * answer; on PostgreSQL it is a round trip.  So the answer is taken from memory
 * and confirmed by a question that travels with the next one: whether the
 * tenants' mark is still the one of then.
 */
#include "config.h"
#include "tenancy/tenant.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

enum { MEMORIES = 64, TEXT_MAX = 300, MARK_MAX = 40 };

/* What was asked, and what the answer was; host is "" where there is none. */
static struct memory {
	char host[TEXT_MAX], fallback[TEXT_MAX];
	char slug[TEXT_MAX], name[TEXT_MAX], currency[8];
	char accent[8], logo_hash[TOKEN_HASH_LEN], language[8];
	char mark[MARK_MAX]; /* as it was when it was asked */
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
remember(const char *host, const char *fallback, const struct tenant *t,
    const char *mark)
{
	struct memory *m = place_of(host);

	m->id = t->id;
	if (!keep(m->fallback, sizeof(m->fallback), fallback) ||
	    !keep(m->slug, sizeof(m->slug), t->slug) ||
	    !keep(m->name, sizeof(m->name), t->name) ||
	    !keep(m->currency, sizeof(m->currency), t->currency) ||
	    !keep(m->accent, sizeof(m->accent), t->accent) ||
	    !keep(m->logo_hash, sizeof(m->logo_hash), t->logo_hash) ||
	    !keep(m->language, sizeof(m->language), t->language) ||
	    !keep(m->mark, sizeof(m->mark), mark) ||
	    !keep(m->host, sizeof(m->host), host))
		m->host[0] = '\0';
}

/* The mark first: where what follows is newer, it is asked once more. */
static enum err
ask(struct tx *tx, const char *host, const char *fallback, struct tenant *out)
{
	const char *mark;
	enum err e = db_text(tx, &mark, "SELECT mark FROM tenants_mark");

	if (e == OK)
		e = tenant_find_host(tx, host, fallback, out);
	if (e != OK || !out->is_active) {
		place_of(host)->host[0] = '\0';
		return e == OK ? E_DENIED : e;
	}
	if (mark)
		remember(host, fallback, out, mark);
	return OK;
}

static enum err
confirm_later(struct tx *tx, const struct memory *m)
{
	return db_expect(
	    tx, "SELECT 1 FROM tenants_mark WHERE mark = $1", DB_TEXT(m->mark));
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
	    .language = m->language,
	    .is_active = true,
	};
	return confirm_later(tx, m);
}
