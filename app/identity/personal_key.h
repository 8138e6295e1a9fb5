/* personal_key.h - API keys of people end with their sessions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A personal key is of its person's epoch (api_token.h): one that was raised
 * ends it, whoever raised it.  Whoever does says so here, too, in the same
 * transaction and after it, so that lists show what ended a key and when.
 */
#ifndef MPANEL_IDENTITY_PERSONAL_KEY_H
#define MPANEL_IDENTITY_PERSONAL_KEY_H

#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum key_end {
	KEY_END_PASSWORD, /* another one */
	KEY_END_FACTOR,	  /* added, removed, other backup codes */
	KEY_END_ROLE,	  /* another one */
	KEY_END_RIGHTS,	  /* the role's */
	KEY_END_SIGN_OUT, /* everywhere, by staff */
	KEY_END_DISABLED, /* the person */
	KEY_END__MAX
};

/* All of the person; audited when there were any. */
enum err personal_keys_end(
    struct tx *tx, const struct id *user, enum key_end why) MUST_USE;
/* Of everybody with this made role, whose rights are others now. */
enum err personal_keys_end_role(struct tx *tx, const char *role) MUST_USE;

/* Keys that a person made and that are good now. */
struct key_count {
	int64_t personal, company;
};
enum err keys_count(
    struct tx *tx, const struct id *user, struct key_count *out) MUST_USE;
/* The personal ones of everybody with this made role. */
enum err keys_count_role(
    struct tx *tx, const char *role, int64_t *out) MUST_USE;

/* "Password changed", of a stored reason; NULL: it is none. */
const char *key_end_text(const char *word);

#endif
