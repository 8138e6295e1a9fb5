/* removal.h - removing websites, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_REMOVAL_H
#define MPANEL_HOSTING_REMOVAL_H

#include "resource/verb.h"

/* For the verb's look(): which sites are gone or going, and, where the person
 * would remove more than the company's rule within an hour, by whatever way and
 * key, the approval that is needed first.  Removals of one company wait for
 * each other from here to their COMMIT, so that all are counted. */
enum err removal_look(struct verb_many *m) MUST_USE;

#endif
