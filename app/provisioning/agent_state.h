/* agent_state.h - is the agent of a server there?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_AGENT_STATE_H
#define MPANEL_PROVISIONING_AGENT_STATE_H

#include <stdint.h>
#include "base/text.h"

/* An agent that has not reported for this long is shown as not reporting. */
#define AGENT_SILENT_S 120

/* The word of a badge for a server of this status whose agent was seen last at
 * last_seen (0: never). */
static inline const char *
agent_state(const char *status, int64_t last_seen, int64_t now)
{
	if (str_eq(status, "retired"))
		return status;
	if (last_seen == 0)
		return "new";
	if (now - last_seen > AGENT_SILENT_S)
		return "silent";
	return str_eq(status, "draining") ? status : "online";
}

#endif
