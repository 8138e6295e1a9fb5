/* usage_pages.h - what a site uses, as pages show it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_USAGE_PAGES_H
#define MPANEL_HOSTING_USAGE_PAGES_H

#include "hosting/usage.h"
#include "web/web.h"

/* `3.1 of 10 GB`, `212 MB of 10 GB`; without a limit `3.1 GB`. */
const char *usage_text(struct arena *a, int64_t used, int64_t limit);
/* `of 10 GB`; "" without a limit. */
const char *usage_limit_text(struct arena *a, int64_t limit);
/* How a page marks it: "", "warn" near a limit, "badc" at it. */
const char *usage_class(int64_t used, int64_t limit);
/* Disk and traffic of this month as items of part/use, as far as they are known
 * or limited. */
void usage_put_meters(
    struct request *rq, const struct usage_now *u, struct view *items);
/* The last 30 days as charts: `days` {charts} of root; none while nothing was
 * told. */
enum err usage_put_charts(
    struct request *rq, const struct id *website, struct view *root) MUST_USE;

#endif
