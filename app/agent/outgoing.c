/* outgoing.c - an archive on its way to the panel, piece by piece.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/outgoing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"

/* In base64 and with what stands around it less than the 256 KiB that the
 * panel takes. */
#define PIECE	  (180 * 1024)
#define PIECE_B64 (PIECE / 3 * 4 + 1)
#define STUCK_MAX 5

enum err
outgoing_open(struct outgoing *o, int state_dir, const char *result)
{
	struct outgoing opened = {.fd = -1};
	struct stat st;
	enum err e = beneath_open(state_dir, OUTGOING_FILE,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &opened.fd);

	if (e != OK)
		return e;
	opened.result = strdup(result);
	if (opened.result == NULL || fstat(opened.fd, &st) < 0 ||
	    !S_ISREG(st.st_mode)) {
		close(opened.fd);
		free(opened.result);
		return E_SYS;
	}
	opened.size = st.st_size;
	*o = opened;
	return OK;
}

/* The piece at o->sent as the body of the call; NULL: it can't be read. */
static const char *
make_body(const struct outgoing *o, struct arena *a, const struct task *task)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	unsigned char *piece = arena_alloc(a, PIECE);
	char *text = arena_alloc(a, PIECE_B64);
	struct json_out w;
	struct buf b;
	ssize_t n;

	if (piece == NULL || text == NULL)
		return NULL;
	n = fd_pread(o->fd, piece, PIECE, o->sent);
	if (n < 0)
		return NULL;
	crypto_hash_sha256(digest, piece, (size_t)n);
	hex_encode(hex, digest, sizeof(digest));
	sodium_bin2base64(
	    text, PIECE_B64, piece, (size_t)n, sodium_base64_VARIANT_ORIGINAL);
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "leaseToken", task->lease_token);
	json_int(&w, "offset", o->sent);
	json_str(&w, "sha256", hex);
	json_str(&w, "data", text);
	json_close(&w, '}');
	return buf_move(a, &b);
}

/* Where the panel wants to go on. */
static enum answer
go_on(struct outgoing *o, const json_t *reply)
{
	const json_t *v = json_object_get(reply, "received");
	json_int_t received = json_is_integer(v) ? json_integer_value(v) : -1;

	if (received < 0 || received > o->size) {
		log_event(LOG_ERROR, "panel_babbles", LOG_I("status", 200));
		return ANSWER_NO;
	}
	o->stuck = received > o->sent ? 0 : o->stuck + 1;
	o->sent = received;
	return o->stuck > STUCK_MAX ? ANSWER_NO : ANSWER_YES;
}

enum answer
outgoing_step(struct outgoing *o, struct panel *p, struct arena *a,
    const struct task *task)
{
	const char *path =
	    arena_printf(a, "/api/worker/tasks/%s/archive", task->id);
	const char *body = make_body(o, a, task);
	json_t *reply = NULL;
	enum answer answer;

	if (path == NULL || body == NULL)
		return ANSWER_NO;
	answer = panel_post(p, a, path, body, &reply);
	if (answer == ANSWER_YES)
		answer = go_on(o, reply);
	json_decref(reply);
	return answer;
}

void
outgoing_close(struct outgoing *o, int state_dir)
{
	if (o->fd >= 0)
		close(o->fd);
	free(o->result);
	*o = (struct outgoing){.fd = -1};
	if (beneath_unlink(state_dir, OUTGOING_FILE) != OK)
		log_event(LOG_WARN, "outgoing_stays");
}
