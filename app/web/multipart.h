/* multipart.h - the fields and files of a multipart/form-data body.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * RFC 7578 in the framing of RFC 2046 section 5.1, read in one way only: what
 * two readers could take apart differently is refused.  So are text before
 * the first boundary and behind the last, padding behind a boundary, a part in
 * parts, a header that is given twice, and any transfer encoding that would
 * have to be undone.  A part that is no form-data is dropped.
 *
 * What is refused adds one problem: bad_encoding, bad_format, duplicate_key,
 * too_large (more than PARAMS_MAX parts, or headers over
 * MULTIPART_HEADERS_MAX bytes) or too_long (a name).
 */
#ifndef MPANEL_WEB_MULTIPART_H
#define MPANEL_WEB_MULTIPART_H

#include "web/params.h"

#define MULTIPART_HEADERS_MAX ((size_t)16 * 1024) /* with empty line */

struct multipart {
	struct params fields; /* valid UTF-8 without NUL */
	struct form_file *file;
	size_t n_files;
};

/* The boundary that a Content-Type names. */
enum err multipart_boundary(struct arena *a, const char *content_type,
    struct problems *p, const char **out) MUST_USE;
/* The data of files is borrowed from the body, everything else is in a. */
enum err multipart_read(struct arena *a, const char *boundary, const char *body,
    size_t n, struct problems *p, struct multipart *out) MUST_USE;

#endif
