/* soon.h - what is on the map and not built yet: honest pages, 501 APIs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whoever builds one of them takes its row out: a route that is there twice
 * does not start.
 */
#ifndef MPANEL_MAIN_SOON_H
#define MPANEL_MAIN_SOON_H

#include <stdbool.h>
#include "web/web.h"

extern const struct route soon_page_routes[];
extern const struct route soon_api_routes[];

/* This path is one of soon_page_routes. */
bool soon_has_page(const char *path);

/* What the pages say, for those who translate. */
void soon_texts(void (*fn)(void *arg, const char *text), void *arg);

#endif
