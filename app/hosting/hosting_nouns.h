/* hosting_nouns.h - servers, websites and backups as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_HOSTING_NOUNS_H
#define MPANEL_HOSTING_HOSTING_NOUNS_H

#include "resource/noun.h"

extern const struct noun servers_noun, websites_noun;

#endif
