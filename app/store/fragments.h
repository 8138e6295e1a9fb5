/* fragments.h - cut the marked parts of a statement for one engine.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_STORE_FRAGMENTS_H
#define MPANEL_STORE_FRAGMENTS_H

#include "store/store.h"

#define SQL_VALUES_MAX 255

struct sql_cut {
	size_t len;   /* of the text written */
	int n_values; /* highest $n of the whole text, on any engine */
	int n_params; /* highest $n that is left */
};

/* Write text without the other engine's SQL_PG() or SQL_LITE() parts into
 * dst, which holds at least strlen(text) + 1 bytes.  Marks and $n count only
 * outside of strings, quoted names and comments.  For SQLite `$n` becomes `?n`:
 * to SQLite `$n` is a name, numbered by first appearance, `?n` is a number.
 * False when marks or quotes don't pair or there are too many values. */
bool sql_cut(
    const char *text, enum db_engine engine, char *dst, struct sql_cut *out);

#endif
