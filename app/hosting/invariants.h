/* invariants.h - what is always true of the rows of hosting/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_INVARIANTS_H
#define MPANEL_HOSTING_INVARIANTS_H

#include "store/invariant.h"

/* Ended by a NULL name. */
extern const struct invariant hosting_invariants[];

#endif
