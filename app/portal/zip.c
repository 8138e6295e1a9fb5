/* zip.c - write one archive, entry after entry, with little memory.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "portal/zip.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/fd.h"
#include "base/log.h"

#define PIECE_BYTES 65536

struct zip {
	struct archive *out;
};

static enum err
failed(struct zip *z)
{
	log_event(LOG_ERROR, "zip_failed",
	    LOG_S("why", archive_error_string(z->out)));
	return E_SYS;
}

enum err
zip_open(int fd, struct zip **out)
{
	struct zip *z = calloc(1, sizeof(*z));

	if (z)
		z->out = archive_write_new();
	if (!z || !z->out) {
		free(z);
		return E_BUSY;
	}
	if (archive_write_set_format_zip(z->out) != ARCHIVE_OK ||
	    archive_write_zip_set_compression_deflate(z->out) != ARCHIVE_OK ||
	    archive_write_set_options(z->out, "zip:hdrcharset=UTF-8") !=
		ARCHIVE_OK ||
	    archive_write_open_fd(z->out, fd) != ARCHIVE_OK) {
		(void)failed(z);
		zip_close(&z);
		return E_SYS;
	}
	*out = z;
	return OK;
}

enum err
zip_begin(struct zip *z, const char *name, int64_t at)
{
	struct archive_entry *entry = archive_entry_new();
	int r;

	if (!entry)
		return E_BUSY;
	archive_entry_set_pathname_utf8(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, (time_t)at, 0);
	r = archive_write_header(z->out, entry);
	archive_entry_free(entry);
	return r < ARCHIVE_WARN ? failed(z) : OK;
}

enum err
zip_add(struct zip *z, const void *p, size_t n)
{
	return n == 0 || archive_write_data(z->out, p, n) == (la_ssize_t)n
		   ? OK
		   : failed(z);
}

enum err
zip_add_fd(struct zip *z, int fd)
{
	char piece[PIECE_BYTES];
	enum err e = OK;
	ssize_t n;

	while (e == OK && (n = fd_read(fd, piece, sizeof(piece))) > 0)
		e = zip_add(z, piece, (size_t)n);
	return e == OK && n < 0 ? E_SYS : e;
}

enum err
zip_end(struct zip *z)
{
	return archive_write_close(z->out) == ARCHIVE_OK ? OK : failed(z);
}

void
zip_close(struct zip **take_z)
{
	if (!*take_z)
		return;
	archive_write_free((*take_z)->out);
	free(*take_z);
	*take_z = NULL;
}
