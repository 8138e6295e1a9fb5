/* subscription_verbs.h - what staff do to a subscription alone.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_SUBSCRIPTION_VERBS_H
#define MPANEL_BILLING_SUBSCRIPTION_VERBS_H

#include "resource/verb.h"

/* Ended by a row without a noun. */
extern const struct verb subscription_verbs[];

#endif
