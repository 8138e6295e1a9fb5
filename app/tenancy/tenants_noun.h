/* tenants_noun.h - companies as the platform's people read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_TENANCY_TENANTS_NOUN_H
#define MPANEL_TENANCY_TENANTS_NOUN_H

#include "resource/noun.h"

/* Rows of all tenants, for a platform; for anybody else there are none. */
extern const struct noun tenants_noun;

#endif
