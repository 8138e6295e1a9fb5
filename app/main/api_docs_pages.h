/* api_docs_pages.h - the API for people to read: /api-docs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_API_DOCS_PAGES_H
#define MPANEL_MAIN_API_DOCS_PAGES_H

#include "web/web.h"

extern const struct route api_docs_routes[];

#endif
