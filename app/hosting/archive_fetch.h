/* archive_fetch.h - a backup on its way from its node, to be downloaded.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Archives lie on their nodes, and agents only speak outwards: a task makes the
 * agent send one in pieces (archive_api.c).  Whoever wants the same backup
 * shares the file, which is kept for a while.
 */
#ifndef MPANEL_HOSTING_ARCHIVE_FETCH_H
#define MPANEL_HOSTING_ARCHIVE_FETCH_H

#include "base/settings.h"
#include "hosting/archive_file.h"
#include "hosting/backup_list.h"
#include "provisioning/task.h"

struct archive_fetch {
	struct id id, backup;
	const char *status; /* fetching, ready, failed or gone */
	int64_t bytes, taken_at;
	int64_t received;   /* percent, as far as the agent has told */
	int64_t expires_at; /* 0: not yet known */
	const char *sha256;
};

/* The website's latest backup is fetched: begun, or begun already.  E_NOTFOUND:
 * it has none; E_CONFLICT with a problem: it can't be used, is larger than
 * download_max_mb, or there is no room for it. */
enum err archive_fetch_want(struct tx *tx, const struct settings *s,
    const struct id *website, struct archive_fetch *out) MUST_USE;
/* The one asked for last; E_NOTFOUND: none was.  One whose time is over is
 * `gone`, though its file may still be there. */
enum err archive_fetch_last(struct tx *tx, const struct id *website,
    struct archive_fetch *out) MUST_USE;

/* The file that a task with this live lease is to send.  E_NOTFOUND: the task
 * is not this server's, or no such one; E_CONFLICT: the lease was lost, or
 * nobody wants it any more. */
enum err archive_fetch_of_task(struct tx *tx, const struct id *task,
    const struct id *server, const char *token,
    struct archive_file *out) MUST_USE;
/* It is whole, and is kept for download_keep_h. */
enum err archive_fetch_ready(
    struct tx *tx, const struct settings *s, const struct id *id) MUST_USE;

/* Remove the files whose time is over, and those that nobody will send any
 * more. */
enum err archive_fetch_forget(struct tx *tx, const struct settings *s) MUST_USE;

/* Of its tasks (hosting_kinds.h). */
enum err archive_sent(struct tx *tx, const struct task *t) MUST_USE;
enum err archive_not_sent(struct tx *tx, const struct task *t) MUST_USE;
enum err archive_send_retried(struct tx *tx, const struct task *t) MUST_USE;

#endif
