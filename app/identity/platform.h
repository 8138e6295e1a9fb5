/* platform.h - what the platform's people do to companies.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * tx belongs to the platform's own company, and does so again at the end; what
 * belongs to the other is written under its id meanwhile.  Everything is noted
 * in both audit logs, each of which is whole by itself.
 */
#ifndef MPANEL_IDENTITY_PLATFORM_H
#define MPANEL_IDENTITY_PLATFORM_H

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"
#include "tenancy/tenant.h"

/* The first person of a new company, an owner. */
struct platform_owner {
	const char *email;
	const char *first_name, *last_name; /* may be NULL */
};

/* Make a company and invite its owner; the link leads to its own host, so there
 * must be one.  What is refused has written nothing.  E_INPUT and E_CONFLICT
 * with problems, the owner's as ownerEmail and so on. */
enum err platform_add(struct tx *tx, const struct tenant_new *n,
    const struct platform_owner *owner, struct id *out) MUST_USE;

/* tenant_change(), with the state. */
struct platform_change {
	struct tenant_change tenant;
	bool changes_tenant;
	int active; /* 1, 0; -1: stays */
};
/* E_NOTFOUND beside what tenant.h says. */
enum err platform_change(struct tx *tx, const struct id *id,
    const struct platform_change *c) MUST_USE;

enum err platform_add_host(
    struct tx *tx, const struct id *id, const char *host) MUST_USE;
/* here: the host that the caller came by, which stays.  E_CONFLICT. */
enum err platform_drop_host(struct tx *tx, const struct id *id,
    const char *host, const char *here) MUST_USE;

/* A company's host names; E_NOTFOUND. */
enum err platform_hosts(struct tx *tx, const struct id *id,
    const char *const **list_out, size_t *n_out) MUST_USE;

#endif
