/* enroll.h - `mpanel-agent enroll URL TOKEN`: become a node of a panel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_ENROLL_H
#define MPANEL_AGENT_ENROLL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/settings.h"

/* Exchange a one-time token for the node's own and write it with the panel's
 * address into the configuration file (0600, other lines kept).  E_DENIED: the
 * panel does not know the token; E_REMOTE: no answer. */
enum err enroll(const struct settings *s, const char *config_file,
    const char *url, const char *token, struct buf *why) MUST_USE;

#endif
