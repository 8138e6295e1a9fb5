/* ticket_tags.c - words that staff put on a ticket.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/desk.h"

#include <string.h>

#include "base/text.h"
#include "identity/audit.h"
#include "support/ticket_parts.h"

enum err
ticket_tags(struct tx *tx, const struct id *ticket,
    const char *const **list_out, size_t *n_out)
{
	const char **list =
	    arena_array(tx->arena, TICKET_TAGS_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (!list)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT tag FROM ticket_tags WHERE tenant_id = $1 "
	    "AND ticket_id = $2 ORDER BY tag LIMIT $3",
	    DB_ID(&tx->tenant), DB_ID(ticket), DB_INT(TICKET_TAGS_MAX));
	if (e != OK)
		return e;
	while (n < TICKET_TAGS_MAX && rows_next(&r))
		list[n++] = row_strdup(&r, 0);
	*list_out = list;
	*n_out = n;
	return rows_done(&r);
}

/* ---- reading what was typed ---- */

/* In small letters, without space around it; NULL: no memory. */
static const char *
fit(struct arena *a, const char *s)
{
	const char *trimmed = str_trim(a, s);

	return trimmed ? str_lower(a, trimmed) : NULL;
}

static bool
has(const char *const *list, size_t n, const char *tag)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], tag))
			return true;
	return false;
}

static bool
refuse(struct tx *tx, const char *code, const char *message)
{
	problem_add(tx->problems, "tags", code, "%s", message);
	return false;
}

static bool
is_good(struct tx *tx, const char *tag)
{
	if (!utf8_valid(tag, strlen(tag)) || !text_is_printable(tag) ||
	    strchr(tag, ','))
		return refuse(tx, "bad_format",
		    "A tag has no commas and no control characters.");
	return utf8_len(tag) <= TICKET_TAG_MAX ||
	       refuse(tx, "too_long", "A tag has at most 30 characters.");
}

static bool
read_tags(struct tx *tx, const char *const *tag, size_t n,
    const char *out[TICKET_TAGS_MAX], size_t *n_out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const char *one = fit(tx->arena, tag[i]);

		if (!one || !is_good(tx, one))
			return false;
		if (one[0] == '\0' || has(out, kept, one))
			continue;
		if (kept == TICKET_TAGS_MAX)
			return refuse(
			    tx, "too_many", "A ticket has at most 10 tags.");
		out[kept++] = one;
	}
	*n_out = kept;
	return true;
}

enum err
ticket_tags_split(struct arena *a, const char *text,
    const char *const **list_out, size_t *n_out)
{
	size_t n = 0, most = 1;
	const char **list;

	for (const char *s = text; *s != '\0'; s++)
		most += *s == ',';
	list = arena_array(a, most, sizeof(*list));
	for (; list && n < most; n++) {
		size_t len = strcspn(text, ",");

		if ((list[n] = arena_strndup(a, text, len)) == NULL)
			return E_BUSY;
		text += len + (text[len] == ',');
	}
	*list_out = list;
	*n_out = n;
	return list ? OK : E_BUSY;
}

/* ---- writing ---- */

static const char *
joined(struct arena *a, const char *const *list, size_t n)
{
	const char *s = "";

	for (size_t i = 0; i < n; i++)
		s = arena_printf(a, "%s%s%s", s, i > 0 ? ", " : "", list[i]);
	return s;
}

static enum err
change(struct tx *tx, const struct id *ticket, const char *const *was,
    size_t n_was, const char *const *now, size_t n_now, bool *changed_out)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < n_was; i++) {
		if (has(now, n_now, was[i]))
			continue;
		*changed_out = true;
		e = db_later(tx,
		    "DELETE FROM ticket_tags WHERE tenant_id = $1 "
		    "AND ticket_id = $2 AND tag = $3",
		    DB_ID(&tx->tenant), DB_ID(ticket), DB_TEXT(was[i]));
	}
	for (size_t i = 0; e == OK && i < n_now; i++) {
		if (has(was, n_was, now[i]))
			continue;
		*changed_out = true;
		e = db_later(tx,
		    "INSERT INTO ticket_tags (tenant_id, ticket_id, tag, "
		    "created_at) VALUES ($1, $2, $3, $4)",
		    DB_ID(&tx->tenant), DB_ID(ticket), DB_TEXT(now[i]),
		    DB_INT(tx->now));
	}
	return e;
}

enum err
ticket_set_tags(struct tx *tx, const struct id *ticket, int64_t version,
    const char *const *tag, size_t n)
{
	const char *now[TICKET_TAGS_MAX], *const *was;
	size_t n_now = 0, n_was;
	struct ticket t;
	bool changed = false;
	enum err e = ticket_hold(tx, ticket, version, &t);

	if (e == OK && !read_tags(tx, tag, n, now, &n_now))
		e = E_INPUT;
	if (e == OK)
		e = ticket_tags(tx, ticket, &was, &n_was);
	if (e == OK)
		e = change(tx, ticket, was, n_was, now, n_now, &changed);
	if (e != OK || !changed)
		return e;
	e = ticket_write(tx, &t, &t);
	return e == OK ? audit(tx, "ticket.tags", "tickets", ticket,
			     audit_detail(tx->arena, "from",
				 joined(tx->arena, was, n_was), "to",
				 joined(tx->arena, now, n_now)))
		       : e;
}
