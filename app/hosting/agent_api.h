/* agent_api.h - enroll, register, heartbeat, metrics, archives: agents of their
 * node.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_AGENT_API_H
#define MPANEL_HOSTING_AGENT_API_H

#include "web/web.h"

/* Each ended by a row without a path. */
extern const struct route agent_routes[];
extern const struct route archive_routes[];
extern const struct route enroll_routes[];

#endif
