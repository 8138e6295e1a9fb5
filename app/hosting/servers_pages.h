/* servers_pages.h - hosting nodes and how they feel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_SERVERS_PAGES_H
#define MPANEL_HOSTING_SERVERS_PAGES_H

#include "base/id.h"
#include "resource/noun.h"
#include "web/web.h"

extern const struct route server_page_routes[];
extern const struct route server_metrics_routes[];
extern const struct noun servers_page_noun;

/* `range` and `charts` of a server's page, from its reports. */
enum err put_server_charts(
    struct request *rq, struct view *root, const struct id *server) MUST_USE;

/* `range` of a page at this path, whose charts show it. */
struct range;
void put_ranges(struct request *rq, struct view *root, const struct range *now,
    const char *path);
/* One chart of processor and memory, into an empty object. */
struct history;
void put_share_lines(
    struct request *rq, const struct history *h, struct view *chart);

#endif
