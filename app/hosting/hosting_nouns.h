/* hosting_nouns.h - servers, websites and backups as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_HOSTING_NOUNS_H
#define MPANEL_HOSTING_HOSTING_NOUNS_H

#include "resource/search.h"

extern const struct noun servers_noun, websites_noun, backups_noun;
extern const struct choice server_roles[]; /* ended by a NULL word */
extern const struct noun_found websites_found;

#endif
