/* service_pages.h - one service of a customer, as its pages show it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_SERVICE_PAGES_H
#define MPANEL_PORTAL_SERVICE_PAGES_H

#include "portal/portal_pages.h"

struct service {
	struct id id, website, product_id; /* website unset: it has none */
	const char *product, *domain;	   /* domain NULL: it has none */
	const char *state;		   /* service_state() */
	/* YYYY-MM-DD; renews and ends_on NULL: it does not */
	const char *renews, *ends_on, *period_end;
	const char *currency, *per; /* "/mo" */
	const char *php, *node_url, *about;
	int64_t price, cert, created_at;
	bool has_site, tls, is_preview;
};

/* E_NOTFOUND; whose it is, portal_own() has looked at. */
enum err service_get(
    struct tx *tx, const struct id *id, struct service *out) MUST_USE;
/* Its domain, or what it is. */
const char *service_name(const struct service *s);
/* `$9.00 /mo`. */
const char *service_price(struct request *rq, const struct service *s);
/* Of what ends before a day, both YYYY-MM-DD; NULL: it goes on. */
const char *service_last_day(struct request *rq, const char *ends_on);
/* It has not ended; and it has been set up, too. */
bool service_lives(const struct service *s);
bool service_is_up(const struct service *s);

#endif
