/* configure.h - a site that is there gets other names, or another plan.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Its row follows when the agent has changed the real thing, so one change at a
 * time: the next one starts from what the one before has made.
 */
#ifndef MPANEL_HOSTING_CONFIGURE_H
#define MPANEL_HOSTING_CONFIGURE_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "provisioning/task.h"
#include "store/store.h"

/* name takes the place of its domain, which goes on as another name of it.
 * E_CONFLICT with a problem: it is not up, or is being changed already. */
enum err website_rename(
    struct tx *tx, const struct id *website, const char *name) MUST_USE;

/* What the plan of a product (JSON) means for its site; code is what the agent
 * calls it.  E_CONFLICT as above; also a suspended one can be changed. */
struct website_plan {
	const char *code, *plan;
};
enum err website_change_plan(struct tx *tx, const struct id *website,
    const struct website_plan *plan) MUST_USE;

/* Is it being changed, so that the next one has to wait? */
enum err website_is_changing(
    struct tx *tx, const struct id *subscription, bool *out) MUST_USE;

/* The agent has done it: {"website", "configure"}. */
enum err website_configured(struct tx *tx, const struct task *t) MUST_USE;

#endif
