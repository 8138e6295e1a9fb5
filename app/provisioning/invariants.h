/* invariants.h - what is always true of the rows of provisioning/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_INVARIANTS_H
#define MPANEL_PROVISIONING_INVARIANTS_H

#include "store/invariant.h"

/* Ended by a NULL name. */
extern const struct invariant provisioning_invariants[];

#endif
