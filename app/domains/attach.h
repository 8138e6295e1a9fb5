/* attach.h - a customer's own name for a site that has a preview name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Three steps, because name servers are asked in between, outside of any
 * transaction: look, ask, put.  Who can make a name point at our server may use
 * it here; so what others have, and what lies below it, is refused before.
 */
#ifndef MPANEL_DOMAINS_ATTACH_H
#define MPANEL_DOMAINS_ATTACH_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "outside/dns.h"
#include "store/store.h"

struct attach_site {
	struct id subscription, website, customer;
	const char *domain; /* its name now */
	bool is_preview;    /* one that we made */
	bool is_up, is_changing;
	/* of its server; "" where it is not known */
	const char *ip, *ip6, *fqdn;
};
/* The live site of a subscription; E_NOTFOUND: it has none. */
enum err attach_site_get(struct tx *tx, const struct id *subscription,
    struct attach_site *out) MUST_USE;

struct attach {
	struct attach_site site;
	const char *name; /* lower case */
	bool is_done;	  /* it is this site's name already, or soon */
};
/* May this name be given to it?  E_INPUT with a problem of `domain`: no name,
 * or not free; E_CONFLICT: the site has a name of its own, or is not up. */
enum err attach_look(struct tx *tx, const struct id *subscription,
    const char *typed, struct attach *out) MUST_USE;

/* Do all of these lead to the site's server, by its addresses in our rows and
 * by those of its host name?  Otherwise a problem of `domain` says what is
 * wrong and which record to make. */
bool attach_points_here(const struct attach *a,
    const struct dns_addresses *name, const struct dns_addresses *host,
    struct problems *problems);

/* The name is the customer's, and a task makes the site answer to it.  Looks
 * again: E_INPUT when somebody else was quicker. */
enum err attach_put(struct tx *tx, const struct attach *a) MUST_USE;

#endif
