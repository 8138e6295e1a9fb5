/* restore.h - a website's files as one of its backups has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_RESTORE_H
#define MPANEL_HOSTING_RESTORE_H

#include "mail/mail_fill.h"
#include "provisioning/task.h"

/* Queue it.  The website may be suspended: that is how one that was broken into
 * is cleaned before it is put back.  One at a time: the same backup again is
 * the same task; E_CONFLICT with a problem for another, from other states and
 * for a backup that can't be used.  E_NOTFOUND: it is not the website's. */
enum err website_restore(struct tx *tx, const struct id *website,
    const struct id *backup, struct id *task_out) MUST_USE;

/* How the last one went. */
struct restore_state {
	const char *status; /* of its task */
	int64_t taken_at;   /* the backup was */
	int64_t since;	    /* it has been asked for */
	int64_t ended_at;   /* 0: not yet */
	int64_t kept_until; /* what was replaced is; 0: it is not known */
};
/* E_NOTFOUND: there was none. */
enum err restore_last(struct tx *tx, const struct id *website,
    struct restore_state *out) MUST_USE;

/* Of its tasks (hosting_kinds.h). */
enum err website_restored(struct tx *tx, const struct task *t) MUST_USE;
enum err website_restore_failed(struct tx *tx, const struct task *t) MUST_USE;
enum err website_restore_retried(struct tx *tx, const struct task *t) MUST_USE;

/* MAIL_SITE_RESTORED, MAIL_SITE_NOT_RESTORED */
enum err restore_mail_fill(struct tx *tx, const struct id *task,
    const char *lang, struct view *v) MUST_USE;

#endif
