/* domains_noun.h - domains as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_DOMAINS_DOMAINS_NOUN_H
#define MPANEL_DOMAINS_DOMAINS_NOUN_H

#include "resource/noun.h"

extern const struct noun domains_noun;

#endif
