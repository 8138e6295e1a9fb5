/* archive_api.c - archives as agents send them, piece by piece.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Between two short transactions: a piece goes to the disk, and neither waits
 * for the other.
 */
#include "config.h"

#include "hosting/agent_api.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "hosting/archive_fetch.h"

/* In base64; the whole call has JSON_BODY_MAX. */
#define DATA_MAX   (JSON_BODY_MAX - 1024)
#define SHA256_LEN 64

struct piece {
	struct id task;
	const char *token, *sha256;
	int64_t offset;
	unsigned char *data;
	size_t len;
};

static bool
take_data(const struct json_in *in, const char *text, struct piece *out)
{
	size_t size = strlen(text) / 4 * 3 + 1;
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];

	out->data = arena_alloc(in->arena, size);
	if (!out->data)
		return false;
	if (sodium_base642bin(out->data, size, text, strlen(text), NULL,
		&out->len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
		problem_add(
		    in->problems, "data", "bad_format", "This is not base64.");
		return false;
	}
	crypto_hash_sha256(digest, out->data, out->len);
	hex_encode(hex, digest, sizeof(digest));
	if (str_eq(hex, out->sha256))
		return true;
	problem_add(in->problems, "sha256", "bad_format",
	    "This is not the hash of the data.");
	return false;
}

static enum err
read_piece(struct request *rq, struct piece *out)
{
	static const char *const known[] = {
	    "leaseToken", "offset", "sha256", "data"};
	struct json_in in = request_json(rq);
	const char *data = "";
	bool good = json_in_known(&in, known, N_ELEMS(known));
	enum err e = path_id(rq, "id", &out->task);

	if (e != OK)
		return e;
	good &= json_in_text(
	    &in, "leaseToken", JSON_REQUIRED, TOKEN_MAX, &out->token);
	good &= json_in_int(
	    &in, "offset", JSON_REQUIRED, 0, INT64_MAX, &out->offset);
	good &= json_in_text(
	    &in, "sha256", JSON_REQUIRED, SHA256_LEN, &out->sha256);
	good &= json_in_text(&in, "data", JSON_OPTIONAL, DATA_MAX, &data);
	return good && take_data(&in, data ? data : "", out) ? OK : E_INPUT;
}

/* Whose it is, and where it goes. */
static enum err
find_file(struct request *rq, const struct piece *p, struct archive_file *out)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_READ, &tx)) != OK)
		return e;
	e = archive_fetch_of_task(
	    &tx, &p->task, &rq->actor.server, p->token, out);
	tx_rollback(&tx);
	if (e == E_CONFLICT)
		problem_add(&rq->problems, "leaseToken", "conflict",
		    "The lease on this task has been lost.");
	out->state_dir = setting_text(rq->settings, "state_dir");
	return e;
}

struct ready {
	const struct settings *settings;
	const struct id *id;
};

static enum err
set_ready(struct tx *tx, void *arg)
{
	const struct ready *r = arg;

	return archive_fetch_ready(tx, r->settings, r->id);
}

static enum err
note_ready(struct request *rq, const struct archive_file *f)
{
	struct ready ready = {rq->settings, &f->id};
	struct tx tx;

	request_tx(rq, &tx);
	return tx_run(rq->db, TX_WRITE, &tx, set_ready, &ready);
}

static enum err
keep_piece(struct request *rq, const struct piece *p, int64_t *received_out)
{
	struct archive_file f;
	bool whole;
	enum err e = find_file(rq, p, &f);

	if (e != OK)
		return e;
	e = archive_file_add(
	    rq->arena, &f, p->offset, p->data, p->len, received_out, &whole);
	if (e == E_INPUT)
		problem_add(&rq->problems, "data", "conflict",
		    "This is not the archive that was asked for.");
	if (e == E_LIMIT) {
		problem_add(&rq->problems, "data", "too_large",
		    "There is no room for it.");
		return E_INPUT;
	}
	return e == OK && whole ? note_ready(rq, &f) : e;
}

static enum err
take_piece(struct request *rq)
{
	int64_t received = 0;
	struct json_out *w;
	struct piece p;
	enum err e = read_piece(rq, &p);

	if (e == OK)
		e = keep_piece(rq, &p, &received);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_int(w, "received", received);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route archive_routes[] = {
	{POST,	"/api/worker/tasks/:id/archive", POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, ROUTE_OWN_TX, take_piece, "worker.archive"},
	{0}
};
/* clang-format on */
