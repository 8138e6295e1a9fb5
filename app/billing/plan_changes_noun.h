/* plan_changes_noun.h - wishes for another plan, as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_PLAN_CHANGES_NOUN_H
#define MPANEL_BILLING_PLAN_CHANGES_NOUN_H

#include "resource/list.h"

extern const struct noun plan_changes_noun;

#endif
