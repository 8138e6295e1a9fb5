/* audit_export.h - the sealed audit log as a file, for whoever checks it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * In the order of the seals; a row without one is not in it yet.  JSON lines
 * carry all that a digest is made of, so that anybody can make it again, and
 * each line's prev is the hash of the line before.  CSV is for reading: a cell
 * that a spreadsheet would run gets a quote in front.
 */
#ifndef MPANEL_IDENTITY_AUDIT_EXPORT_H
#define MPANEL_IDENTITY_AUDIT_EXPORT_H

#include "base/buf.h"
#include "store/store.h"

struct audit_export {
	bool csv;
	int64_t from, to; /* rows made in [from, to); 0: without that end */
	int64_t after;	  /* begin behind this seal, 0; moves on */
	int64_t bytes;	  /* stop when out is longer than this */
	struct buf *out;
	bool is_done; /* nothing follows */
};

/* The heads of the columns (CSV), nothing for JSON lines. */
void audit_export_begin(struct audit_export *x);
/* As much as fits; arg is a struct audit_export. */
enum err audit_export_some(struct tx *tx, void *arg) MUST_USE;

#endif
