/* idempotency.c - the same call with the same key is done once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The key's row is the first insert of the handler's transaction and gets the
 * answer as its last statement: either both the effects and the answer are
 * there or neither is.  A second call waits in the insert for the first one's
 * end (PostgreSQL: on the unique index, SQLite: on the writers' lock), inserts
 * nothing, and reads what was answered.
 *
 * API calls carry the key in Idempotency-Key, forms in their field `key`.  What
 * is kept: answers 2xx, and of forms the path they led to (303).
 */
#include "config.h"
#include "web/exchange.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define KEY_MAX 255

static const char *
given_key(const struct request *rq)
{
	const char *key = header_text(rq, "Idempotency-Key");

	if (!key && rq->route->body == BODY_FORM)
		key = form_text(rq, "key");
	return key && *key ? key : NULL;
}

/* Printable ASCII, so that it means the same on the way and in the table. */
static bool
key_is_good(const char *key)
{
	size_t n = 0;

	for (; key[n]; n++)
		if (n == KEY_MAX || key[n] < 0x21 || key[n] > 0x7e)
			return false;
	return n > 0;
}

static void
add_text(struct content_hasher *h, const char *s)
{
	content_hash_add(h, s, strlen(s) + 1);
}

/* As it was read: each sending of a form in parts has another boundary. */
static void
form_hash(const struct request *rq, char hash[static TOKEN_HASH_LEN])
{
	struct content_hasher h;

	content_hash_begin(&h);
	content_hash_add(&h, &rq->n_form, sizeof(rq->n_form));
	for (size_t i = 0; i < rq->n_form; i++) {
		add_text(&h, rq->form[i].name);
		add_text(&h, rq->form[i].value);
	}
	for (size_t i = 0; i < rq->n_files; i++) {
		const struct form_file *f = &rq->files[i];

		add_text(&h, f->name);
		add_text(&h, f->filename);
		content_hash_add(&h, &f->len, sizeof(f->len));
		content_hash_add(&h, f->data, f->len);
	}
	content_hash_end(&h, hash);
}

/* Of the body's meaning: white space and order in JSON don't count. */
static bool
body_hash(const struct request *rq, char hash[static TOKEN_HASH_LEN])
{
	const char *json;

	if (rq->route->body == BODY_FORM) {
		form_hash(rq, hash);
		return true;
	}
	if (!rq->json) {
		content_hash(rq->body, rq->body_len, hash);
		return true;
	}
	json = json_canonical(rq->arena, rq->json);
	if (json)
		content_hash(json, strlen(json), hash);
	return json != NULL;
}

/* With the path and query, so that the key names one call. */
static const char *
call_hash(struct exchange *x)
{
	struct request *rq = &x->rq;
	const char *query = x->head.query ? x->head.query : "";
	char hash[TOKEN_HASH_LEN], all[TOKEN_HASH_LEN];
	const char *text;

	if (!body_hash(rq, hash))
		return NULL;
	text = arena_printf(rq->arena, "%s?%s\n%s", rq->path, query, hash);
	if (!text)
		return NULL;
	content_hash(text, strlen(text), all);
	return arena_strdup(rq->arena, all);
}

/* Handlers with transactions of their own say where the key belongs. */
static bool
is_heeded(const struct route *r)
{
	return !(r->flags & ROUTE_OWN_TX) || r->body == BODY_JSON;
}

enum err
idem_read(struct exchange *x)
{
	struct request *rq = &x->rq;
	const char *key;

	if (rq->method == GET || !is_heeded(rq->route) ||
	    !id_is_set(&rq->actor.id) || !id_is_set(&rq->tenant))
		return OK;
	key = given_key(rq);
	if (!key)
		return OK;
	if (!key_is_good(key))
		return refuse(x, 400,
		    "The idempotency key must be 1 to 255 printable "
		    "ASCII characters without spaces.");
	x->idem_hash = call_hash(x);
	if (!x->idem_hash)
		return E_BUSY;
	x->idem_key = key;
	return OK;
}

/* "user:<id>": ids of users and tokens are never mixed up. */
static const char *
actor_key(const struct request *rq)
{
	return arena_printf(rq->arena, "%s:%s", actor_kind_name(rq->actor.kind),
	    rq->actor.id.s);
}

static enum err
claim(struct exchange *x, struct tx *tx, bool *used_out)
{
	struct request *rq = &x->rq;
	int64_t made = 1;
	enum err e;

	if (!x->idem_key)
		return OK;
	e = db_exec_n(tx, &made,
	    "INSERT INTO idempotency_keys (tenant_id, actor_key, route, "
	    "idem_key, body_hash, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $6) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&rq->tenant), DB_TEXT(actor_key(rq)),
	    DB_TEXT(rq->route->name), DB_TEXT(x->idem_key),
	    DB_TEXT(x->idem_hash), DB_INT(rq->now));
	if (e == OK)
		*used_out = made == 0;
	return e;
}

enum err
idem_claim(struct exchange *x, bool *used_out)
{
	return claim(x, &x->tx, used_out);
}

enum err
request_claim_key(struct request *rq, struct tx *tx)
{
	struct exchange *x = exchange_of(rq);
	enum err e = claim(x, tx, &x->idem_used);

	return e == OK && x->idem_used ? E_CONFLICT : e;
}

bool
request_has_key(const struct request *rq)
{
	return exchange_of_const(rq)->idem_key != NULL;
}

static enum err
forget_key(struct exchange *x)
{
	struct request *rq = &x->rq;

	return db_exec(&x->tx,
	    "DELETE FROM idempotency_keys "
	    "WHERE tenant_id = $1 AND actor_key = $2 AND route = $3 "
	    "AND idem_key = $4",
	    DB_ID(&rq->tenant), DB_TEXT(actor_key(rq)),
	    DB_TEXT(rq->route->name), DB_TEXT(x->idem_key));
}

static enum err
keep(struct exchange *x, struct tx *tx, int status, const char *answer)
{
	struct request *rq = &x->rq;

	return db_exec(tx,
	    "UPDATE idempotency_keys "
	    "SET status = $1, response = $2, updated_at = $3 "
	    "WHERE tenant_id = $4 AND actor_key = $5 AND route = $6 "
	    "AND idem_key = $7",
	    DB_INT(status), DB_TEXT(answer), DB_INT(rq->now),
	    DB_ID(&rq->tenant), DB_TEXT(actor_key(rq)),
	    DB_TEXT(rq->route->name), DB_TEXT(x->idem_key));
}

enum err
idem_store(struct exchange *x)
{
	const struct reply *r = &x->reply;
	const char *answer = r->location ? r->location : buf_str(&r->body);

	if (!x->idem_key)
		return OK;
	if (r->status >= 400)
		return forget_key(x);
	if (x->rq.route->flags & ROUTE_SECRET)
		answer = NULL;
	return keep(x, &x->tx, r->status, answer);
}

enum err
request_keep_answer(
    struct request *rq, struct tx *tx, int status, const char *json)
{
	struct exchange *x = exchange_of(rq);

	assert(status >= 200 && status < 300);
	return x->idem_key ? keep(x, tx, status, json) : OK;
}

/* ---- the second time ---- */

struct stored {
	const char *hash, *response;
	int status;
};

static enum err
read_stored(struct exchange *x, struct stored *out)
{
	struct request *rq = &x->rq;
	struct rows r;
	enum err e;

	request_tx(rq, &x->tx);
	if ((e = tx_begin(rq->db, TX_READ, &x->tx)) != OK)
		return e;
	e = db_one(&x->tx, &r,
	    "SELECT body_hash, status, response FROM idempotency_keys "
	    "WHERE tenant_id = $1 AND actor_key = $2 AND route = $3 "
	    "AND idem_key = $4",
	    DB_ID(&rq->tenant), DB_TEXT(actor_key(rq)),
	    DB_TEXT(rq->route->name), DB_TEXT(x->idem_key));
	if (e == OK) {
		out->hash = row_strdup(&r, 0);
		out->status = (int)row_int(&r, 1);
		out->response = row_strdup(&r, 2);
		e = rows_done(&r);
	}
	tx_rollback(&x->tx);
	return e == OK && !out->hash ? E_BUSY : e;
}

static enum err
refuse_key(struct exchange *x, const char *detail)
{
	problem_add(
	    &x->rq.problems, "Idempotency-Key", "conflict", "%s", detail);
	x->refusal = (struct refusal){409, "conflict", detail};
	return E_CONFLICT;
}

enum err
idem_replay(struct exchange *x)
{
	struct request *rq = &x->rq;
	struct stored s = {0};
	enum err e = read_stored(x, &s);

	if (e == E_NOTFOUND) /* forgotten since: then it is a first call */
		return E_RETRY;
	if (e != OK)
		return e;
	if (!str_eq(s.hash, x->idem_hash))
		return refuse_key(
		    x, "This key was used for a request with another body.");
	if (!s.response)
		return refuse_key(x,
		    "This was done before; its answer held a secret and "
		    "was not kept.");
	x->replayed = true;
	if (s.status == 303)
		reply_redirect(rq, s.response);
	else
		reply_json_text(rq, s.status, s.response);
	return OK;
}
