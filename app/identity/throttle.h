/* throttle.h - who failed often waits, whatever worker asks and whenever.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Failures are counted by hashed key in the database: of an account (known or
 * not, which makes no difference), of an address (IPv6: its /64), and of all
 * together.  Some are free; each further one doubles the wait until the next
 * try, up to a longest wait, so that nobody is locked out for ever.  A try
 * that came too early is not counted.  Where all together fail very often, only
 * one failure is free.  A key without failure for a window is forgotten.
 *
 * Rows are written only by failures, each of which has cost its sender an
 * argon2 or a password; past a number of failures within a window no new keys
 * are taken in (limits in shared memory stand before this one).
 */
#ifndef MPANEL_IDENTITY_THROTTLE_H
#define MPANEL_IDENTITY_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/secret.h"
#include "base/settings.h"
#include "store/store.h"

/* Of keys that come within one window. */
#define THROTTLE_KEYS_MAX 50000

struct throttle_rules {
	int account_free, address_free;
	int max_s, window_s;
	int hot; /* failures of all from which on one is free */
};
/* throttle_*, rate_login_window_s.  The second are those of second factors. */
struct throttle_rules throttle_rules(const struct settings *s);
struct throttle_rules throttle_factor_rules(const struct settings *s);

struct throttle {
	struct throttle_rules rules;
	char account[TOKEN_HASH_LEN];
	char address[TOKEN_HASH_LEN]; /* "": not counted */
	/* found out by throttle_check() */
	bool has_failed, is_full;
	int64_t wait_s; /* until the next try is heard; 0: now */
};
/* name is "login:<e-mail address as typed, lower case>", or whatever else
 * names one account within the tenant; address_key "" or that of
 * web/rate.h. */
void throttle_init(struct throttle *t, const struct throttle_rules *rules,
    const struct id *tenant, const char *name, const char *address_key);

/* E_LIMIT: the try comes too early, t->wait_s says by how much. */
enum err throttle_check(struct tx *tx, struct throttle *t) MUST_USE;
/* One more failure. */
enum err throttle_fail(struct tx *tx, const struct throttle *t) MUST_USE;
/* The account has shown who it is; its address keeps its failures. */
enum err throttle_clear(struct tx *tx, const struct throttle *t) MUST_USE;

/* Forget what is past (clockwork, once for all tenants). */
enum err throttle_sweep(struct tx *tx, const struct settings *s) MUST_USE;

#endif
