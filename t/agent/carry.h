/* carry.h - a request carried out as the executor would, in this process.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_AGENT_CARRY_H
#define MPANEL_T_AGENT_CARRY_H

#include <stdbool.h>
#include "agent/frame.h"
#include "agent/node.h"

enum carried {
	CARRIED_OUT,
	CARRIED_REFUSED, /* the executor does not take it */
	CARRIED_FAILED,	 /* the job says why it could not */
	CARRIED_MUTE,	 /* it does not */
	CARRIED__MAX
};

enum carried carry_out(const struct node *node, const struct frame *f);

#endif
