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
	const char *language;	 /* "en"; "": the company's */
	const char *time_zone;	 /* "Europe/Berlin" */
	const char *date_format; /* "iso", "day" (31.12.), "month" (12/31) */
};

struct user_new {
	const char *email;
	const char *name;		    /* NULL: made of the two below */
	const char *first_name, *last_name; /* may be NULL */
	const char *role;		    /* built-in, made, or an alias */
	/* From password_hash(), which takes too long for a transaction. */
	const char *password_hash; /* NULL: none yet */
};
#define USER_NAME_MAX 128 /* characters of each name */

/* Note a problem for a name that can't be; NULL is none. */
void user_check_name(struct problems *p, const char *field, const char *name);
/* Note a problem for each text that can't be, by API name. */
void user_check(struct problems *p, const struct user_new *n);
/* E_INPUT with problems; E_CONFLICT: the address is taken; E_DENIED: the role
 * gives more than the acting person has. */
enum err user_add(
    struct tx *tx, const struct user_new *n, struct user *out) MUST_USE;

/* E_NOTFOUND; disabled users are found, deleted ones are not. */
enum err user_get(
    struct tx *tx, const struct id *id, struct user *out) MUST_USE;
enum err user_find(struct tx *tx, const char *email, struct user *out) MUST_USE;
/* All but the deleted, by address. */
enum err user_list(
    struct tx *tx, const struct user **list_out, size_t *n_out) MUST_USE;

/* Both end every session and personal key at their next request. */
enum err user_set_password(
    struct tx *tx, const struct id *id, const char *password_hash) MUST_USE;
enum err user_set_active(
    struct tx *tx, const struct id *id, bool is_active) MUST_USE;
/* As well, because a session may do what its role may.  E_INPUT with a problem:
 * no such role; E_DENIED: it, or the one before, gives more than the acting
 * person has; E_CONFLICT: the company would be without an owner. */
enum err user_set_role(
    struct tx *tx, const struct id *id, const char *role) MUST_USE;
/* Refuse what user_set_role() would refuse, and change nothing: the person as
 * they are, and the role by its own name (an alias has another). */
enum err user_check_role(struct tx *tx, const struct id *id, const char *role,
    struct user *out, const char **role_out) MUST_USE;
/* Nothing else is changed by it. */
enum err user_end_sessions(struct tx *tx, const struct id *id) MUST_USE;

/* The person, whom the acting one may change: E_DENIED for one who may do
 * more; E_NOTFOUND. */
enum err user_check_above(
    struct tx *tx, const struct id *id, struct user *out) MUST_USE;

/* May the acting person give this role to somebody?  E_INPUT with a problem:
 * there is no such role; E_DENIED. */
enum err user_check_gives(struct tx *tx, const char *role) MUST_USE;

#endif
