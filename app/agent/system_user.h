/* system_user.h - the system users of an installed node's sites.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_SYSTEM_USER_H
#define MPANEL_AGENT_SYSTEM_USER_H

#include <sys/types.h>
#include "base/buf.h"
#include "base/error.h"
#include "agent/node.h"

/* Make the user (system_user_valid()) unless it exists.  On a private node
 * this does nothing and gives the agent's own user. */
enum err system_user_make(const struct node *node, const char *name,
    uid_t *uid_out, gid_t *gid_out, struct buf *why) MUST_USE;
/* Absent is OK. */
enum err system_user_remove(
    const struct node *node, const char *name, struct buf *why) MUST_USE;

#endif
