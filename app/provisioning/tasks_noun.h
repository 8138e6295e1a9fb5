/* tasks_noun.h - provisioning tasks as staff and agents read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_TASKS_NOUN_H
#define MPANEL_PROVISIONING_TASKS_NOUN_H

#include "resource/noun.h"

extern const struct noun tasks_noun;

#endif
