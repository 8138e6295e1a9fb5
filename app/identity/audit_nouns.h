/* audit_nouns.h - what is done to rows of described nouns, in the audit log.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_NOUNS_H
#define MPANEL_IDENTITY_AUDIT_NOUNS_H

#include "resource/write.h"

noun_auditor audit_noun_row;
noun_witness audit_noun_changed;

#endif
