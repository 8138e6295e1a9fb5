/* coupons_noun.h - coupons and who used them, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_COUPONS_NOUN_H
#define MPANEL_CATALOG_COUPONS_NOUN_H

#include "resource/noun.h"

extern const struct noun coupons_noun, coupon_uses_noun;

#endif
