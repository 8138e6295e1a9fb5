/* brand.h - how a tenant looks and signs: name, logo, colour, addresses.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Nothing here is secret; pages show it before anybody is signed in.
 */
#ifndef MPANEL_TENANCY_BRAND_H
#define MPANEL_TENANCY_BRAND_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/settings.h"
#include "store/store.h"
#include "tenancy/tenant.h"

/* Texts live in tx->arena; "" where there is none. */
struct brand {
	const char *name;
	const char *accent;	   /* "#2540c4"; "": the panel's own */
	const char *logo_hash;	   /* "": no logo */
	const char *support_email; /* for questions of customers */
	const char *sender_name, *sender_email; /* of mails */
	const char *public_url;	 /* "https://panel.example.com" */
	const char *language;	 /* of mails, where nobody says another */
	const char *alert_email; /* gets the alerts to staff */
	bool alerts_daily;	 /* and not each at once */
	int64_t alerted_at;
	int64_t version;
	const char *host; /* the first of its host names; "" */
};

/* E_NOTFOUND: tx has no tenant. */
enum err brand_get(struct tx *tx, struct brand *out) MUST_USE;

/* What a link begins with, without a final slash: public_url, or the tenant's
 * first host by the scheme and port of base_url, or base_url; NULL when
 * nobody said.  Never from a request. */
const char *brand_url(
    struct arena *a, const struct brand *b, const struct settings *s);

#endif
