/* invariants.h - what is always true of the rows of orders/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_INVARIANTS_H
#define MPANEL_ORDERS_INVARIANTS_H

#include "store/invariant.h"

/* Ended by a NULL name. */
extern const struct invariant orders_invariants[];

#endif
