/* login_pages.h - the door for browsers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_LOGIN_PAGES_H
#define MPANEL_IDENTITY_LOGIN_PAGES_H

#include "web/web.h"

extern const struct route login_page_routes[];

#endif
