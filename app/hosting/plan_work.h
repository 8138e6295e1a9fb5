/* plan_work.h - another plan: of the subscription and of its website together.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_PLAN_WORK_H
#define MPANEL_HOSTING_PLAN_WORK_H

#include "base/error.h"
#include "base/id.h"
#include "jobs/work.h"
#include "resource/verb.h"
#include "store/store.h"

/* Staff accept a wish, and carry it out at once where that is due.  E_CONFLICT
 * with a problem, also while its website is being changed otherwise. */
enum err hosting_accept_plan(struct tx *tx, const struct id *change) MUST_USE;
/* If it is due; otherwise nothing is changed. */
enum err hosting_carry_out_plan(
    struct tx *tx, const struct id *change) MUST_USE;

/* Clockwork: all that are due, each in a transaction of its own.  One whose
 * website is not up waits; one that fails is logged and keeps no other. */
enum err plan_work(struct work *w) MUST_USE;

/* accept, decline; a subscription's change-plan.  Ended by a row without a
 * noun.
 */
extern const struct verb plan_verbs[];

#endif
