/* refusal.c - authenticated intakes that made no order are kept, not lost.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/refusal.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "identity/audit.h"
#include "mail/mail.h"

static const char *
reasons_json(struct arena *a, const struct problems *p)
{
	struct buf b;
	struct json_out w;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '[');
	for (size_t i = 0; i < problems_kept(p); i++) {
		json_open(&w, NULL, '{');
		json_str(&w, "field", p->item[i].field);
		json_str(&w, "code", p->item[i].code);
		json_str(&w, "message", p->item[i].message);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	return buf_move(a, &b);
}

/* Once, however often the call comes again. */
static enum err
alert_staff(struct tx *tx, const struct id *refusal)
{
	return mail_add(tx, &(struct mail){
				.template = MAIL_STAFF_REFUSED_INTAKE,
				.once = arena_printf(tx->arena,
				    "mail/staff-refused-intake:%s", refusal->s),
				.ref_name = "refusalId",
				.ref = refusal,
			    });
}

enum err
refusal_keep(struct tx *tx, const struct refusal_new *n, struct id *out)
{
	struct id id = id_new(clock_now_ms());
	size_t kept =
	    n->body_len < REFUSAL_BODY_MAX ? n->body_len : REFUSAL_BODY_MAX;
	char hash[TOKEN_HASH_LEN];
	struct rows r;
	enum err e;

	content_hash(n->body, n->body_len, hash);
	e = db_one(tx, &r,
	    "INSERT INTO intake_refusals AS i (tenant_id, id, source, "
	    "payment_intent_id, http_status, reasons, body, body_bytes, "
	    "body_hash, token_name, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) "
	    "ON CONFLICT (tenant_id, body_hash, http_status) "
	    "WHERE status = 'open' "
	    "DO UPDATE SET seen_count = i.seen_count + 1, "
	    "updated_at = excluded.updated_at "
	    "RETURNING id",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(n->source),
	    DB_TEXT(n->payment_intent_id), DB_INT(n->http_status),
	    DB_TEXT(reasons_json(tx->arena, n->reasons)),
	    DB_BLOB(n->body, kept), DB_INT((int64_t)n->body_len), DB_TEXT(hash),
	    DB_TEXT(tx->actor->name), DB_INT(tx->now));
	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	e = rows_done(&r);
	if (e == OK)
		e = audit(tx, "refusal.keep", "intake_refusals", out, NULL);
	return e == OK ? alert_staff(tx, out) : e;
}

enum err
refusal_get(struct tx *tx, const struct id *id, struct refusal *out)
{
	struct rows r;
	const char *body;
	char *copy;
	size_t len;
	enum err e = db_one(tx, &r,
	    "SELECT id, order_id, status, body FROM intake_refusals "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	/* what broke the call may be a NUL in it */
	body = row_blob(&r, 3, &len);
	copy = arena_alloc(tx->arena, len + 1);
	if (copy && len > 0)
		memcpy(copy, body, len);
	*out = (struct refusal){
	    .id = row_id(&r, 0),
	    .order = row_id(&r, 1),
	    .status = row_strdup(&r, 2),
	    .body = copy,
	    .body_len = len,
	};
	e = rows_done(&r);
	return copy ? e : tx_fail(tx, E_BUSY);
}

/* open -> status; order may be unset. */
static enum err
decide(struct tx *tx, const struct id *id, const char *status,
    const struct id *order)
{
	struct refusal refusal;
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE intake_refusals SET status = $3, order_id = $4, "
	    "updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'open'",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(status), DB_ID(order),
	    DB_INT(tx->now));

	if (e != OK)
		return e;
	if (n > 0)
		return OK;
	if ((e = refusal_get(tx, id, &refusal)) != OK)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "This refused order has been decided already.");
	return E_CONFLICT;
}

enum err
refusal_placed(struct tx *tx, const struct id *id, const struct id *order)
{
	enum err e = decide(tx, id, "placed", order);

	return e == OK ? audit(tx, "refusal.place", "intake_refusals", id, NULL)
		       : e;
}

enum err
refusal_dismiss(struct tx *tx, const struct id *id)
{
	enum err e = decide(tx, id, "dismissed", NULL);

	return e == OK
		   ? audit(tx, "refusal.dismiss", "intake_refusals", id, NULL)
		   : e;
}

enum err
refusal_forget(struct tx *tx, int keep_days)
{
	return db_exec(tx,
	    "DELETE FROM intake_refusals "
	    "WHERE tenant_id = $1 AND created_at < $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now - (int64_t)keep_days * 86400));
}
