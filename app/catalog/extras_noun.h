/* extras_noun.h - what a product is sold with, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_EXTRAS_NOUN_H
#define MPANEL_CATALOG_EXTRAS_NOUN_H

#include "catalog/products_noun.h"

extern const struct noun tlds_noun, options_noun, choices_noun, addons_noun;

#endif
