/* ticket_export.c - what customers take with them of their questions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_export.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "support/ticket_file.h"

#define FILE_NAME_BYTES 200 /* a file system has 255 */

/* clang-format off */
#define OWNER {EXPORT_OWNER, "t.customer_id", FIELD_ID}

static const struct field ticket_fields[] = {
	{"id",		"t.id",			FIELD_ID},
	OWNER,
	{"number",	"t.number",		FIELD_TEXT},
	{"subject",	"t.subject",		FIELD_TEXT},
	{"status",	"t.status",		FIELD_WORD},
	{"priority",	"t.priority",		FIELD_WORD},
	{"department",	"d.name",		FIELD_TEXT},
	{"subscriptionId", "t.subscription_id",	FIELD_ID},
	{"mergedInto",	"t.merged_into",	FIELD_ID},
	{"createdAt",	"t.created_at",		FIELD_TIME,	0, "t.id"},
	{"lastMessageAt", "t.last_message_at",	FIELD_TIME},
	{"closedAt",	"t.closed_at",		FIELD_TIME},
};

static const struct field message_fields[] = {
	{"id",		"m.id",			FIELD_ID},
	OWNER,
	{"ticketId",	"m.ticket_id",		FIELD_ID},
	{"from",	"m.author",		FIELD_WORD},
	{"name",	"CASE WHEN m.author = 'customer' THEN m.author_name "
		"ELSE '' END",			FIELD_TEXT},
	{"via",		"m.via",		FIELD_WORD},
	{"text",	"m.text",		FIELD_TEXT},
	{"quoted",	"m.quoted",		FIELD_TEXT},
	{"createdAt",	"m.created_at",		FIELD_TIME,	0, "m.id"},
};

static const struct field attachment_fields[] = {
	{"id",		"f.id",			FIELD_ID},
	OWNER,
	{"ticketId",	"m.ticket_id",		FIELD_ID},
	{"messageId",	"f.message_id",		FIELD_ID},
	{"name",	"f.name",		FIELD_TEXT},
	{"type",	"f.type",		FIELD_TEXT},
	{"bytes",	"f.bytes",		FIELD_INT},
	{"createdAt",	"f.created_at",		FIELD_TIME,	0, "f.id"},
};

static const struct field rating_fields[] = {
	{"id",		"r.id",			FIELD_ID},
	OWNER,
	{"ticketId",	"r.ticket_id",		FIELD_ID},
	{"rating",	"r.rating",		FIELD_INT},
	{"words",	"r.words",		FIELD_TEXT},
	{"createdAt",	"r.created_at",		FIELD_TIME,	0, "r.id"},
};
/* clang-format on */

#define THEIR_TICKET(letter)                                                   \
	"JOIN tickets t ON t.tenant_id = " letter ".tenant_id "                \
	"AND t.id = " letter ".ticket_id"

const struct noun export_tickets_noun = {
    .name = "export.tickets",
    .from = "tickets t LEFT JOIN departments d "
	    "ON d.tenant_id = t.tenant_id AND d.id = t.department_id",
    EXPORT_OF("t", ticket_fields),
};

const struct noun export_messages_noun = {
    .name = "export.messages",
    .from = "ticket_messages m " THEIR_TICKET("m"),
    .alive = "m.is_note = 0",
    EXPORT_OF("m", message_fields),
};

const struct noun export_attachments_noun = {
    .name = "export.attachments",
    .from = "ticket_attachments f JOIN ticket_messages m "
	    "ON m.tenant_id = f.tenant_id "
	    "AND m.id = f.message_id " THEIR_TICKET("m"),
    .alive = "m.is_note = 0",
    EXPORT_OF("f", attachment_fields),
};

const struct noun export_ratings_noun = {
    .name = "export.ratings",
    .from = "ticket_ratings r " THEIR_TICKET("r"),
    EXPORT_OF("r", rating_fields),
};

/* ---- files ---- */

struct kept {
	const char *number, *name, *hash;
};

static enum err
find_kept(struct tx *tx, const struct id *row, struct kept *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT t.number, f.name, f.hash FROM ticket_attachments f "
	    "JOIN ticket_messages m ON m.tenant_id = f.tenant_id "
	    "AND m.id = f.message_id "
	    "JOIN tickets t ON t.tenant_id = m.tenant_id "
	    "AND t.id = m.ticket_id "
	    "WHERE f.tenant_id = $1 AND f.id = $2",
	    DB_ID(&tx->tenant), DB_ID(row));

	if (e != OK)
		return e;
	out->number = row_strdup(&r, 0);
	out->name = row_strdup(&r, 1);
	out->hash = row_strdup(&r, 2);
	return rows_done(&r);
}

/* One that is gone is told; one that can't be read now is tried again. */
static enum err
open_kept(struct tx *tx, const struct export_place *at, const struct kept *k,
    const struct id *row, struct export_file *out)
{
	const char *path = ticket_file_on_disk(
	    tx->arena, at->settings, &tx->tenant, k->hash, row);

	if (!path)
		return tx_fail(tx, E_BUSY);
	out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (out->fd >= 0)
		return OK;
	ticket_file_missing(path);
	if (errno != ENOENT)
		return tx_fail(tx, E_SYS);
	buf_puts(&out->bytes, "This file is not where it was kept.\n");
	return OK;
}

enum err
export_attachment_file(struct tx *tx, const struct export_place *at,
    const struct id *row, int i, struct export_file *out)
{
	struct kept k;
	enum err e = i > 0 ? E_NOTFOUND : find_kept(tx, row, &k);

	if (e == OK)
		e = open_kept(tx, at, &k, row, out);
	if (e != OK)
		return e;
	/* its name by which it was sent is in the list, too */
	out->name = arena_printf(tx->arena, "attachments/%s/%s/%s%s", k.number,
	    row->s, strlen(k.name) <= FILE_NAME_BYTES ? k.name : "file",
	    out->fd < 0 ? ".lost.txt" : "");
	return out->name ? OK : tx_fail(tx, E_BUSY);
}
