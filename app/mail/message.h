/* message.h - a letter as mail servers want it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The only writer of RFC 5322 (with MIME, RFC 2045-2047).  It takes values,
 * encodes them, and refuses what cannot be in a header: no value gets out of
 * its line.  The result is ASCII with lines of at most 78 bytes, ended by CR
 * LF.
 */
#ifndef MPANEL_MAIL_MESSAGE_H
#define MPANEL_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/error.h"

#define MESSAGE_NAME_MAX    1024 /* bytes of a display name */
#define MESSAGE_SUBJECT_MAX 512

struct message {
	const char *from_name, *from; /* name may be NULL or "" */
	const char *to_name, *to;
	const char *reply_to; /* NULL: none */
	const char *subject;
	const char *id;	  /* left of the @ in Message-ID: letters, digits, - */
	const char *host; /* right of it */
	/* A conversation: what all its letters refer to, and the letter that
	 * this one answers, both as message_id_valid() has it; NULL: none. */
	const char *root, *answers;
	const char *loop; /* by which it is known again; NULL: none */
	/* People wrote it, who may be told that somebody is on holiday. */
	bool by_person;
	const char *lang; /* "en" */
	int64_t date;	  /* UTC seconds */
	/* The two alternatives: UTF-8 with lines ended by LF. */
	const char *text, *html;
};

/* Can it stand between < and > on a line of a letter?  left@right, of at most
 * MESSAGE_ID_MAX letters, digits and what else is in an atom (RFC 5322). */
#define MESSAGE_ID_MAX 70
bool message_id_valid(const char *id);

/* Append it.  E_INPUT: an address, name or subject cannot be in a header; out
 * is as it was.  A failed buffer is the caller's to look at. */
enum err message_write(struct buf *out, const struct message *m) MUST_USE;

/* ---- its parts, for tests ---- */

/* Quoted-printable (RFC 2045 section 6.7), dots and `From ` at the beginning
 * of lines encoded as well. */
void message_qp(struct buf *out, const char *text);
/* `Name: text` with text as it is, where that can be, or as encoded words
 * (RFC 2047), folded. */
void message_unstructured(struct buf *out, const char *name, const char *text);
/* A display name, which begins at a column: quoted, or encoded words. */
void message_phrase(struct buf *out, const char *text, size_t column);

#endif
