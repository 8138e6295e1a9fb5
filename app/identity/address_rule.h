/* address_rule.h - from where the people of a company may come.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rules of the company hold for all of its people and programs, those of a
 * person for that person and what the person's tokens do.  A range that is
 * denied is; where anything is allowed, everything else is not.  Both sets must
 * let somebody pass.  They are looked at when somebody signs in and at every
 * request.
 */
#ifndef MPANEL_IDENTITY_ADDRESS_RULE_H
#define MPANEL_IDENTITY_ADDRESS_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* May this person (unset: a program of the company) come from the address?
 * E_DENIED: no; also from what is no address. */
enum err address_rules_check(
    struct tx *tx, const struct id *user, const char *client) MUST_USE;

struct address_rule {
	struct id id, user; /* user unset: of the company */
	bool is_deny;
	const char *range, *note;
	const char *email; /* of the user; NULL */
	int64_t created_at;
};

struct address_rule_new {
	struct id user;
	bool is_deny;
	const char *range; /* one address or range (CIDR) */
	const char *note;
};
/* client: where the acting person sits.  E_INPUT with problems; E_CONFLICT: it
 * would shut the acting person out; E_NOTFOUND: no such user. */
enum err address_rule_add(struct tx *tx, const struct address_rule_new *n,
    const char *client, struct id *out) MUST_USE;
/* E_NOTFOUND; E_CONFLICT as above: taking an allowed range away may do it. */
enum err address_rule_remove(
    struct tx *tx, const struct id *id, const char *client) MUST_USE;
/* All of tx->tenant, the company's first; at most 500. */
enum err address_rules_list(struct tx *tx, const struct address_rule **list_out,
    size_t *n_out) MUST_USE;

#endif
