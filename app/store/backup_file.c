/* backup_file.c - the file of a backup: made, sealed, proven, renamed last.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/schema_version.h"

#define SEAL_HEAD                                                              \
	"mpanel-backup 1 %-8s schema %04d bytes %020" PRId64 " blake2b "
#define SEAL_HEAD_LEN  72
#define SEAL_BYTES     (SEAL_HEAD_LEN + TOKEN_HASH_LEN) /* and a newline */
#define ENGINE_MAX_LEN 8

struct seal {
	char engine[ENGINE_MAX_LEN + 1];
	int version;
	char text[SEAL_BYTES + 1];
};

enum err
backup_fault(const char *what, const char *file, const char *message)
{
	log_event(LOG_ERROR, "backup", LOG_S("what", what), LOG_S("file", file),
	    LOG_S("message", message));
	return E_DB;
}

/* ---- the seal ---- */

/* Hash n bytes from the beginning of fd. */
static enum err
hash_payload(int fd, int64_t n, struct content_hasher *h)
{
	char part[65536];
	int64_t at = 0;

	while (at < n) {
		size_t want = n - at < (int64_t)sizeof(part) ? (size_t)(n - at)
							     : sizeof(part);
		ssize_t got = fd_pread(fd, part, want, at);

		if (got <= 0)
			return E_DB;
		content_hash_add(h, part, (size_t)got);
		at += got;
	}
	return OK;
}

/* The seal that n bytes of fd deserve. */
static enum err
make_seal(int fd, int64_t n, struct seal *s)
{
	struct content_hasher h;
	char hash[TOKEN_HASH_LEN];
	enum err e;

	snprintf(s->text, sizeof(s->text), SEAL_HEAD, s->engine, s->version, n);
	assert(strlen(s->text) == SEAL_HEAD_LEN);
	content_hash_begin(&h);
	e = hash_payload(fd, n, &h);
	content_hash_add(&h, s->text, SEAL_HEAD_LEN);
	content_hash_end(&h, hash);
	snprintf(s->text + SEAL_HEAD_LEN, sizeof(s->text) - SEAL_HEAD_LEN,
	    "%s\n", hash);
	return e;
}

/* What the end of fd says of itself; believed only when it is proven. */
static bool
read_seal(int fd, int64_t n, char text[static SEAL_BYTES + 1], struct seal *s)
{
	text[SEAL_BYTES] = '\0';
	return n >= 0 && fd_pread(fd, text, SEAL_BYTES, n) == SEAL_BYTES &&
	       sscanf(text, "mpanel-backup 1 %8s schema %4d", s->engine,
		   &s->version) == 2 &&
	       s->version >= 0;
}

static enum err
check(struct backup_file *f, enum db_engine engine)
{
	int fd = fileno(f->stream);
	char text[SEAL_BYTES + 1], why[96];
	struct seal s = {.version = 0};
	struct stat st;

	if (fstat(fd, &st) != 0)
		return backup_fault("check", f->name, strerror(errno));
	f->n_payload = (int64_t)st.st_size - SEAL_BYTES;
	if (!read_seal(fd, f->n_payload, text, &s) ||
	    make_seal(fd, f->n_payload, &s) != OK ||
	    memcmp(text, s.text, SEAL_BYTES) != 0)
		return backup_fault("check", f->name,
		    "damaged, cut short, or not a backup of this program");
	snprintf(why, sizeof(why),
	    "it holds schema version %d of %s, this is %d of %s", s.version,
	    s.engine, DB_SCHEMA_VERSION, db_engine_name(engine));
	if (!str_eq(s.engine, db_engine_name(engine)) ||
	    s.version != DB_SCHEMA_VERSION)
		return backup_fault("check", f->name, why);
	return OK;
}

enum err
backup_file_seal(struct backup_file *f, enum db_engine engine)
{
	struct seal s = {.version = DB_SCHEMA_VERSION};
	int fd = fileno(f->stream);
	off_t n = fflush(f->stream) == 0 ? lseek(fd, 0, SEEK_END) : -1;

	snprintf(s.engine, sizeof(s.engine), "%s", db_engine_name(engine));
	if (n < 0 || make_seal(fd, n, &s) != OK ||
	    !fd_pwrite(fd, s.text, SEAL_BYTES, n) || fsync(fd) != 0)
		return backup_fault("seal", f->name, strerror(errno));
	rewind(f->stream);
	return check(f, engine);
}

/* ---- the file ---- */

/* A file that nobody has locked was left by a backup that was killed. */
static enum err
remove_left(const char *part)
{
	int fd = open(part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum err e = OK;

	if (fd < 0)
		return errno == ENOENT
			   ? OK
			   : backup_fault("create", part, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		backup_fault("create", part, "another backup is being made");
		e = E_BUSY;
	} else if (unlink(part) != 0) {
		e = backup_fault("create", part, strerror(errno));
	}
	close(fd);
	return e;
}

enum err
backup_file_create(struct backup_file *f, const char *name)
{
	const char *part;
	enum err e;
	int fd;

	*f = (struct backup_file){.name = name};
	buf_init(&f->part, 0);
	buf_printf(&f->part, "%s.part", name);
	if (buf_failed(&f->part))
		return E_SYS;
	part = buf_str(&f->part);
	e = remove_left(part);
	if (e != OK)
		return e;
	fd = open(
	    part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return backup_fault("create", part, strerror(errno));
	f->is_made = flock(fd, LOCK_EX | LOCK_NB) == 0;
	f->stream = f->is_made ? fdopen(fd, "r+") : NULL;
	if (f->stream == NULL) {
		close(fd);
		return E_BUSY;
	}
	return OK;
}

static enum err
sync_dir(const char *name)
{
	char path[PATH_MAX];
	int fd;
	bool is_good;

	snprintf(path, sizeof(path), "%s", name);
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	is_good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return is_good ? OK : E_DB;
}

enum err
backup_file_keep(struct backup_file *f, int64_t *bytes_out)
{
	const char *part = buf_str(&f->part);
	int code =
	    renameat2(AT_FDCWD, part, AT_FDCWD, f->name, RENAME_NOREPLACE);

	/* Not every file system can tell. */
	if (code != 0 && errno == EINVAL && access(f->name, F_OK) != 0)
		code = rename(part, f->name);
	if (code == 0)
		f->is_made = false;
	if (code != 0 || sync_dir(f->name) != OK)
		return backup_fault("keep", f->name, strerror(errno));
	*bytes_out = f->n_payload + SEAL_BYTES;
	return OK;
}

enum err
backup_file_open(struct backup_file *f, const char *name, enum db_engine engine)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*f = (struct backup_file){.name = name};
	buf_init(&f->part, 0);
	f->stream = fd < 0 ? NULL : fdopen(fd, "r");
	if (f->stream == NULL) {
		backup_fault("open", name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return E_DB;
	}
	return check(f, engine);
}

void
backup_file_close(struct backup_file *f)
{
	if (f->is_made)
		unlink(buf_str(&f->part));
	if (f->stream != NULL)
		fclose(f->stream);
	buf_fini(&f->part);
	*f = (struct backup_file){.name = NULL};
}
