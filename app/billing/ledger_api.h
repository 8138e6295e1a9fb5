/* ledger_api.h - the ledger for programs and as a page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_LEDGER_API_H
#define MPANEL_BILLING_LEDGER_API_H

#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route ledger_api_routes[];
extern const struct route ledger_page_routes[];

#endif
