/* phrases.h - a catalogue: what texts of the program are in another language.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A file as translators know it (GNU gettext's PO): an English text is its own
 * name.
 *
 *	# templates/lang/de.po
 *	msgid "Suspend %s?"
 *	msgstr "%s sperren?"
 */
#ifndef MPANEL_BASE_PHRASES_H
#define MPANEL_BASE_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/error.h"

struct phrases;

/* E_INPUT with file, line and reason in complaint: a line that is none of PO's,
 * a text twice, or a translation whose conversions are not the English's. */
enum err phrases_load(
    const char *path, struct phrases **out, struct buf *complaint) MUST_USE;
void phrases_free(struct phrases **take_p);

/* Has the other text exactly the printf conversions of the English one, in its
 * order?  Only then may it be a format for the same arguments. */
bool phrases_alike(const char *english, const char *other);

/* NULL: there is none. */
const char *phrases_find(const struct phrases *p, const char *english);
size_t phrases_count(const struct phrases *p);
/* The i-th English text. */
const char *phrases_at(const struct phrases *p, size_t i);

#endif
