/* anchor.h - take the end of the audit log as it is for the right one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Behind a restore, or when somebody knows why entries are gone: what state_dir
 * says about the end of a tenant's chain is written anew.
 */
#ifndef MPANEL_MAIN_ANCHOR_H
#define MPANEL_MAIN_ANCHOR_H

#include "identity/audit_chain.h"
#include "main/app.h"

/* old_out: what was kept, seq 0 for nothing. */
enum err anchor_tenant(struct app *app, const struct tenant *t,
    struct audit_head *old_out, struct audit_head *new_out) MUST_USE;
/* Of all tenants, with a line for each that was set back. */
enum err anchor_all(struct app *app) MUST_USE;

#endif
