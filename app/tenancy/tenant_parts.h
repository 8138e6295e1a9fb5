/* tenant_parts.h - what the files of tenants share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_TENANCY_TENANT_PARTS_H
#define MPANEL_TENANCY_TENANT_PARTS_H

#include "base/error.h"
#include "base/problem.h"
#include "store/store.h"

/* Note a problem for each value that can't be; NULL is not judged. */
void tenant_check(struct problems *p, const char *name, const char *currency,
    const char *support_email);
/* E_CONFLICT with a problem: tx->tenant has books in another currency. */
enum err tenant_check_currency(struct tx *tx, const char *currency) MUST_USE;

#endif
