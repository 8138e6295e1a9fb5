/* audit_export.c - the sealed audit log as a file, for whoever checks it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_export.h"

#include "base/clock.h"
#include "base/json.h"
#include "identity/audit_parts.h"

enum { PAGE = 500 };

/* A seal, its row and what the row is hashed to. */
struct line {
	struct audit_seal seal;
	struct audit_row row; /* id NULL: it is gone */
	char digest[TOKEN_HASH_LEN];
};

static const char *const heads[] = {"seq", "id", "createdAt", "actorKind",
    "actorId", "actor", "action", "noun", "nounId", "detail", "requestId",
    "sealedAt", "keyId", "prev", "digest", "hash"};

void
audit_export_begin(struct audit_export *x)
{
	for (size_t i = 0; x->csv && i < N_ELEMS(heads); i++) {
		if (i > 0)
			buf_putc(x->out, ',');
		buf_csv(x->out, heads[i]);
	}
	if (x->csv)
		buf_puts(x->out, "\r\n");
}

static void
add_json(struct buf *b, const struct line *l)
{
	const struct audit_row *row = &l->row;
	struct json_out w;

	json_out_init(&w, b);
	json_open(&w, NULL, '{');
	json_int(&w, "seq", l->seal.seq);
	json_str(&w, "tenantId", row->tenant);
	json_str(&w, "id", l->seal.row.s);
	json_str_or_null(&w, "actorKind", row->actor_kind);
	json_str_or_null(&w, "actorId", row->actor_id);
	json_str_or_null(&w, "actor", row->actor_name);
	json_str_or_null(&w, "action", row->action);
	json_str_or_null(&w, "noun", row->noun);
	json_str_or_null(&w, "nounId", row->noun_id);
	json_str_or_null(&w, "detail", row->detail);
	json_str_or_null(&w, "requestId", row->request_id);
	json_time(&w, "createdAt", row->created_at);
	json_time(&w, "updatedAt", row->updated_at);
	json_time(&w, "sealedAt", l->seal.created_at);
	json_str(&w, "keyId", l->seal.key_id);
	json_str(&w, "prev", l->seal.prev);
	json_str_or_null(&w, "digest", row->id ? l->digest : NULL);
	json_str(&w, "hash", l->seal.hash);
	json_close(&w, '}');
	buf_putc(b, '\n');
}

static void
add_cell(struct buf *b, const char *s)
{
	buf_putc(b, ',');
	if (s)
		buf_csv(b, s);
}

static void
add_time(struct buf *b, int64_t t)
{
	char iso[21];

	time_iso(t, iso);
	add_cell(b, t ? iso : NULL);
}

static void
add_csv(struct buf *b, const struct line *l)
{
	const struct audit_row *row = &l->row;

	buf_int(b, l->seal.seq);
	add_cell(b, l->seal.row.s);
	add_time(b, row->created_at);
	add_cell(b, row->actor_kind);
	add_cell(b, row->actor_id);
	add_cell(b, row->actor_name);
	add_cell(b, row->action);
	add_cell(b, row->noun);
	add_cell(b, row->noun_id);
	add_cell(b, row->detail);
	add_cell(b, row->request_id);
	add_time(b, l->seal.created_at);
	add_cell(b, l->seal.key_id);
	add_cell(b, l->seal.prev);
	add_cell(b, row->id ? l->digest : NULL);
	add_cell(b, l->seal.hash);
	buf_puts(b, "\r\n");
}

/* A seal whose row is gone belongs to every span of time. */
static enum err
add_page(struct tx *tx, struct audit_export *x, int *n_out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT " AUDIT_SEAL_COLUMNS ", " AUDIT_COLUMNS " "
	    "FROM audit_seals s "
	    "LEFT JOIN audit_logs a "
	    "ON a.tenant_id = s.tenant_id AND a.id = s.audit_id "
	    "WHERE s.tenant_id = $1 AND s.seq > $2 "
	    "AND (a.id IS NULL "
	    "OR (a.created_at >= $3 AND a.created_at < $4)) "
	    "ORDER BY s.seq LIMIT $5",
	    DB_ID(&tx->tenant), DB_INT(x->after), DB_INT(x->from),
	    DB_INT(x->to ? x->to : INT64_MAX), DB_INT(PAGE));

	*n_out = 0;
	if (e != OK)
		return e;
	while ((int64_t)x->out->len < x->bytes && rows_next(&r)) {
		struct line l;

		audit_seal_read(&r, 0, &l.seal);
		audit_row_read(&r, AUDIT_SEAL_WIDTH, &l.row);
		audit_row_digest(&l.row, l.digest);
		if (x->csv)
			add_csv(x->out, &l);
		else
			add_json(x->out, &l);
		x->after = l.seal.seq;
		++*n_out;
	}
	return rows_done(&r);
}

enum err
audit_export_some(struct tx *tx, void *arg)
{
	struct audit_export *x = arg;
	int n = PAGE;
	enum err e = OK;

	while (e == OK && n == PAGE && (int64_t)x->out->len < x->bytes)
		e = add_page(tx, x, &n);
	x->is_done = n < PAGE && (int64_t)x->out->len < x->bytes;
	return e == OK && buf_failed(x->out) ? E_BUSY : e;
}
