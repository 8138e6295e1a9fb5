/* swap.h - another tree in the place of a site's www, and the old one kept.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	sites/<id>/restore/tree/www/	what is being unpacked, then the new www
 *	sites/<id>/restore/plan.json	there: it is whole and may take its
 *place sites/<id>/replaced/<UTC time>/	what was www before, for seven days
 *	sites/<id>/restored.json	the last one that took its place
 *
 * restore/ and replaced/ are the executor's alone (0700) and beside www/, which
 * is all that web servers are told of.  Both trees change places in one call
 * (RENAME_EXCHANGE), so that visitors see the one or the other.  The plan names
 * the new tree's inode: after a crash it says for certain which of the two is
 * in www/, and the exchange is finished or taken back.
 */
#ifndef MPANEL_AGENT_SWAP_H
#define MPANEL_AGENT_SWAP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "agent/job.h"

#define REPLACED_KEEP_DAYS 7

/* What was put in place, or is to be. */
struct swap {
	const char *restore_id; /* of the wish; the same one is done once */
	const char *archive;	/* its name */
	int64_t files;
	int64_t at;	      /* when */
	const char *replaced; /* name below replaced/, "" when nothing was */
	int64_t inode;	      /* of the new tree */
};

/* One at a time for a site, also after its process was killed: *lock_out is to
 * be closed.  E_BUSY with the reason in job->why, E_NOTFOUND: no such site. */
enum err swap_lock(
    struct job *job, const char *site_id, int *lock_out) MUST_USE;
/* Finish or take back what a job that was killed has left, and make room. */
enum err swap_recover(struct job *job, const char *site_id) MUST_USE;
/* The last one of the site; E_NOTFOUND: there was none. */
enum err swap_last(
    struct job *job, const char *site_id, struct swap *out) MUST_USE;

/* The empty directory restore/tree, for the tree's owner and group. */
enum err swap_make_room(struct job *job, const char *site_id, uid_t uid,
    gid_t gid, int *tree_fd_out) MUST_USE;
/* restore/tree/www is whole: put it in place.  Fills in the rest of s. */
enum err swap_run(
    struct job *job, const char *site_id, struct swap *s) MUST_USE;

/* When a replaced tree is removed. */
int64_t swap_kept_until(const struct swap *s);
/* Housekeeping of one site: recover, and remove what has been kept so long. */
enum err swap_housekeep(struct job *job, const char *site_id) MUST_USE;

#endif
