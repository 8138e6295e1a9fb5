/* audit_work.h - what `mpanel work` does for the audit log, tenant by tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_WORK_H
#define MPANEL_IDENTITY_AUDIT_WORK_H

#include "jobs/work.h"

/* Seals for rows of the last ten seconds, of the last minute, of the last day,
 * of ever: nearly all are found by the first, which reads nothing else; the
 * others are for what was committed late, and for what was made while nobody
 * sealed. */
enum err audit_work_seal(struct work *w) MUST_USE;
enum err audit_work_seal_minute(struct work *w) MUST_USE;
enum err audit_work_seal_late(struct work *w) MUST_USE;
enum err audit_work_seal_all(struct work *w) MUST_USE;

/* Check the chain, if that was not done for a day; a fault is noted, logged
 * and told to staff. */
enum err audit_work_verify(struct work *w) MUST_USE;

/* Remove what is older than audit_keep_days. */
enum err audit_work_forget(struct work *w) MUST_USE;

#endif
