/* ticket_sweep.h - files of tickets: those that nobody has, and copies.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_TICKET_SWEEP_H
#define MPANEL_SUPPORT_TICKET_SWEEP_H

#include "base/error.h"
#include "jobs/work.h"

/* Clockwork: takes away the tenant's files that are older than a day and that
 * no row names.  A row is committed within seconds of its file. */
enum err ticket_work_sweep(struct work *w) MUST_USE;

/* All tenants' files below from/attachments that are not below to/attachments
 * yet, each checked against the hash in its name.  What is there already is
 * never written: a file does not change.  shared: their group may read them,
 * as nginx does at home.  OK when there are none.  E_SYS: the
 * disk refused, or (logged) a file is not what its name says, which is left
 * out; the others are copied. */
enum err ticket_files_copy(
    const char *from, const char *to, bool shared, int64_t *n_out) MUST_USE;

#endif
