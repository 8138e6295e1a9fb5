/* ticket_message.c - what is said in a ticket, with its files.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "resource/field.h"

const char *const ticket_author_words[] = {
    [TICKET_BY_CUSTOMER] = "customer",
    [TICKET_BY_STAFF] = "staff",
    [TICKET_BY_SYSTEM] = "system",
};
const char *const ticket_via_words[] = {
    [TICKET_BY_WEB] = "web",
    [TICKET_BY_MAIL] = "mail",
    [TICKET_BY_API] = "api",
};

#define HOUR_S 3600

/* RFC 5322 has no longer line. */
#define MAIL_ID_MAX 998
/* Behind all. */
#define LAST_ID "ffffffff-ffff-ffff-ffff-ffffffffffff"

/* ---- what can be said ---- */

struct ticket_said
ticket_said_by(const struct tx *tx, enum ticket_author author,
    enum ticket_via via, const char *text)
{
	bool is_person = tx->actor->kind == ACTOR_USER;

	return (struct ticket_said){
	    .author = author,
	    .via = via,
	    .user = is_person ? tx->actor->id : (struct id){""},
	    .name = is_person ? NULL : tx->actor->name,
	    .text = text,
	};
}

/* The text as a described field of several lines reads it. */
static bool
read_words(struct tx *tx, const char *field, const char *text, const char **out)
{
	const struct field f = {
	    .api = field, .type = FIELD_AREA, .max = TICKET_TEXT_MAX};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val v;

	if (!field_read(&f, &in, text ? text : "", &v))
		return false;
	*out = v.type == DB_T_TEXT ? v.text : "";
	return true;
}

/* A person's own name and address, where none are given. */
static enum err
fill_names(struct tx *tx, struct ticket_said *said)
{
	const char *name, *email;
	struct rows r;
	enum err e = OK;

	if (id_is_set(&said->user) && (!said->name || !said->email)) {
		e = db_one(tx, &r,
		    "SELECT name, email FROM users "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&said->user));
		if (e != OK)
			return e;
		name = row_strdup(&r, 0);
		email = row_strdup(&r, 1);
		e = rows_done(&r);
		said->name = said->name ? said->name : name;
		said->email = said->email ? said->email : email;
	}
	said->name = said->name ? said->name : "";
	said->email = said->email ? said->email : "";
	return e;
}

enum err
ticket_check_pace(
    struct tx *tx, const char *field, const struct ticket_said *said)
{
	int64_t n;
	enum err e;

	if (said->author != TICKET_BY_CUSTOMER || !id_is_set(&said->user) ||
	    said->via == TICKET_BY_MAIL)
		return OK;
	e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM ticket_messages "
	    "WHERE tenant_id = $1 AND user_id = $2 AND created_at > $3",
	    DB_ID(&tx->tenant), DB_ID(&said->user), DB_INT(tx->now - HOUR_S));
	if (e != OK || n < TICKET_SAID_PER_HOUR)
		return e;
	problem_add(tx->problems, field, "too_many",
	    "You have written %d messages within an hour. Please wait a "
	    "little before the next.",
	    TICKET_SAID_PER_HOUR);
	return E_INPUT;
}

enum err
ticket_check_said(struct tx *tx, const char *field,
    const struct ticket_said *said, struct ticket_said *fit_out)
{
	struct ticket_said fit = *said;
	enum err e;
	bool good = read_words(tx, field, said->text, &fit.text) &&
		    read_words(tx, field, said->quoted, &fit.quoted);

	if (good && fit.text[0] == '\0' && fit.n_files == 0) {
		problem_add(
		    tx->problems, field, "required", "Write something first.");
		good = false;
	}
	if (fit.mail_id && (strlen(fit.mail_id) > MAIL_ID_MAX ||
			       !text_is_printable(fit.mail_id))) {
		problem_add(tx->problems, "mailId", "bad_format",
		    "This is no Message-ID.");
		good = false;
	}
	if (!good)
		return E_INPUT;
	*fit_out = fit;
	e = ticket_check_pace(tx, field, said);
	return e == OK ? fill_names(tx, fit_out) : e;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
	"SELECT m.id, m.ticket_id, m.user_id, m.author, m.via, "               \
	"m.author_name, m.author_email, m.text, m.quoted, m.mail_id, "         \
	"m.is_note, m.created_at FROM ticket_messages m "                      \
	"WHERE m.tenant_id = $1 "

static struct ticket_message
read_message(const struct rows *r)
{
	struct ticket_message m = {
	    .id = row_id(r, 0),
	    .ticket = row_id(r, 1),
	    .user = row_id(r, 2),
	    .name = row_strdup(r, 5),
	    .email = row_strdup(r, 6),
	    .text = row_strdup(r, 7),
	    .quoted = row_strdup(r, 8),
	    .mail_id = row_strdup(r, 9),
	    .is_note = row_int(r, 10) != 0,
	    .created_at = row_int(r, 11),
	};

	for (int i = 0; i < TICKET_AUTHOR__MAX; i++)
		if (str_eq(ticket_author_words[i], row_text(r, 3)))
			m.author = (enum ticket_author)i;
	for (int i = 0; i < TICKET_VIA__MAX; i++)
		if (str_eq(ticket_via_words[i], row_text(r, 4)))
			m.via = (enum ticket_via)i;
	return m;
}

static enum err
take(enum err e, struct rows *r, struct ticket_message *out)
{
	struct ticket_message m;

	if (e != OK)
		return e;
	m = read_message(r);
	e = rows_done(r);
	if (e == OK)
		*out = m;
	return e;
}

enum err
ticket_message_get(
    struct tx *tx, const struct id *message, struct ticket_message *out)
{
	struct rows r;
	enum err e = db_one(tx, &r, COLUMNS "AND m.id = $2", DB_ID(&tx->tenant),
	    DB_ID(message));

	return take(e, &r, out);
}

enum err
ticket_message_by_mail(
    struct tx *tx, const char *mail_id, struct ticket_message *out)
{
	struct rows r;
	enum err e = db_one(tx, &r, COLUMNS "AND m.mail_id = $2",
	    DB_ID(&tx->tenant), DB_TEXT(mail_id));

	return take(e, &r, out);
}

enum err
ticket_messages(struct tx *tx, const struct id *ticket, bool with_notes,
    const struct id *before, const struct ticket_message **list_out,
    size_t *n_out, bool *earlier_out)
{
	struct ticket_message *list =
	    arena_array(tx->arena, TICKET_MESSAGES_MAX, sizeof(*list));
	size_t at = TICKET_MESSAGES_MAX;
	bool has_earlier = false;
	struct rows r;
	enum err e;

	if (!list)
		return E_BUSY;
	e = db_query(tx, &r,
	    COLUMNS "AND m.ticket_id = $2 AND m.is_note <= $3 "
		    "AND m.id < $4 ORDER BY m.id DESC LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(ticket), DB_BOOL(with_notes),
	    DB_TEXT(id_is_set(before) ? before->s : LAST_ID),
	    DB_INT((int64_t)TICKET_MESSAGES_MAX + 1));
	if (e != OK)
		return e;
	while (!has_earlier && rows_next(&r)) {
		if (at == 0)
			has_earlier = true;
		else
			list[--at] = read_message(&r);
	}
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list + at;
		*n_out = TICKET_MESSAGES_MAX - at;
		*earlier_out = has_earlier;
	}
	return e;
}

/* ---- files ---- */

enum { FILES_MAX = TICKET_MESSAGES_MAX * 20 };

#define FILE_COLUMNS                                                           \
	"SELECT a.id, a.message_id, a.name, a.type, a.hash, a.bytes "          \
	"FROM ticket_attachments a "

static struct ticket_attached
read_attached(const struct rows *r)
{
	return (struct ticket_attached){
	    .id = row_id(r, 0),
	    .message = row_id(r, 1),
	    .name = row_strdup(r, 2),
	    .type = row_strdup(r, 3),
	    .hash = row_strdup(r, 4),
	    .bytes = row_int(r, 5),
	};
}

enum err
ticket_attachments(struct tx *tx, const struct id *ticket,
    const struct id *first, const struct id *last,
    const struct ticket_attached **list_out, size_t *n_out)
{
	struct ticket_attached *list =
	    arena_array(tx->arena, FILES_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (!list)
		return E_BUSY;
	e = db_query(tx, &r,
	    FILE_COLUMNS "JOIN ticket_messages m ON m.tenant_id = a.tenant_id "
			 "AND m.id = a.message_id "
			 "WHERE a.tenant_id = $1 AND m.ticket_id = $2 "
			 "AND m.id >= $3 AND m.id <= $4 "
			 "ORDER BY m.id, a.id LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(ticket), DB_ID(first), DB_ID(last),
	    DB_INT((int64_t)FILES_MAX));
	if (e != OK)
		return e;
	while (n < FILES_MAX && rows_next(&r))
		list[n++] = read_attached(&r);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

enum err
ticket_attachment_get(struct tx *tx, const struct id *ticket,
    const struct id *attachment, bool with_notes, struct ticket_attached *out)
{
	struct ticket_attached a;
	struct rows r;
	enum err e = db_one(tx, &r,
	    FILE_COLUMNS "JOIN ticket_messages m ON m.tenant_id = a.tenant_id "
			 "AND m.id = a.message_id "
			 "WHERE a.tenant_id = $1 AND a.id = $2 "
			 "AND m.ticket_id = $3 AND m.is_note <= $4",
	    DB_ID(&tx->tenant), DB_ID(attachment), DB_ID(ticket),
	    DB_BOOL(with_notes));

	if (e != OK)
		return e;
	a = read_attached(&r);
	e = rows_done(&r);
	if (e == OK)
		*out = a;
	return e;
}

/* ---- writing ---- */

enum err
ticket_find_mail(struct tx *tx, const struct ticket_said *said, bool *found_out,
    struct ticket_done *out)
{
	struct ticket_message m;
	enum err e = said->mail_id
			 ? ticket_message_by_mail(tx, said->mail_id, &m)
			 : E_NOTFOUND;

	*found_out = e == OK;
	if (e == OK)
		*out = (struct ticket_done){m.ticket, m.id, true};
	return e == E_NOTFOUND ? OK : e;
}

static enum err
add_files(struct tx *tx, const struct id *message, const struct ticket_said *s)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < s->n_files; i++) {
		const struct ticket_file *f = &s->file[i];

		e = db_later(tx,
		    "INSERT INTO ticket_attachments (tenant_id, id, "
		    "message_id, name, type, bytes, hash, created_at, "
		    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
		    DB_ID(&tx->tenant), DB_ID(&f->id), DB_ID(message),
		    DB_TEXT(f->name), DB_TEXT(f->type), DB_INT(f->bytes),
		    DB_TEXT(f->hash), DB_INT(tx->now));
	}
	return e;
}

enum err
ticket_message_add(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, bool is_note, struct id *out)
{
	struct id id = id_new(clock_now_ms());
	int64_t n = 0;
	enum err e = db_exec_n(tx, &n,
	    "INSERT INTO ticket_messages (tenant_id, id, ticket_id, author, "
	    "user_id, author_name, author_email, text, quoted, is_note, via, "
	    "mail_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$13) ON CONFLICT (tenant_id, mail_id) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(ticket),
	    DB_TEXT(ticket_author_words[said->author]), DB_ID(&said->user),
	    DB_TEXT(said->name), DB_TEXT(said->email), DB_TEXT(said->text),
	    DB_TEXT(said->quoted), DB_BOOL(is_note),
	    DB_TEXT(ticket_via_words[said->via]), DB_TEXT(said->mail_id),
	    DB_INT(tx->now));

	if (e == OK && n == 0)
		return E_RETRY;
	if (e == OK)
		e = add_files(tx, &id, said);
	if (e == OK)
		*out = id;
	return e;
}
