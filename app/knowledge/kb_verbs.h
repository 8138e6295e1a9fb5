/* kb_verbs.h - what is done to articles.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_KNOWLEDGE_KB_VERBS_H
#define MPANEL_KNOWLEDGE_KB_VERBS_H

#include "resource/verb.h"

/* Ended by a row without a noun. */
extern const struct verb kb_verbs[];

#endif
