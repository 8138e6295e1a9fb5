/* task_verbs.h - what staff do to a task.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_TASK_VERBS_H
#define MPANEL_PROVISIONING_TASK_VERBS_H

#include "resource/verb.h"

extern const struct verb task_verbs[];

#endif
