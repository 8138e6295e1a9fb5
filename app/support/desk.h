/* desk.h - how staff keep order among tickets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_DESK_H
#define MPANEL_SUPPORT_DESK_H

#include "resource/noun.h"
#include "support/ticket.h"

/* ---- tags (ticket_tags.c) ---- */

enum { TICKET_TAGS_MAX = 10, TICKET_TAG_MAX = 30 };

/* Those of a ticket, by name; in tx->arena. */
enum err ticket_tags(struct tx *tx, const struct id *ticket,
    const char *const **list_out, size_t *n_out) MUST_USE;
/* Exactly these, in small letters; the same twice, or nothing, counts for
 * nothing.  E_INPUT with a problem in tags; version as in ticket.h. */
enum err ticket_set_tags(struct tx *tx, const struct id *ticket,
    int64_t version, const char *const *tag, size_t n) MUST_USE;
/* What a form has: "mail, vip".  E_BUSY: no memory. */
enum err ticket_tags_split(struct arena *a, const char *text,
    const char *const **list_out, size_t *n_out) MUST_USE;

/* ---- merging (ticket_merge.c) ---- */

/* `into` is a number ("TKT-2026-000001") or an id; E_INPUT with a problem: it
 * is neither. */
enum err ticket_find_into(
    struct tx *tx, const char *text, struct id *out) MUST_USE;
/* All that was said in one ticket goes to another, and the first is closed and
 * leads there; whoever answers to it answers there.  E_NOTFOUND; E_INPUT: both
 * are the same; E_CONFLICT: one was merged before, or what one customer says
 * would be shown to another; both with a problem in `into`. */
enum err ticket_merge(struct tx *tx, const struct id *ticket,
    const struct id *into, int64_t version) MUST_USE;

/* ---- satisfaction (ticket_rating.c) ---- */

struct ticket_rating {
	int64_t rating; /* 1..5; 0: none yet */
	const char *words;
	int64_t rated_at;
};
/* Whether all is well, from who asked, while the ticket is closed: once for
 * each closing, and whoever changes their mind meanwhile changes that.
 * E_CONFLICT with a problem: it is open, or was merged; E_INPUT with problems
 * in rating and words. */
enum err ticket_rate(struct tx *tx, const struct id *ticket, int64_t rating,
    const char *words) MUST_USE;
/* Of its last closing. */
enum err ticket_rating_get(
    struct tx *tx, const struct ticket *t, struct ticket_rating *out) MUST_USE;
/* May it be asked for? */
bool ticket_is_rateable(const struct ticket *t);

struct ticket_satisfaction {
	int64_t n;
	int64_t tenths; /* the mean, in tenths: 47 is 4.7 */
};
/* Of the tickets that were rated since then. */
enum err tickets_satisfaction(
    struct tx *tx, int64_t since, struct ticket_satisfaction *out) MUST_USE;

/* ---- canned replies (canned.c) ---- */

extern const struct noun canned_replies_noun;

/* The text of one with its fields ({{name}}, {{number}} ...) filled in for a
 * ticket, in tx->arena; E_NOTFOUND. */
enum err canned_reply_fill(struct tx *tx, const struct id *canned,
    const struct ticket *t, const char **out) MUST_USE;

#endif
