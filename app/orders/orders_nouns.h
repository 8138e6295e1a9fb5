/* orders_nouns.h - orders and refused intakes as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDERS_NOUNS_H
#define MPANEL_ORDERS_ORDERS_NOUNS_H

#include "resource/search.h"

extern const struct noun orders_noun, refusals_noun;
/* What is in the audit log about a customer and about what is theirs, by
 * customerId. */
extern const struct noun activity_noun;
extern const struct noun_found orders_found;

#endif
