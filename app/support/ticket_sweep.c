/* ticket_sweep.c - files of tickets that nobody has are taken away.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "support/ticket_file.h"

#define KEEP_S	  86400
#define BATCH	  100
#define FOLDERS	  256 /* 00 to ff */
#define NAME_SIZE (TOKEN_HASH_LEN + sizeof(struct id))

struct batch {
	char name[BATCH][NAME_SIZE];
	bool is_named[BATCH];
	size_t n;
};

/* By the clock of the disk: business time may be shifted. */
static bool
is_old(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_mtime < time(NULL) - KEEP_S;
}

static enum err
look(struct tx *tx, void *arg)
{
	struct batch *b = arg;
	enum err e = OK;

	for (size_t i = 0; e == OK && i < b->n; i++) {
		struct id id = id_of(b->name[i] + TOKEN_HASH_LEN);
		int64_t n = 0;

		e = db_int(tx, 0, &n,
		    "SELECT count(*) FROM ticket_attachments "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&id));
		b->is_named[i] = n > 0;
	}
	return e;
}

static enum err
sweep_batch(struct work *w, int dir_fd, struct batch *b, int64_t *gone)
{
	enum err e = work_do(w, TX_READ, look, b);

	for (size_t i = 0; e == OK && i < b->n; i++) {
		if (b->is_named[i])
			continue;
		if (unlinkat(dir_fd, b->name[i], 0) == 0)
			(*gone)++;
		else if (errno != ENOENT)
			e = E_SYS;
	}
	b->n = 0;
	return e;
}

/* Takes the descriptor. */
static enum err
sweep_folder(struct work *w, int dir_fd, struct batch *b, int64_t *gone)
{
	DIR *dir = fdopendir(dir_fd);
	const struct dirent *d;
	enum err e = OK;

	if (!dir) {
		close(dir_fd);
		return E_SYS;
	}
	while (e == OK && (d = readdir(dir)) != NULL) {
		if (!ticket_file_is_one(d->d_name) ||
		    !is_old(dir_fd, d->d_name))
			continue;
		memcpy(b->name[b->n++], d->d_name, NAME_SIZE);
		if (b->n == BATCH)
			e = sweep_batch(w, dir_fd, b, gone);
	}
	if (e == OK && b->n > 0)
		e = sweep_batch(w, dir_fd, b, gone);
	closedir(dir);
	return e;
}

static int
open_folder(int dir_fd, const char *name)
{
	return openat(
	    dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

enum err
ticket_work_sweep(struct work *w)
{
	const char *path = arena_printf(w->arena, "%s/" TICKET_FILES "/%s",
	    setting_text(w->settings, "state_dir"), w->tenant.s);
	struct batch *b = ARENA_NEW(w->arena, struct batch);
	int64_t gone = 0;
	enum err e = OK;
	int fd;

	if (!path || !b)
		return E_BUSY;
	fd = open_folder(AT_FDCWD, path);
	if (fd < 0)
		return errno == ENOENT ? OK : E_SYS;
	for (int i = 0; e == OK && i < FOLDERS && !work_is_stopping(); i++) {
		const unsigned char byte = (unsigned char)i;
		char name[3];
		int below;

		hex_encode(name, &byte, 1);
		below = open_folder(fd, name);
		if (below >= 0)
			e = sweep_folder(w, below, b, &gone);
		else if (errno != ENOENT)
			e = E_SYS;
	}
	close(fd);
	if (gone > 0)
		log_event(LOG_INFO, "attachments_swept", LOG_I("files", gone));
	return e;
}
