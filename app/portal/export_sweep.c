/* export_sweep.c - take away exports that are over, and what was left half
 * made. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "portal/export.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define STALE_S INT64_C(86400) /* what was left half made */

struct sweep {
	struct work *w;
	int folder;
	const char *name; /* of a file */
	bool is_kept;
};

/* Those that are over lose their file first: one that is said to be there is.
 */
static enum err
forget_over(struct tx *tx, void *arg)
{
	(void)arg;
	return db_exec(tx,
	    "UPDATE exports SET status = 'removed', updated_at = $2 "
	    "WHERE tenant_id = $1 AND status = 'ready' AND expires_at <= $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now));
}

static enum err
is_any_over(struct tx *tx, void *arg)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM exports WHERE tenant_id = $1 "
	    "AND status = 'ready' AND expires_at <= $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now));

	*(bool *)arg = e == OK && n > 0;
	return e;
}

static enum err
is_kept(struct tx *tx, void *arg)
{
	struct sweep *s = arg;
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM exports WHERE tenant_id = $1 "
	    "AND status = 'ready' AND file = $2",
	    DB_ID(&tx->tenant), DB_TEXT(s->name));

	s->is_kept = e != OK || n > 0;
	return e;
}

/* A file that no row speaks of, unless it may be in the making now. */
static enum err
sweep_file(struct sweep *s)
{
	struct stat st;
	enum err e;

	if (fstatat(s->folder, s->name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_mtime + STALE_S > clock_now())
		return OK;
	e = work_do(s->w, TX_READ, is_kept, s);
	if (e == OK && !s->is_kept && unlinkat(s->folder, s->name, 0) == 0)
		log_event(LOG_INFO, "export_removed", LOG_S("file", s->name));
	return e;
}

static enum err
sweep_folder(struct work *w, DIR *dir)
{
	struct sweep s = {.w = w, .folder = dirfd(dir)};
	const struct dirent *d;
	enum err e = OK;

	while (e == OK && !work_is_stopping() && (d = readdir(dir)) != NULL) {
		s.name = d->d_name;
		e = sweep_file(&s);
	}
	return e;
}

/* Opened and not made: most companies have none. */
static DIR *
find_folder(struct work *w)
{
	const char *dir = export_dir(w->arena, w->settings);
	const char *path =
	    dir ? arena_printf(w->arena, "%s/%s", dir, w->tenant.s) : NULL;

	return path ? opendir(path) : NULL;
}

enum err
export_sweep(struct work *w)
{
	bool any = false;
	DIR *dir;
	enum err e = work_do(w, TX_READ, is_any_over, &any);

	if (e == OK && any)
		e = work_do(w, TX_WRITE, forget_over, NULL);
	dir = e == OK ? find_folder(w) : NULL;
	if (!dir)
		return e;
	e = sweep_folder(w, dir);
	closedir(dir);
	return e;
}
