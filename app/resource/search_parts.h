/* search_parts.h - between the files of search.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_RESOURCE_SEARCH_PARTS_H
#define MPANEL_RESOURCE_SEARCH_PARTS_H

#include "base/fold.h"
#include "resource/search.h"

/* Two who index a tenant at once could put an older row's words over a newer
 * one's: until the transaction ends nobody else does.  (SQLite has one writer
 * anyway.) */
enum err search_hold(struct tx *tx) MUST_USE;

/* The first word of a text as it is kept; "" where there is none. */
const char *search_word(struct arena *a, const struct id *tenant,
    const struct noun_found *f, const char *text, enum fold how);
/* Is there a word in it? */
bool search_has_word(struct arena *a, const char *text);

/* SELECT id, what is searched FROM ... WHERE tenant = ..., of rows that are
 * there. */
void search_select_texts(
    struct sql *s, const struct noun *n, const struct tx *tx);
/* The words of a row of that. */
const char *search_words_of(
    struct tx *tx, const struct noun *n, const struct rows *r);
/* [AND id > after] [AND id <= until] ORDER BY id LIMIT ...; either may be unset
 * or NULL. */
void search_add_span(struct sql *s, const char *id, const struct id *after,
    const struct id *until, int64_t limit);

#endif
