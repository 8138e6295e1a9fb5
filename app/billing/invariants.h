/* invariants.h - what is always true of the rows of billing/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_INVARIANTS_H
#define MPANEL_BILLING_INVARIANTS_H

#include "store/invariant.h"

/* Ended by a NULL name. */
extern const struct invariant billing_invariants[];

#endif
