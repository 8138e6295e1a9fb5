/* page.h - the two pages that the agent itself puts in front of visitors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_PAGE_H
#define MPANEL_AGENT_PAGE_H

#include <stdbool.h>
#include "base/buf.h"

/* What a new site shows until its owner puts something there; as PHP it also
 * tells that PHP answers. */
void page_placeholder(struct buf *b, const char *domain, bool php);
/* What a suspended site shows. */
void page_suspended(struct buf *b);

#endif
