/* hosting_verbs.h - what is done to websites, and to subscriptions with them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_HOSTING_VERBS_H
#define MPANEL_HOSTING_HOSTING_VERBS_H

#include "resource/verb.h"

extern const struct verb hosting_verbs[];

#endif
