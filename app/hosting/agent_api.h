/* agent_api.h - register, heartbeat, metrics: what agents say of their node.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_AGENT_API_H
#define MPANEL_HOSTING_AGENT_API_H

#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route agent_routes[];

#endif
