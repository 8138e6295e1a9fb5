/* select.h - the parts of a SELECT over a noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_RESOURCE_SELECT_H
#define MPANEL_RESOURCE_SELECT_H

#include "resource/noun.h"
#include "store/sql.h"

/* SELECT id, currency, sort, fields ... FROM ... */
void select_fields(struct sql *s, const struct noun *n, const char *sort);
/* WHERE tenant = ... [AND alive]: on every query, without exception. */
void select_tenant(struct sql *s, const struct noun *n, const struct tx *tx);

#endif
