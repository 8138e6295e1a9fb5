/* users_pages.h - staff and their rights, as pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_USERS_PAGES_H
#define MPANEL_IDENTITY_USERS_PAGES_H

#include "resource/noun.h"
#include "web/web.h"

extern const struct route users_page_routes[];
extern const struct noun users_page_noun;

#endif
