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
#include "tenancy/logo.h"

/* Texts live in tx->arena; "" where there is none. */
struct brand {
	const char *slug, *name;
	const char *accent;	   /* "#2540c4"; "": the panel's own */
	const char *logo_hash;	   /* "": no logo */
	const char *support_email; /* for questions of customers */
	const char *help_email;	   /* mails to it become tickets */
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

/* What a link begins with, without a final slash: public_url; base_url for the
 * default tenant and for one without hosts; else the tenant's first host by the
 * scheme and port of base_url; NULL when nobody said.  Never from a request. */
const char *brand_url(
    struct arena *a, const struct brand *b, const struct settings *s);

/* Mails to help_email, and answers to mails about tickets, find their way in:
 * it is there, and the setting mail_in_domains has its domain. */
bool brand_takes_mail(const struct brand *b, const struct settings *s);

/* What to change; NULL and 0 leave it. */
struct brand_change {
	const char *name, *accent, *support_email, *sender_name, *sender_email;
	const char *public_url, *language, *alert_email, *help_email;
	const char *alerts;	 /* "each" or "daily" */
	const struct logo *logo; /* a new one */
	bool drops_logo;
	int64_t version; /* that the caller has seen */
};
/* Note a problem, by API name, for each value that can't be. */
void brand_check(struct tx *tx, const struct brand_change *c);
/* E_INPUT with problems by API name; E_CONFLICT (stale_version): somebody else
 * has changed it since.  FACT_BRAND_CHANGED. */
enum err brand_change(struct tx *tx, const struct brand_change *c) MUST_USE;

/* The logo's bytes, in tx->arena; E_NOTFOUND: none. */
enum err brand_logo(
    struct tx *tx, const char **data_out, size_t *len_out) MUST_USE;

/* A stylesheet that puts the accent in the place of the panel's own colour, in
 * light and dark, with every text readable; NULL: the accent is none. */
const char *brand_css(struct arena *a, const char *accent);

#endif
