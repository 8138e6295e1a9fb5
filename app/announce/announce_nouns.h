/* announce_nouns.h - announcements, incidents and maintenance, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ANNOUNCE_ANNOUNCE_NOUNS_H
#define MPANEL_ANNOUNCE_ANNOUNCE_NOUNS_H

#include "resource/noun.h"
#include "resource/verb.h"

#define ANNOUNCE_PAGE "/network-status"

extern const struct noun announcements_noun;
/* Published ones, for readers. */
extern const struct noun public_announcements_noun;
/* Publish, add an update, resolve. */
extern const struct verb announce_verbs[];

/* Where the fields are, for the page. */
enum { ANNOUNCE_ID, ANNOUNCE_TITLE, ANNOUNCE_STATUS, ANNOUNCE_HTML };

#endif
