/* incoming_parts.h - what the files of the reader of mails share; inside mail/
 * only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_INCOMING_PARTS_H
#define MPANEL_MAIL_INCOMING_PARTS_H

#include <gmime/gmime.h>
#include "mail/incoming.h"

/* A part that has not been looked at. */
struct incoming_pending {
	GMimeObject *object;
	int depth;
	bool is_twin; /* its text is there in another form */
};

struct reading {
	struct arena *arena;
	struct incoming *out;
	struct incoming_pending pending[INCOMING_PARTS_MAX];
	size_t n_pending, n_seen;
	struct incoming_file files[INCOMING_FILES_MAX];
	struct buf text;
};

/* ---- incoming_gmime.c: bytes and lines out of GMime, in the arena ---- */

/* What is in a part, decoded, and a NUL behind it; "" where there is nothing;
 * NULL: no memory. */
const char *incoming_content(struct arena *a, GMimeObject *o, size_t *n_out);
/* s on one line, at most so many characters; "" for NULL. */
const char *incoming_line_of(struct arena *a, const char *s, size_t max);
/* The value of a header as it stands there, unfolded; "". */
const char *incoming_header(
    struct reading *r, GMimeMessage *m, const char *name);
bool incoming_is_type(GMimeObject *o, const char *type, const char *sub);

/* ---- incoming_head.c ---- */

/* Who wrote to whom, which mail it is, about what, and whether a machine did.
 */
void incoming_read_head(struct reading *r, GMimeMessage *m);

/* ---- incoming_report.c: what became of a mail (RFC 3464) ---- */

/* Note the sign of a report where this part is one. */
void incoming_look_for_report(struct reading *r, GMimeObject *o);
/* Read its part that is for machines; the first one counts. */
void incoming_read_report(struct reading *r, GMimeObject *part);

/* ---- incoming_body.c ---- */

/* The text, and all else as files. */
void incoming_read_body(struct reading *r, GMimeMessage *m);
void incoming_add_file(struct reading *r, const char *name, const char *type,
    const char *data, size_t len);

#endif
