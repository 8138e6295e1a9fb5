/* tax_noun.h - tax rules, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_TAX_NOUN_H
#define MPANEL_BILLING_TAX_NOUN_H

#include "resource/noun.h"

extern const struct noun tax_rules_noun;

#endif
