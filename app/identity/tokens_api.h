/* tokens_api.h - tokens of programs: routes, and pages beside them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_TOKENS_API_H
#define MPANEL_IDENTITY_TOKENS_API_H

#include "resource/noun.h"
#include "web/web.h"

extern const struct route tokens_api_routes[];
extern const struct route tokens_page_routes[];
extern const struct noun tokens_noun;
extern const struct noun tokens_page_noun;

#endif
