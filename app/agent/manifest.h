/* manifest.h - lines as sha256sum(1) writes them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_MANIFEST_H
#define MPANEL_AGENT_MANIFEST_H

#include <sodium.h>
#include "base/buf.h"

#define MANIFEST_MAX (256 * 1024 * 1024)

/* Append the line of one file. */
void manifest_add(struct buf *manifest,
    const unsigned char hash[static crypto_hash_sha256_BYTES],
    const char *path);

#endif
