/* invariants.h - what is always true of tickets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_INVARIANTS_H
#define MPANEL_SUPPORT_INVARIANTS_H

#include "store/invariant.h"

/* Ended by a NULL name. */
extern const struct invariant support_invariants[];

#endif
