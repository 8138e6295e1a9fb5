/* invariants.h - what is always true of people, sessions and tokens.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_INVARIANTS_H
#define MPANEL_IDENTITY_INVARIANTS_H

#include "store/invariant.h"

extern const struct invariant identity_invariants[];

#endif
