/* role_made.h - the roles that a company makes for itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A made role is a name and a list of permissions; people have it by its name.
 * Whoever makes, changes or removes one must have all that it gives, before
 * and after: nobody gives or takes more than they have.  What changes the
 * rights of a role ends every session of everybody who has it.  All of it needs
 * tx->tenant and is noted in the audit log.
 */
#ifndef MPANEL_IDENTITY_ROLE_MADE_H
#define MPANEL_IDENTITY_ROLE_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "base/perm.h"
#include "store/store.h"

#define ROLES_MADE_MAX	    100
#define ROLE_NAME_MAX_BYTES 31 /* what struct actor has room for */
#define ROLE_TEXT_MAX_CHARS 200

/* Texts live in tx->arena. */
struct role_made {
	struct id id;			 /* unset: built in */
	bool is_system;			 /* built in */
	const char *name, *title, *text; /* title: as on pages */
	struct perm_set perms;
	bool needs_factor; /* of everybody who has it */
	int64_t version;
	int64_t n_people; /* who have it */
};

/* The built-in ones and then those made, by name.  factor_list is the setting
 * factor_required_roles. */
enum err roles_list(struct tx *tx, const char *factor_list,
    const struct role_made **list_out, size_t *n_out) MUST_USE;
/* E_NOTFOUND. */
enum err role_made_get(
    struct tx *tx, const struct id *id, struct role_made *out) MUST_USE;
/* The acting person has all that the role gives, so may change it. */
bool role_made_is_within(const struct tx *tx, const struct perm_set *perms);

/* What a role is to be.  In a change NULL, no perms and -1 leave it as it is,
 * and a version of 0 takes whatever is there. */
struct role_wish {
	const char *name, *text;
	const struct perm_set *perms;
	int needs_factor; /* 0, 1, -1 */
	int64_t version;
};
/* E_INPUT with problems; E_CONFLICT: the name is taken; E_DENIED: it gives more
 * than the acting person has. */
enum err role_made_add(
    struct tx *tx, const struct role_wish *wish, struct id *out) MUST_USE;
/* As well E_NOTFOUND; E_CONFLICT: also another version.  A new name goes to
 * everybody who has the role. */
enum err role_made_change(
    struct tx *tx, const struct id *id, const struct role_wish *wish) MUST_USE;
/* Refuse what role_made_change() would refuse, and change nothing: the role as
 * it is, which nobody changes until tx ends, and as it would be. */
enum err role_made_check(struct tx *tx, const struct id *id,
    const struct role_wish *wish, struct role_made *was_out,
    struct role_made *now_out) MUST_USE;
/* What `now` gives and `was` did not. */
struct perm_set role_made_gains(
    const struct role_made *was, const struct role_made *now);
/* Whoever has the role may do more, or comes in without a second factor. */
bool role_made_widens(const struct role_made *was, const struct role_made *now);
/* E_NOTFOUND; E_DENIED; E_CONFLICT: somebody has it. */
enum err role_made_remove(struct tx *tx, const struct id *id) MUST_USE;

#endif
