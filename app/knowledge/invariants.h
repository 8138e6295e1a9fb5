/* invariants.h - what is always true of the knowledge base.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_KNOWLEDGE_INVARIANTS_H
#define MPANEL_KNOWLEDGE_INVARIANTS_H

#include "store/invariant.h"

/* Ended by a row without a name. */
extern const struct invariant knowledge_invariants[];

#endif
