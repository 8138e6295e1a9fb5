/* websites_pages.h - every website and whose it is.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_WEBSITES_PAGES_H
#define MPANEL_HOSTING_WEBSITES_PAGES_H

#include "resource/noun.h"
#include "web/web.h"

extern const struct route website_page_routes[];
extern const struct noun websites_page_noun;

/* The state of a website's badge: what is pending is being set up. */
const char *website_state(const char *status);
/* Where a browser finds the site: under its own name, at the node's port where
 * that is not the usual one. */
const char *website_url(
    struct arena *a, const char *domain, const char *node_url, bool tls);

#endif
