/* orders_nouns.h - orders and refused intakes as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDERS_NOUNS_H
#define MPANEL_ORDERS_ORDERS_NOUNS_H

#include "resource/noun.h"

extern const struct noun orders_noun, refusals_noun;

#endif
