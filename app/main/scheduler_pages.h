/* scheduler_pages.h - what the clockwork does, and whether it does.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_SCHEDULER_PAGES_H
#define MPANEL_MAIN_SCHEDULER_PAGES_H

#include "web/web.h"

#define SCHEDULER_PAGE "/jobs/scheduler"

enum err show_scheduler_page(struct request *rq) MUST_USE;

#endif
