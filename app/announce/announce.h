/* announce.h - announcements, incidents and maintenance: how they are kept,
 * published and read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A draft is nobody's but the company's.  What is published stays: it is open,
 * gets updates, and is resolved.
 */
#ifndef MPANEL_ANNOUNCE_ANNOUNCE_H
#define MPANEL_ANNOUNCE_ANNOUNCE_H

#include <stdbool.h>
#include "base/error.h"
#include "base/markup.h"
#include "base/settings.h"
#include "resource/write.h"

enum {
	ANNOUNCE_ABOVE = 2, /* level of the heading above a text on all pages */
	ANNOUNCE_SHOWN = 20 /* on a page, and in the feed */
};

/* Hooks of announce_nouns.c. */
enum err announce_defaults(struct tx *tx, struct values *v) MUST_USE;
enum err announce_check(struct tx *tx, const struct values *v) MUST_USE;
enum err announce_follow(
    struct tx *tx, const struct id *id, enum noun_op op) MUST_USE;

/* E_CONFLICT with a problem: it is no draft, or not open; E_INPUT: the text has
 * what is not shown (base/markdown.h); E_NOTFOUND. */
enum err announce_publish(struct tx *tx, const struct id *id,
    const struct settings *machine) MUST_USE;
enum err announce_update(struct tx *tx, const struct id *id, const char *state,
    const char *text) MUST_USE;
/* text may be "". */
enum err announce_resolve(
    struct tx *tx, const struct id *id, const char *text) MUST_USE;

/* ---- for readers ---- */

/* What a time says of it: published notes and incidents are open or resolved,
 * maintenance is planned, under way or over. */
struct announcement {
	struct id id;
	const char *kind, *title, *severity, *status, *tag, *author;
	const char *servers; /* names with commas; "": everybody */
	int64_t starts_at, ends_at, published_at, resolved_at, news_at;
	const struct markup *body;
};

struct announce_entry {
	const char *state;
	int64_t at;
	const struct markup *body;
};

/* "open", "resolved", "planned" or "under_way", as badges have them. */
const char *announce_state(const struct announcement *a, int64_t now);

/* Published ones, the newest first, at most `limit` behind the row `after`
 * (unset: from the first); *more_out: there are more.  open_only: those that
 * are not over. */
struct announce_query {
	bool open_only;
	struct id after;
	size_t limit;
};
enum err announce_list(struct tx *tx, const struct announce_query *q,
    const struct announcement **list_out, size_t *n_out,
    bool *more_out) MUST_USE;
/* E_NOTFOUND: none, or a draft. */
enum err announce_get(
    struct tx *tx, const struct id *id, struct announcement *out) MUST_USE;
/* Its updates, the newest first; at most 100. */
enum err announce_entries(struct tx *tx, const struct id *id,
    const struct announce_entry **list_out, size_t *n_out) MUST_USE;

/* Open incidents, and maintenance that is under way or begins within a week,
 * for all or for a server on which the customer has a site; the newest first,
 * at most 5. */
enum err announce_for_customer(struct tx *tx, const struct id *customer,
    const struct announcement **list_out, size_t *n_out) MUST_USE;

#endif
