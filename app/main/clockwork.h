/* clockwork.h - what `mpanel work` does now and then, and for each queue row.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_CLOCKWORK_H
#define MPANEL_MAIN_CLOCKWORK_H

#include "jobs/work.h"

/* Ended by a NULL kind. */
extern const struct work_kind work_kinds[];
/* Ended by a NULL name. */
extern const struct clockwork clockworks[];
/* Between the transactions of a piece: the database's log stays short. */
void clockwork_between(struct work *w);

#endif
