/* incoming.h - read a mail that somebody has sent to us.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The only reader of RFC 5322 with MIME (RFC 2045 to 2047, 2231), over GMime.
 * What comes in is anybody's: nothing of it is believed, whatever cannot be
 * read is repaired with U+FFFD or kept as a file, and nothing that is written
 * here can leave its line.  Nothing is fetched, opened or unpacked.
 *
 * The caller limits the size of the whole; GMime's own memory is that size
 * several times over, and the process ends (SIGABRT) where it is refused.  So
 * this is for a process of one mail, whose giver takes that for "not now".
 */
#ifndef MPANEL_MAIL_INCOMING_H
#define MPANEL_MAIL_INCOMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/* A header of all mails about tickets; its value is the tenant's id. */
#define INCOMING_LOOP_HEADER "X-MPanel-Loop"

enum {
	INCOMING_PARTS_MAX = 400,    /* further ones are not looked at */
	INCOMING_DEPTH_MAX = 30,     /* deeper ones are files as they are */
	INCOMING_FILES_MAX = 100,    /* further ones are counted */
	INCOMING_TO_MAX = 100,	     /* recipients */
	INCOMING_SUBJECT_MAX = 200,  /* characters */
	INCOMING_NAME_MAX = 120,     /* of a person, of a file */
	INCOMING_ID_MAX = 300,	     /* of a Message-ID */
	INCOMING_REFERENCES_MAX = 20 /* the last ones */
};
/* A part of text that is larger is a file. */
#define INCOMING_TEXT_MAX ((size_t)1024 * 1024)

/* How a machine gives itself away. */
enum incoming_sign {
	INCOMING_AUTO_REPLY = 1 << 0, /* it answers: on holiday, received, read
				       */
	INCOMING_AUTO = 1 << 1,	      /* it writes by itself */
	INCOMING_BULK = 1 << 2,	      /* a list, or to many */
	INCOMING_REPORT = 1 << 3      /* what became of a mail (RFC 3464) */
};

struct incoming_file {
	const char *name; /* "invoice.pdf": one line without a path */
	const char *type; /* "application/pdf" */
	const char *data;
	size_t len;
};

/* Texts are UTF-8, printable unless said otherwise, "" where there is none. */
struct incoming {
	const char *from;      /* an address as email_valid() has it */
	const char *from_name; /* what stands beside it */
	size_t n_from;	       /* how many the mail says wrote it */
	const char *reply_to;  /* an address */
	const char *const *to; /* To, Cc, Delivered-To, X-Original-To */
	size_t n_to;
	const char *message_id;	       /* without <> */
	const char *const *references; /* References, then In-Reply-To */
	size_t n_references;
	const char *subject;
	const char *loop; /* INCOMING_LOOP_HEADER */
	int64_t date;	  /* 0: none */
	/* Of text/plain, else made of text/html; lines end in LF. */
	const char *text;
	const struct incoming_file *files;
	size_t n_files;
	size_t n_more; /* files that were not looked at */
	unsigned signs;
	/* of INCOMING_REPORT: whose mail it was, and what happened to it */
	const char *report_to;	   /* an address */
	const char *report_status; /* "5.1.1", "failed" */
	const char *report_why;
};

/* Read n bytes.  Never refuses what is in them; E_BUSY: no memory. */
enum err incoming_read(
    struct arena *a, const char *data, size_t n, struct incoming *out) MUST_USE;

/* ---- its parts, for tests ---- */

/* Text in a charset (RFC 2978; NULL or unknown: UTF-8, else windows-1252) as
 * UTF-8 with LF; what it cannot be, and what controls a terminal, is U+FFFD. */
void incoming_utf8(
    struct buf *out, const char *data, size_t n, const char *charset);
/* The same as one line of at most `max` characters, trimmed. */
const char *incoming_line(
    struct arena *a, const char *data, size_t n, size_t max);
/* HTML (UTF-8) as text: blocks are lines, quotes have "> ", links their
 * address behind them. */
void incoming_html(struct buf *out, const char *html, size_t n);

#endif
