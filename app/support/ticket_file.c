/* ticket_file.c - the bytes of attachments: files of the state directory.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#define NAME_MAX_CHARS 100
#define ENDING_MAX     16 /* characters of a name's ending, with its dot */

/* ---- names and types ---- */

/* Characters that no name has: controls, and those by which "gpj.exe" is shown
 * as "exe.jpg" (Unicode TR 36, bidirectional text spoofing). */
static bool
is_kept(uint32_t cp)
{
	return cp >= 0x20 && !(cp >= 0x7f && cp <= 0x9f) && cp != 0x061c &&
	       cp != 0x200e && cp != 0x200f &&
	       !(cp >= 0x2028 && cp <= 0x202e) &&
	       !(cp >= 0x2060 && cp <= 0x206f) && cp != 0xfeff &&
	       !strchr("/\\:*?\"<>|", cp < 0x80 ? (int)cp : 'a');
}

/* Only what is kept; a byte that is no UTF-8 becomes an underscore. */
static size_t
clean(const char *from, size_t n, char *to)
{
	size_t len = 0;

	for (size_t at = 0; at < n;) {
		uint32_t cp = 0;
		size_t step = utf8_step(from + at, n - at, &cp);

		if (step == 0) {
			to[len++] = '_';
			at++;
			continue;
		}
		if (is_kept(cp)) {
			memcpy(to + len, from + at, step);
			len += step;
		}
		at += step;
	}
	return len;
}

/* Bytes of at most `chars` characters. */
static size_t
bytes_of(const char *s, size_t n, size_t chars)
{
	size_t at = 0;

	for (size_t i = 0; i < chars && at < n; i++)
		at += utf8_step(s + at, n - at, NULL);
	return at;
}

const char *
ticket_file_name(struct arena *a, const char *name)
{
	size_t len = strlen(name), head;
	const char *cut, *dot;
	char *fit;

	for (const char *c = name + len; c > name; c--)
		if (c[-1] == '/' || c[-1] == '\\') {
			name = c;
			break;
		}
	len = strlen(name);
	fit = arena_alloc(a, len + 1);
	if (!fit)
		return NULL;
	len = clean(name, len, fit);
	while (len > 0 && strchr(". ", fit[len - 1]))
		len--;
	fit[len] = '\0';
	fit += strspn(fit, ". ");
	len = strlen(fit);
	if (len == 0)
		return "file";
	if (utf8_len(fit) <= NAME_MAX_CHARS)
		return fit;
	dot = strrchr(fit, '.');
	cut = dot && utf8_len(dot) <= ENDING_MAX ? dot : "";
	head = bytes_of(fit, len, NAME_MAX_CHARS - utf8_len(cut));
	return arena_printf(a, "%.*s%s", (int)head, fit, cut);
}

const char *
ticket_file_type(const char *name)
{
	static const struct {
		const char *ending, *type;
	} known[] = {
	    {".txt", "text/plain"},
	    {".log", "text/plain"},
	    {".csv", "text/csv"},
	    {".pdf", "application/pdf"},
	    {".png", "image/png"},
	    {".jpg", "image/jpeg"},
	    {".jpeg", "image/jpeg"},
	    {".gif", "image/gif"},
	    {".webp", "image/webp"},
	    {".zip", "application/zip"},
	    {".gz", "application/gzip"},
	    {".json", "application/json"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < N_ELEMS(known); i++)
		if (str_eq_nocase(dot, known[i].ending))
			return known[i].type;
	return "application/octet-stream";
}

const char *
ticket_file_disposition(struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, "attachment; filename=\"");
	for (const char *c = name; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		/* some decode percent signs in it; and of other letters one
		 * for each character */
		if (byte < 0x80)
			buf_putc(&b, *c == '%' ? '_' : *c);
		else if (byte >= 0xc0)
			buf_putc(&b, '_');
	}
	buf_puts(&b, "\"; filename*=UTF-8''");
	buf_uri(&b, name, strlen(name));
	return buf_move(a, &b);
}

/* ---- keeping ---- */

const char *
ticket_file_path(struct arena *a, const struct id *tenant, const char *hash,
    const struct id *id)
{
	return arena_printf(a, "%s/%.2s/%s.%s", tenant->s, hash, hash, id->s);
}

const char *
ticket_file_on_disk(struct arena *a, const struct settings *settings,
    const struct id *tenant, const char *hash, const struct id *id)
{
	const char *path = ticket_file_path(a, tenant, hash, id);

	return path ? arena_printf(a, "%s/" TICKET_FILES "/%s",
			  setting_text(settings, "state_dir"), path)
		    : NULL;
}

void
ticket_file_missing(const char *on_disk)
{
	int why = errno;

	log_event(LOG_ERROR, "attachment_missing", LOG_S("file", on_disk),
	    LOG_S("why", strerror(why)));
	errno = why;
}

bool
ticket_file_is_one(const char *file)
{
	unsigned char bytes[(TOKEN_HASH_LEN - 1) / 2];
	char hash[TOKEN_HASH_LEN];

	if (strlen(file) != TOKEN_HASH_LEN + sizeof(struct id) - 1 ||
	    file[TOKEN_HASH_LEN - 1] != '.')
		return false;
	memcpy(hash, file, TOKEN_HASH_LEN - 1);
	hash[TOKEN_HASH_LEN - 1] = '\0';
	return hex_decode(hash, bytes, sizeof(bytes)) &&
	       id_valid(file + TOKEN_HASH_LEN);
}

static enum err
fault(const char *path, const char *what)
{
	log_event(LOG_ERROR, "attachment_file", LOG_S("file", path),
	    LOG_S("what", what), LOG_S("why", strerror(errno)));
	return E_SYS;
}

/* On the disk is what the directory says, too. */
static enum err
settle(int dir_fd, const char *path)
{
	return fsync(dir_fd) == 0 ? OK : fault(path, "fsync");
}

/* The directory `name` in `dir_fd`, made if need be; -1, logged. */
static int
open_below(int dir_fd, const char *name)
{
	bool is_new = mkdirat(dir_fd, name, 0750) == 0;
	int fd;

	if (!is_new && errno != EEXIST) {
		(void)fault(name, "mkdir");
		return -1;
	}
	/* nginx, which is of the group, reads them whatever the umask is */
	if (is_new && fchmodat(dir_fd, name, 0750, 0) != 0) {
		(void)fault(name, "chmod");
		return -1;
	}

	if (is_new && settle(dir_fd, name) != OK)
		return -1;
	fd = openat(
	    dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		(void)fault(name, "open");
	return fd;
}

/* state_dir/attachments/<tenant>/<two digits>; -1, logged. */
static int
open_folder(const char *state_dir, const struct id *tenant, const char *hash)
{
	const char digits[3] = {hash[0], hash[1], '\0'};
	const char *const names[] = {TICKET_FILES, tenant->s, digits};
	int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		(void)fault(state_dir, "open");
	for (size_t i = 0; fd >= 0 && i < N_ELEMS(names); i++) {
		int below = open_below(fd, names[i]);

		close(fd);
		fd = below;
	}
	return fd;
}

static enum err
write_file(int dir_fd, const char *name, const struct ticket_upload *up)
{
	int fd = openat(dir_fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	enum err e = OK;

	if (fd < 0)
		return fault(name, "open");
	if (fchmod(fd, 0640) != 0)
		e = fault(name, "chmod");
	else if (!fd_write(fd, up->data, up->len))
		e = fault(name, "write");
	else if (fsync(fd) != 0)
		e = fault(name, "fsync");
	if (close(fd) != 0 && e == OK)
		e = fault(name, "close");
	if (e == OK)
		e = settle(dir_fd, name);
	if (e != OK)
		(void)unlinkat(dir_fd, name, 0);
	return e;
}

static enum err
keep(struct arena *a, const char *state_dir, const struct id *tenant,
    const struct ticket_upload *up, struct ticket_file *out)
{
	char hash[TOKEN_HASH_LEN], file[TOKEN_HASH_LEN + sizeof(struct id)];
	const struct id id = id_new(clock_now_ms());
	const char *name = ticket_file_name(a, up->name);
	enum err e;
	int fd;

	content_hash(up->data, up->len, hash);
	snprintf(file, sizeof(file), "%s.%s", hash, id.s);
	if ((fd = open_folder(state_dir, tenant, hash)) < 0)
		return E_SYS;
	e = write_file(fd, file, up);
	close(fd);
	*out = (struct ticket_file){
	    .id = id,
	    .name = name,
	    .type = name ? ticket_file_type(name) : NULL,
	    .hash = arena_strdup(a, hash),
	    .bytes = (int64_t)up->len,
	};
	return e == OK && (!name || !out->hash) ? E_BUSY : e;
}

static enum err
check(struct problems *p, const struct settings *settings,
    const struct ticket_upload *up, size_t n)
{
	int64_t most = setting_int(settings, "attachments_max");
	int64_t most_kb = setting_int(settings, "attachment_max_kb");
	size_t before = p->n;

	if (n > (size_t)most)
		problem_add(p, "files", "too_long",
		    "At most %d files can be sent at once.", (int)most);
	for (size_t i = 0; i < n; i++) {
		const char *name = ticket_file_name(p->arena, up[i].name);

		if (!name)
			return E_BUSY;
		if (up[i].len > (size_t)most_kb * 1024)
			problem_add(p, "files", "too_large",
			    "%s is too large: a file has at most %d KiB.", name,
			    (int)most_kb);
		else if (up[i].len == 0)
			problem_add(
			    p, "files", "required", "%s is empty.", name);
	}
	return p->n == before ? OK : E_INPUT;
}

enum err
ticket_files_keep(struct arena *a, struct problems *p,
    const struct settings *settings, const struct id *tenant,
    const struct ticket_upload *up, size_t n,
    const struct ticket_file **list_out)
{
	struct ticket_file *list = arena_array(a, n + 1, sizeof(*list));
	const char *dir = setting_text(settings, "state_dir");
	enum err e = list ? check(p, settings, up, n) : E_BUSY;

	for (size_t i = 0; e == OK && i < n; i++)
		e = keep(a, dir, tenant, &up[i], &list[i]);
	if (e == OK)
		*list_out = list;
	return e;
}
