/* factor_pages.h - the page of one's own second factors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_FACTOR_PAGES_H
#define MPANEL_IDENTITY_FACTOR_PAGES_H

#include "web/web.h"

extern const struct route factor_page_routes[];

#endif
