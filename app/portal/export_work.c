/* export_work.c - make the file of an export: `mpanel work`.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rows are read page by page, each in a transaction of its own, and written at
 * once: JSON into the archive, CSV into a nameless file that follows it.  So
 * memory does not grow with a customer.  The archive has a name that nobody
 * asks for until it is whole; of two processes that make the same one, the
 * first to say so in the database has made it.
 */
#include "config.h"
#include "portal/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "jobs/outbox.h"
#include "portal/zip.h"
#include "resource/csv.h"
#include "resource/list.h"
#include "tenancy/tenant.h"

#define PAGE_ARENA ((size_t)32 * 1024 * 1024)
#define FILE_BYTES ((size_t)64 * 1024 * 1024) /* of one that is made here */

/* ---- where ---- */

const char *
export_dir(struct arena *a, const struct settings *s)
{
	return arena_printf(a, "%s/exports", setting_text(s, "state_dir"));
}

/* nginx reads in it by its group, whatever our umask says. */
static int
open_dir(int at, const char *name)
{
	bool is_new = mkdirat(at, name, 0750) == 0;
	int fd =
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && is_new && fchmod(fd, 0750) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The folder of the company, made if need be; -1 (logged). */
static int
open_folder(struct work *w)
{
	const char *dir = export_dir(w->arena, w->settings);
	int top, fd = -1;

	if (!dir)
		return -1;
	top = open_dir(AT_FDCWD, dir);
	if (top >= 0) {
		fd = open_dir(top, w->tenant.s);
		close(top);
	}
	if (fd < 0)
		log_event(LOG_ERROR, "export_folder", LOG_S("dir", dir),
		    LOG_S("why", strerror(errno)));
	return fd;
}

/* ---- what is made ---- */

struct making {
	struct work *w;
	struct arena *arena; /* of one page */
	struct zip *zip;
	struct export_place place;
	struct export export;
	int64_t started;
	char root[32]; /* "export-2026-11-30" */
	int spool;     /* the CSV of the noun in hand */
	/* of the page in hand */
	const struct exporter *of;
	struct list list;
	struct buf json, csv;
	bool is_first, has_more;
	size_t n_page;
	struct id page[LIST_LIMIT_MAX];
};

static enum err
in_page(struct making *m, enum err (*fn)(struct tx *tx, void *arg))
{
	struct tx tx;

	tx_init(&tx, m->arena, m->w->problems, &m->w->actor, m->w->tenant.s);
	return tx_run(m->w->db, TX_READ, &tx, fn, m);
}

static const char *
path_of(struct making *m, const char *name)
{
	return arena_printf(m->w->arena, "%s/%s", m->root, name);
}

static enum err
begin_entry(struct making *m, const char *name)
{
	const char *path = path_of(m, name);

	return path ? zip_begin(m->zip, path, m->started) : E_BUSY;
}

static const char *
named(struct making *m, const char *ending)
{
	return arena_printf(m->w->arena, "%s.%s", m->of->name, ending);
}

/* ---- rows ---- */

static void
add_heads(struct making *m)
{
	const struct noun *n = m->of->noun;

	for (size_t i = 0; i < n->n_fields; i++) {
		if (i > 0)
			buf_putc(&m->csv, ',');
		buf_csv(&m->csv, n->field[i].api);
	}
	buf_puts(&m->csv, "\r\n");
}

static void
add_row(struct making *m, const struct rows *r)
{
	const struct noun *n = m->of->noun;
	struct json_out w;

	buf_puts(&m->json, m->is_first ? "\n" : ",\n");
	m->is_first = false;
	json_out_init(&w, &m->json);
	json_open(&w, NULL, '{');
	noun_json(n, r, true, &w);
	json_close(&w, '}');
	for (size_t i = 0; i < n->n_fields; i++) {
		if (i > 0)
			buf_putc(&m->csv, ',');
		csv_field(&m->csv, n, r, i);
	}
	buf_puts(&m->csv, "\r\n");
}

/* The next page into the buffers; the cursor moves behind it. */
static enum err
read_page(struct tx *tx, void *arg)
{
	struct making *m = arg;
	const char *sort = NULL;
	struct rows r;
	enum err e = list_run(tx, &m->list, &r);

	/* a second time, if the first transaction was lost */
	buf_reset(&m->json);
	buf_reset(&m->csv);
	m->n_page = 0;
	m->has_more = false;
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (m->n_page == (size_t)m->list.limit) {
			m->has_more = true;
			break;
		}
		add_row(m, &r);
		m->page[m->n_page++] = row_id(&r, NOUN_ID);
		sort = row_strdup(&r, NOUN_SORT);
	}
	e = rows_done(&r);
	if (e == OK && (buf_failed(&m->json) || buf_failed(&m->csv)))
		e = E_BUSY;
	if (e == OK && m->n_page > 0) {
		m->list.after_id =
		    arena_strdup(m->w->arena, m->page[m->n_page - 1].s);
		m->list.after_value = arena_strdup(m->w->arena, sort);
	}
	return e;
}

static void
start_rows(struct making *m)
{
	list_init(&m->list, m->of->noun);
	m->list.limit = LIST_LIMIT_MAX;
	list_only(&m->list, EXPORT_OWNER, m->export.customer.s);
	m->is_first = true;
	m->has_more = true;
}

static enum err
spool(struct making *m)
{
	if (m->csv.len > 0 && !fd_write(m->spool, m->csv.data, m->csv.len))
		return E_SYS;
	buf_reset(&m->csv);
	return OK;
}

/* Between pages others get their turn, and who is asked to stop stops. */
static enum err
next_page(struct making *m, enum err (*fn)(struct tx *tx, void *arg))
{
	if (work_is_stopping())
		return E_BUSY;
	arena_reset(m->arena);
	return in_page(m, fn);
}

static enum err
write_rows(struct making *m)
{
	enum err e = begin_entry(m, named(m, "json"));

	start_rows(m);
	buf_reset(&m->csv);
	add_heads(m);
	if (e == OK)
		e = spool(m);
	if (e == OK)
		e = zip_add(m->zip, "[", 1);
	while (e == OK && m->has_more) {
		e = next_page(m, read_page);
		if (e == OK)
			e = zip_add(m->zip, m->json.data, m->json.len);
		if (e == OK)
			e = spool(m);
	}
	return e == OK ? zip_add(m->zip, "\n]\n", 3) : e;
}

static enum err
write_csv(struct making *m)
{
	enum err e = begin_entry(m, named(m, "csv"));

	if (e == OK && lseek(m->spool, 0, SEEK_SET) != 0)
		e = E_SYS;
	if (e == OK)
		e = zip_add_fd(m->zip, m->spool);
	if (e == OK &&
	    (ftruncate(m->spool, 0) != 0 || lseek(m->spool, 0, SEEK_SET) != 0))
		e = E_SYS;
	return e;
}

/* ---- files beside rows ---- */

struct one_file {
	struct making *m;
	const struct id *row;
	int i;
	struct export_file file;
};

static enum err
ask_file(struct tx *tx, void *arg)
{
	struct one_file *f = arg;

	buf_reset(&f->file.bytes);
	if (f->file.fd >= 0)
		close(f->file.fd);
	f->file.fd = -1;
	return f->m->of->file(tx, &f->m->place, f->row, f->i, &f->file);
}

static enum err
write_file(struct one_file *f)
{
	struct making *m = f->m;
	struct tx tx;
	enum err e;

	arena_reset(m->arena);
	buf_init(&f->file.bytes, FILE_BYTES);
	f->file.fd = -1;
	tx_init(&tx, m->arena, m->w->problems, &m->w->actor, m->w->tenant.s);
	e = tx_run(m->w->db, TX_READ, &tx, ask_file, f);
	if (e == OK)
		e = begin_entry(m, f->file.name);
	if (e == OK && f->file.fd >= 0)
		e = zip_add_fd(m->zip, f->file.fd);
	else if (e == OK)
		e = zip_add(m->zip, f->file.bytes.data, f->file.bytes.len);
	if (f->file.fd >= 0)
		close(f->file.fd);
	buf_fini(&f->file.bytes);
	return e;
}

static enum err
write_files_of(struct making *m, const struct id *row)
{
	struct one_file f = {.m = m, .row = row};
	enum err e = OK;

	while (e == OK && (e = write_file(&f)) == OK)
		f.i++;
	return e == E_NOTFOUND ? OK : e;
}

static enum err
write_files(struct making *m)
{
	enum err e = OK;

	start_rows(m);
	while (e == OK && m->has_more) {
		e = next_page(m, read_page);
		for (size_t i = 0; e == OK && i < m->n_page; i++)
			e = write_files_of(m, &m->page[i]);
	}
	return e;
}

/* ---- the whole ---- */

static enum err
write_contents(struct making *m)
{
	enum err e = begin_entry(m, "contents.txt");

	buf_reset(&m->json);
	buf_printf(&m->json,
	    "What %s keeps about your account. Each list comes twice: as JSON "
	    "for programs and as CSV for spreadsheets. Times are UTC.\r\n\r\n",
	    m->place.company);
	for (const struct exporter *x = exporters; x->name; x++)
		buf_printf(&m->json, "%s\r\n    %s\r\n", x->name, x->about);
	if (e == OK && buf_failed(&m->json))
		e = E_BUSY;
	return e == OK ? zip_add(m->zip, m->json.data, m->json.len) : e;
}

static enum err
write_all(struct making *m)
{
	enum err e = write_contents(m);

	for (m->of = exporters; e == OK && m->of->name; m->of++) {
		if ((e = write_rows(m)) == OK)
			e = write_csv(m);
		if (e == OK && m->of->file)
			e = write_files(m);
	}
	return e == OK ? zip_end(m->zip) : e;
}

static enum err
make(struct making *m, int fd)
{
	enum err e = zip_open(fd, &m->zip);

	m->arena = arena_new(PAGE_ARENA);
	if (e == OK && !m->arena)
		e = E_BUSY;
	buf_init(&m->json, 0);
	buf_init(&m->csv, 0);
	/* a page of long texts; a list's own limit bounds it */
	m->json.limit_bytes = m->csv.limit_bytes = PAGE_ARENA;
	if (e == OK)
		e = write_all(m);
	buf_fini(&m->json);
	buf_fini(&m->csv);
	arena_free(&m->arena);
	zip_close(&m->zip);
	return e;
}

/* ---- its row ---- */

static enum err
read_job(struct tx *tx, void *arg)
{
	struct making *m = arg;
	struct outbox_row row;
	struct tenant t;
	struct id id;
	enum err e = outbox_get(tx, &m->w->ref, &row);

	if (e != OK)
		return e;
	if (!row.dedupe_key || !id_valid(row.dedupe_key))
		return E_NOTFOUND;
	id = id_of(row.dedupe_key);
	if ((e = export_get(tx, &id, &m->export)) == OK)
		e = tenant_get(tx, &tx->tenant, &t);
	if (e == OK)
		m->place.company = t.name;
	return e;
}

struct ending {
	struct making *m;
	const char *file;
	int64_t bytes;
	bool took;
};

static enum err
note_ready(struct tx *tx, void *arg)
{
	struct ending *end = arg;

	return export_ready(tx, &end->m->export, end->file, end->bytes,
	    setting_int(end->m->w->settings, "export_keep_days"), &end->took);
}

/* It gets its name when it is whole and on the disk, and is said to be there
 * afterwards: what is named without a row is swept away. */
static enum err
publish(struct making *m, int folder, int fd, const char *part)
{
	struct ending end = {.m = m,
	    .file = arena_strndup(
		m->w->arena, part, strlen(part) - strlen(".part"))};
	struct stat st;
	enum err e;

	if (!end.file)
		return E_BUSY;
	if (fchmod(fd, 0640) != 0 || fsync(fd) != 0 || fstat(fd, &st) != 0 ||
	    renameat(folder, part, folder, end.file) != 0 || fsync(folder) != 0)
		return E_SYS;
	end.bytes = st.st_size;
	e = work_do(m->w, TX_WRITE, note_ready, &end);
	if (e != OK || !end.took)
		(void)unlinkat(folder, end.file, 0);
	return e;
}

static enum err
make_in(struct making *m, int folder)
{
	char random[TOKEN_MAX];
	const char *part;
	int fd, end;
	enum err e;

	token_new("", random);
	part = arena_printf(
	    m->w->arena, "%s.%.12s.zip.part", m->export.id.s, random);
	if (!part)
		return E_BUSY;
	m->spool = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	fd = openat(folder, part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	e = m->spool >= 0 && fd >= 0 ? make(m, fd) : E_SYS;
	if (e == OK)
		e = publish(m, folder, fd, part);
	if (e == E_SYS)
		log_event(LOG_ERROR, "export_failed", LOG_S("file", part),
		    LOG_S("why", strerror(errno)));
	if (e != OK && fd >= 0)
		(void)unlinkat(folder, part, 0);
	end = m->spool;
	if (end >= 0)
		close(end);
	if (fd >= 0)
		close(fd);
	return e;
}

/* A full disk may have room again: that is tried anew like a network. */
static enum err
try_again(struct work *w, enum err e)
{
	if (e != E_SYS)
		return e;
	w->complaint = "The file could not be written; see the log.";
	return E_RETRY;
}

enum err
export_work(struct work *w)
{
	struct making *m = ARENA_NEW(w->arena, struct making);
	int folder;
	char day[11];
	enum err e;

	if (!m)
		return E_BUSY;
	m->w = w;
	m->place.settings = w->settings;
	m->started = clock_now();
	e = work_do(w, TX_READ, read_job, m);
	if (e != OK || !str_eq(m->export.status, "waiting"))
		return e;
	date_iso(m->started, day);
	snprintf(m->root, sizeof(m->root), "export-%s", day);
	folder = open_folder(w);
	if (folder < 0)
		return try_again(w, E_SYS);
	e = make_in(m, folder);
	close(folder);
	return try_again(w, e);
}
