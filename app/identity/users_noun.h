/* users_noun.h - people as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_USERS_NOUN_H
#define MPANEL_IDENTITY_USERS_NOUN_H

#include "resource/noun.h"

extern const struct noun users_noun;

#endif
