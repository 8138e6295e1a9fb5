/* user.h - people: staff and customers of one tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A person is unique by (tenant, e-mail address, ASCII case ignored); the same
 * person in two tenants is two users.  All of it needs tx->tenant.
 */
#ifndef MPANEL_IDENTITY_USER_H
#define MPANEL_IDENTITY_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "base/problem.h"
#include "store/store.h"

/* Texts live in tx->arena. */
struct user {
	struct id id;
	const char *email, *name, *first_name, *last_name;
	const char *role;
	const char *password_hash; /* NULL: can't sign in by password */
	bool is_active;
	bool has_factor; /* sessions of this person must have passed it */
	int64_t epoch;	 /* raised by all that must end sessions at once */
	int64_t email_verified_at, last_login_at, created_at;
};

/* At least 12 characters, at most 256 bytes of text, not the address itself
 * (NIST SP 800-63B: length, no rules of composition).  False with a problem in
 * `field`. */
bool password_acceptable(struct problems *p, const char *field,
    const char *password, const char *email);

struct user_new {
	const char *email;
	const char *name;		    /* NULL: made of the two below */
	const char *first_name, *last_name; /* may be NULL */
	const char *role;		    /* built-in, made, or an alias */
	/* From password_hash(), which takes too long for a transaction. */
	const char *password_hash; /* NULL: none yet */
};
/* E_INPUT with problems; E_CONFLICT: the address is taken; E_DENIED: the role
 * gives more than the acting person has. */
enum err user_add(
    struct tx *tx, const struct user_new *n, struct id *out) MUST_USE;

/* E_NOTFOUND; disabled users are found, deleted ones are not. */
enum err user_get(
    struct tx *tx, const struct id *id, struct user *out) MUST_USE;
enum err user_find(struct tx *tx, const char *email, struct user *out) MUST_USE;
/* All but the deleted, by address. */
enum err user_list(
    struct tx *tx, const struct user **list_out, size_t *n_out) MUST_USE;

/* Both end every session and user token at their next request. */
enum err user_set_password(
    struct tx *tx, const struct id *id, const char *password_hash) MUST_USE;
enum err user_set_active(
    struct tx *tx, const struct id *id, bool is_active) MUST_USE;

#endif
