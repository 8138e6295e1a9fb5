/* archive.h - a site's files as one tar.gz that proves itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Entries are directories and regular files below "www/", then, last,
 * MANIFEST.sha256: one line per file, in the same order, as sha256sum(1)
 * writes and checks them (a name with a backslash, newline or carriage return
 * is escaped and its line begins with a backslash).  The hashes are of what was
 * really written, in one pass.
 *
 * An archive that is read is untrusted: only tar in gzip; only directories and
 * regular files; no absolute, dotted or repeated paths; bounded entries and
 * bytes.
 */
#ifndef MPANEL_AGENT_ARCHIVE_H
#define MPANEL_AGENT_ARCHIVE_H

#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "base/error.h"

#define ARCHIVE_MANIFEST    "MANIFEST.sha256"
#define ARCHIVE_ENTRIES_MAX 1000000
#define ARCHIVE_DEPTH_MAX   100
#define ARCHIVE_SHA_SIZE    65

struct archive_facts {
	int64_t bytes; /* of the archive file */
	int64_t files;
	int64_t skipped; /* links, devices, sockets, other people's files */
	int64_t changed; /* files that shrank while they were read */
	char sha256[ARCHIVE_SHA_SIZE]; /* of the archive file, as hex */
};

struct archive_source {
	int dir_fd;
	uid_t owner; /* only files of this user; (uid_t)-1: of anybody */
	/* Called now and then; NULL for nobody. */
	void (*progress)(void *ctx, int64_t files, int64_t bytes);
	void *ctx;
};

/* Write the archive to out_fd (empty, read and write), fsync it, read it back
 * and verify it.  The reason of a failure goes to *why. */
enum err archive_make(const struct archive_source *src, int out_fd,
    struct archive_facts *out, struct buf *why) MUST_USE;

/* What the agent's own commands allow; settings say how many bytes. */
#define ARCHIVE_RATIO_MAX 250

struct archive_limits {
	int64_t max_bytes; /* that all files unpack to */
	int max_ratio;	   /* unpacked to packed, past 256 MiB; 0: any */
	/* Of the archive file, as hex; NULL: any.  Nothing of another is read.
	 */
	const char *sha256;
	/* What directories are unpacked with besides the mode that they had. */
	mode_t dir_bits;
	/* Called now and then; NULL for nobody. */
	void (*progress)(void *ctx, int64_t files, int64_t bytes);
	void *ctx;
};
/* Size and hash of the file itself, whatever it is. */
enum err archive_hash(
    int fd, struct archive_facts *out, struct buf *why) MUST_USE;
/* Read an archive from the start of fd: every file is there and has the hash
 * of the manifest.  E_INPUT with the reason in *why. */
enum err archive_verify(int fd, const struct archive_limits *limits,
    struct archive_facts *out, struct buf *why) MUST_USE;

/* Unpack into dir_fd (an empty directory) and verify on the way.  Modes are
 * those in the archive, without set-id bits; a directory's owner may always
 * work in it.  What has been unpacked when it fails is the caller's to
 * remove. */
enum err archive_unpack(int fd, int dir_fd, const struct archive_limits *limits,
    struct archive_facts *out, struct buf *why) MUST_USE;

#endif
