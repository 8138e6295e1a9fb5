/* mail_work.h - the kind `mail` of `mpanel work`.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A mail cannot be sent exactly once; it is sent at most once unless it is
 * certain that it was not.  Its row becomes `sending` in a transaction of its
 * own after the server has asked for the text and before the first byte of it
 * leaves.  Whoever finds a row in that state, after a crash or a lost lease,
 * makes it `maybe_sent` and leaves it to staff.
 */
#ifndef MPANEL_MAIL_MAIL_WORK_H
#define MPANEL_MAIL_MAIL_WORK_H

#include "jobs/work.h"

/* Attempts are limited by the age of the mail (setting mail_max_age_h). */
#define MAIL_ATTEMPTS 1000
/* More than an attempt can take (setting smtp_timeout_s, at most 240). */
#define MAIL_LEASE_S 300

enum err mail_work(struct work *w) MUST_USE;
/* There is a server to send by (setting smtp_url). */
bool mail_is_possible(const struct settings *s);

#endif
