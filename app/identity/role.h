/* role.h - sets of permissions with a name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The built-in roles are a const table; a tenant may make more (table roles).
 * platform:* permissions exist only in a tenant of kind platform: whatever a
 * role or token says, they are taken out elsewhere.
 */
#ifndef MPANEL_IDENTITY_ROLE_H
#define MPANEL_IDENTITY_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "base/perm.h"
#include "base/problem.h"
#include "store/store.h"

struct role {
	const char *name;  /* "super_admin": in rows and JSON */
	const char *title; /* "Owner": on pages */
	const char *text;
	struct perm_set perms;
};

/* Ended by a NULL name. */
extern const struct role builtin_roles[];

/* The built-in role of that name; `owner` and `client` are other names of
 * super_admin and customer.  NULL: it is none. */
const struct role *role_builtin(const char *name);

/* What somebody with this role may do in tx->tenant, built-in or made.
 * E_NOTFOUND: no such role. */
enum err role_perms(struct tx *tx, const char *name, bool is_platform,
    struct perm_set *out) MUST_USE;

/* Until tx ends nobody changes or removes the made role of that name.  Whoever
 * gives it holds it before looking at what it gives.  OK also for a built-in
 * one, and where there is none. */
enum err role_hold(struct tx *tx, const char *name) MUST_USE;

/* Must somebody with this role have a second factor?  Made roles say so
 * themselves, built-in ones stand in `list` ("admin, editor" or ["admin"];
 * NULL: none): company_rules.h. */
enum err role_needs_factor(
    struct tx *tx, const char *name, const char *list, bool *out) MUST_USE;

/* Take platform:* out. */
void perms_drop_platform(struct perm_set *s);
/* Every permission of `part` is in `whole`. */
bool perms_within(const struct perm_set *part, const struct perm_set *whole);
/* "orders:read, tasks:work" (comma or space) to a set.  E_INPUT and a problem
 * in `field` for each that does not exist; an empty list is E_INPUT too. */
enum err perms_parse(struct problems *p, const char *field, const char *list,
    struct perm_set *out) MUST_USE;
/* A stored list; what a later version took away is left out. */
void perms_known(const char *list, struct perm_set *out);
/* "orders:read,tasks:work", in the order of the enum. */
char *perms_print(struct arena *a, const struct perm_set *s);

#endif
