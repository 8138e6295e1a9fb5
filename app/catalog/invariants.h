/* invariants.h - what is always true of the catalogue.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_INVARIANTS_H
#define MPANEL_CATALOG_INVARIANTS_H

#include "store/invariant.h"

extern const struct invariant catalog_invariants[];

#endif
