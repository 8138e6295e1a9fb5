/* restore.h - `mpanel-agent restore ARCHIVE DIR`.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_RESTORE_H
#define MPANEL_AGENT_RESTORE_H

#include <stdint.h>
#include "agent/archive.h"

/* Unpack into a directory beside dir and rename it to dir when every file has
 * proved itself; dir must not exist or be empty.  A failure leaves nothing
 * behind. */
enum err restore_archive(const char *archive, const char *dir,
    const struct archive_limits *limits, struct archive_facts *out,
    struct buf *why) MUST_USE;

#endif
