/* styleguide_page.h - every part of the pages in every state.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_STYLEGUIDE_PAGE_H
#define MPANEL_FACE_STYLEGUIDE_PAGE_H

#include "web/web.h"

extern const struct route styleguide_routes[];

#endif
