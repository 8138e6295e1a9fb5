/* attach_api.h - a customer's own domain for a site, from a form or a program.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_ATTACH_API_H
#define MPANEL_PORTAL_ATTACH_API_H

#include "domains/attach.h"
#include "portal/portal_api.h"

struct attaching {
	struct request *rq;
	struct id service; /* of the path */
	const char *typed;
	struct attach attach;
	bool by_program; /* its key is claimed, its answer kept */
};

/* For a handler with ROUTE_OWN_TX: looks, asks name servers, and does it.
 * E_INPUT, E_CONFLICT and E_REMOTE with problems; E_LIMIT with Retry-After: too
 * many tries. */
enum err portal_attach(struct attaching *a) MUST_USE;

/* The page's own, and what it says of programs' calls. */
extern const struct route portal_attach_api_routes[];
extern const struct route portal_attach_page_routes[];

#endif
