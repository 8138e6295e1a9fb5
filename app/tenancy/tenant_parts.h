/* tenant_parts.h - what the files of tenants share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_TENANCY_TENANT_PARTS_H
#define MPANEL_TENANCY_TENANT_PARTS_H

#include "base/problem.h"

/* Note a problem for each value that can't be; NULL is not judged. */
void tenant_check(struct problems *p, const char *name, const char *currency,
    const char *support_email);

#endif
