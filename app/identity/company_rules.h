/* company_rules.h - who must be asked and who must show a second factor.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The installation's file says it for all companies, and a company for itself:
 * what both ask for holds, so that a company may only be stricter.  To loosen a
 * rule of the company's own needs a second person where the rules say so;
 * otherwise one person could first take the rule away and then act alone.
 */
#ifndef MPANEL_IDENTITY_COMPANY_RULES_H
#define MPANEL_IDENTITY_COMPANY_RULES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/settings.h"
#include "store/store.h"
#include "tenancy/tenant_settings.h"

struct company_rules {
	int64_t refund_over; /* major units; 0: there is no limit */
	/* Websites that one person removes within an hour; 0: no limit. */
	int64_t removals_over;
	bool asks_roles;	  /* giving roles needs a second person */
	const char *factor_roles; /* as role_needs_factor() takes them */
};
enum err company_rules_get(struct tx *tx, const struct settings *machine,
    struct company_rules *out) MUST_USE;

/* Change the company's settings.  *granted_out is false where a second person
 * must approve it first: nothing is changed, and the wish waits as
 * *waiting_out.  Errors of tenant_settings_change(); E_INPUT as well for a role
 * that is none. */
enum err company_settings_change(struct tenant_settings *s,
    const struct settings *machine, bool *granted_out,
    struct id *waiting_out) MUST_USE;

#endif
