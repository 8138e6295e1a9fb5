/* throttle.c - who failed often waits, whatever worker asks and whenever.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/throttle.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define ALL "all" /* the key of everybody together; no hash */

static struct throttle_rules
rules_of(const struct settings *s, const char *max_s)
{
	return (struct throttle_rules){
	    .account_free = (int)setting_int(s, "throttle_free"),
	    .address_free = (int)setting_int(s, "throttle_address_free"),
	    .max_s = (int)setting_int(s, max_s),
	    .window_s = (int)setting_int(s, "rate_login_window_s"),
	    .hot = (int)setting_int(s, "throttle_hot"),
	};
}

struct throttle_rules
throttle_rules(const struct settings *s)
{
	return rules_of(s, "throttle_max_s");
}

struct throttle_rules
throttle_factor_rules(const struct settings *s)
{
	return rules_of(s, "throttle_factor_max_s");
}

static void
key_of(const char *kind, const char *scope, const char *name,
    char out[static TOKEN_HASH_LEN])
{
	const char *const parts[] = {kind, scope, name};
	struct content_hasher h;

	content_hash_begin(&h);
	for (size_t i = 0; i < N_ELEMS(parts); i++)
		content_hash_add(&h, parts[i], strlen(parts[i]) + 1);
	content_hash_end(&h, out);
}

void
throttle_init(struct throttle *t, const struct throttle_rules *rules,
    const struct id *tenant, const char *name, const char *address_key)
{
	*t = (struct throttle){.rules = *rules};
	key_of("account", tenant->s, name, t->account);
	if (address_key[0] != '\0')
		key_of("address", "", address_key, t->address);
}

/* ---- how long ---- */

struct count {
	int64_t failures, last_at;
};

static int64_t
wait_of(const struct count *c, int n_free, const struct throttle_rules *rules,
    int64_t now)
{
	int64_t delay_s = 1;

	if (c->failures < n_free)
		return 0;
	for (int64_t i = n_free; i < c->failures && delay_s < rules->max_s; i++)
		delay_s *= 2;
	if (delay_s > rules->max_s)
		delay_s = rules->max_s;
	/* A clock that was set back must not make it longer. */
	if (c->last_at > now)
		return delay_s;
	return c->last_at + delay_s > now ? c->last_at + delay_s - now : 0;
}

struct counts {
	struct count account, address;
	int64_t all;
};

static enum err
read_counts(struct tx *tx, const struct throttle *t, struct counts *out)
{
	struct counts c = {0};
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT key_hash, failures, last_at, since_at FROM throttles "
	    "WHERE key_hash IN ($1, $2, $3)",
	    DB_TEXT(t->account), DB_TEXT(t->address), DB_TEXT(ALL));
	int64_t past = tx->now - t->rules.window_s;

	while (e == OK && rows_next(&r)) {
		const char *key = row_text(&r, 0);
		struct count one = {row_int(&r, 1), row_int(&r, 2)};

		if (str_eq(key, ALL))
			c.all = row_int(&r, 3) > past ? one.failures : 0;
		else if (one.last_at <= past)
			continue;
		else if (str_eq(key, t->account))
			c.account = one;
		else
			c.address = one;
	}
	e = rows_done(&r);
	if (e == OK)
		*out = c;
	return e;
}

enum err
throttle_check(struct tx *tx, struct throttle *t)
{
	const struct throttle_rules *rules = &t->rules;
	int64_t account_s, address_s;
	struct counts c;
	bool is_hot;
	enum err e = read_counts(tx, t, &c);

	if (e != OK)
		return e;
	is_hot = c.all >= rules->hot;
	t->has_failed = c.account.failures > 0;
	t->is_full = c.all >= THROTTLE_KEYS_MAX;
	account_s = wait_of(
	    &c.account, is_hot ? 1 : rules->account_free, rules, tx->now);
	address_s = wait_of(
	    &c.address, is_hot ? 1 : rules->address_free, rules, tx->now);
	t->wait_s = account_s > address_s ? account_s : address_s;
	return t->wait_s > 0 ? E_LIMIT : OK;
}

/* ---- counting ---- */

/* $3: what was counted from before this (or, for all together, begun before)
 * is forgotten. */
#define COUNT_ON                                                               \
	"ON CONFLICT (key_hash) DO UPDATE SET "                                \
	"failures = CASE WHEN throttles.last_at <= $3 THEN 1 "                 \
	"ELSE throttles.failures + 1 END, "                                    \
	"since_at = CASE WHEN throttles.last_at <= $3 THEN $2 "                \
	"ELSE throttles.since_at END, "                                        \
	"last_at = $2, updated_at = $2"

static enum err
count_one(struct tx *tx, const struct throttle *t, const char *key)
{
	int64_t past = tx->now - t->rules.window_s;

	if (key[0] == '\0')
		return OK;
	if (t->is_full)
		return db_exec(tx,
		    "UPDATE throttles "
		    "SET failures = failures + 1, last_at = $2, "
		    "updated_at = $2 "
		    "WHERE key_hash = $1",
		    DB_TEXT(key), DB_INT(tx->now));
	return db_exec(tx,
	    "INSERT INTO throttles (key_hash, failures, since_at, last_at, "
	    "created_at, updated_at) "
	    "VALUES ($1, 1, $2, $2, $2, $2) " COUNT_ON,
	    DB_TEXT(key), DB_INT(tx->now), DB_INT(past));
}

/* Everybody's count begins anew when its window is over. */
static enum err
count_all(struct tx *tx, const struct throttle *t)
{
	return db_exec(tx,
	    "INSERT INTO throttles (key_hash, failures, since_at, last_at, "
	    "created_at, updated_at) "
	    "VALUES ($1, 1, $2, $2, $2, $2) "
	    "ON CONFLICT (key_hash) DO UPDATE SET "
	    "failures = CASE WHEN throttles.since_at <= $3 THEN 1 "
	    "ELSE throttles.failures + 1 END, "
	    "since_at = CASE WHEN throttles.since_at <= $3 THEN $2 "
	    "ELSE throttles.since_at END, "
	    "last_at = $2, updated_at = $2",
	    DB_TEXT(ALL), DB_INT(tx->now), DB_INT(tx->now - t->rules.window_s));
}

/* Always in this order, or two of them could wait for each other. */
enum err
throttle_fail(struct tx *tx, const struct throttle *t)
{
	enum err e = count_one(tx, t, t->account);

	if (e == OK)
		e = count_one(tx, t, t->address);
	return e == OK ? count_all(tx, t) : e;
}

enum err
throttle_clear(struct tx *tx, const struct throttle *t)
{
	if (!t->has_failed)
		return OK;
	return db_exec(tx, "DELETE FROM throttles WHERE key_hash = $1",
	    DB_TEXT(t->account));
}

enum err
throttle_sweep(struct tx *tx, const struct settings *s)
{
	return db_exec(tx, "DELETE FROM throttles WHERE last_at < $1",
	    DB_INT(tx->now - setting_int(s, "rate_login_window_s")));
}
