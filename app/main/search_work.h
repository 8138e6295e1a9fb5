/* search_work.h - what `mpanel work` does for the search, tenant by tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Marks and new rows become entries, so many a second that orders hardly
 * notice: under a flood of them the search lags behind, and makes up for it
 * later.  New rows are looked for behind the last that was looked at; what was
 * committed late is found by looks further back, all by the last, which goes
 * through all rows once a day, some thousands at a time.
 */
#ifndef MPANEL_MAIN_SEARCH_WORK_H
#define MPANEL_MAIN_SEARCH_WORK_H

#include "jobs/work.h"

enum err search_work(struct work *w) MUST_USE;
enum err search_work_late(struct work *w) MUST_USE; /* ten minutes */
enum err search_work_check(struct work *w) MUST_USE;
/* Of all tenants: what FTS5 has in pieces (resource/search.h). */
enum err search_work_join(struct work *w) MUST_USE;

#endif
