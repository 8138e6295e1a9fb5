/* products_noun.h - what is sold and for how much, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_PRODUCTS_NOUN_H
#define MPANEL_CATALOG_PRODUCTS_NOUN_H

#include "resource/noun.h"

extern const struct noun products_noun, prices_noun;
extern const struct choice product_periods[]; /* ended by a NULL word */

#endif
