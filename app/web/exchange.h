/* exchange.h - a request with what only the web room may see of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_WEB_EXCHANGE_H
#define MPANEL_WEB_EXCHANGE_H

#include "base/buf.h"
#include "web/gate.h"
#include "base/address.h"
#include "web/route.h"
#include "web/web.h"

#define REPLY_MAX (1024 * 1024)
#define FORM_MAX  (1024 * 1024)
#define RAW_MAX	  (1024 * 1024)
/* Either, of a route with ROUTE_FILES; nginx lets these have as much. */
#define FILES_MAX ((size_t)12 * 1024 * 1024)

struct reply {
	int status; /* 0: nothing written yet */
	const char *type;
	const char *location; /* 303 */
	struct buf body;
	struct buf headers; /* "Name: value\r\n" lines of the handler */
	struct json_out json;
	const char *retry_after; /* survives reply_reset() */
	const char *cache; /* Cache-Control, heeded for anyone's answers */
	/* Content-Security-Policy and Cross-Origin-Resource-Policy, where the
	 * handler has others than every answer. */
	const char *policy, *sharing;
	const char *flash_kind, *flash_text;
	bool flash_shown; /* to be cleared behind the answer */
	bool sets_cookie;
	bool is_problem; /* body from problem_answer() */
	bool is_broken;	 /* a page or header that could not be made */
	void (*after)(struct request *rq);
};

/* The parameters that the gate itself reads; NULL when absent. */
struct head {
	const char *method, *uri, *query, *content_type, *content_length;
	const char *host, *client, *request_id, *tls, *cookie, *authorization;
	const char *origin, *fetch_site, *forwarded_for, *forwarded_proto;
};

/* Why the gate itself refused; overrides what the error says. */
struct refusal {
	int status; /* 0: none */
	const char *code, *detail;
};

struct exchange {
	struct request rq;
	struct reply reply;
	struct gate *gate;
	const struct wire *wire;
	struct head head;
	struct route_match match;
	struct refusal refusal;
	struct tx tx;
	int64_t began_us;
	const char *session; /* the cookie that signed the person in */
	bool by_token;
	const char *idem_key, *idem_hash;
	bool idem_used; /* as a handler with ROUTE_OWN_TX found out */
	bool is_wrong;	/* the host is not whose it was taken for */
	bool replayed;
};

struct gate {
	const struct web_config *config;
	struct router *router;
	struct db *db;
	/* What is parsed once, and what a handler makes (made anew when it runs
	 * again after E_RETRY). */
	struct arena *request_arena, *handler_arena;
	struct ranges exempt, proxies;
	int anonymous_per_s;
	bool hsts, open_metrics;
	struct exchange x;
};

/* The exchange around a request. */
static inline struct exchange *
exchange_of(struct request *rq)
{
	return (struct exchange *)rq;
}
static inline const struct exchange *
exchange_of_const(const struct request *rq)
{
	return (const struct exchange *)rq;
}
_Static_assert(offsetof(struct exchange, rq) == 0, "request comes first");

/* ---- gate.c ---- */

/* Memory was refused somewhere on the way: what was found out with half of it
 * is not to be trusted. */
bool exchange_is_starved(const struct exchange *x);

/* Refuse with a status of the gate's own; returns E_INPUT. */
enum err refuse(struct exchange *x, int status, const char *detail) MUST_USE;

/* Refuse, count it and have it noted; returns E_DENIED. */
enum err deny(
    struct exchange *x, const char *why, const struct refusal *f) MUST_USE;

/* ---- transact.c ---- */

/* Begin the transaction that finds out who calls whom; end it without effect,
 * and find out whether the host is whose it was taken for. */
enum err exchange_begin(struct exchange *x, enum tx_mode mode) MUST_USE;
void exchange_end(struct exchange *x);
/* A handler that only reads goes on in it, now for the caller's tenant.  Before
 * any other it ends, and the host is sure; E_RETRY: it is not. */
enum err exchange_pass_on(struct exchange *x) MUST_USE;
/* Run the handler in its transaction and commit, again after a lost race. */
enum err exchange_run(struct exchange *x) MUST_USE;

/* ---- request.c, body.c ---- */

/* Line, headers, path, query, cookies; refuses 400. */
enum err request_read(struct exchange *x) MUST_USE;
/* The body as the route's row wants it; refuses 400, 413, 415. */
enum err request_read_body(struct exchange *x) MUST_USE;

/* ---- permit.c ---- */

/* Permission, from the route's row; refuses 303, 401, 403, 404, 405. */
enum err permit_check(struct exchange *x) MUST_USE;

/* ---- csrf.c ---- */

#define SESSION_COOKIE "mp_session"

enum err csrf_check(struct exchange *x) MUST_USE;
/* The token that belongs to a secret cookie. */
const char *csrf_token(struct arena *a, const char *secret);
/* For forms of people who are not signed in: token of the door cookie, which
 * is set if absent. */
const char *csrf_door_token(struct request *rq);

/* ---- reply.c, reply_print.c ---- */

/* Forget what a handler has written, but Retry-After. */
void reply_reset(struct reply *r);
/* What can't be sent after all: E_BUSY out of memory, E_SYS a broken page. */
enum err reply_check(const struct exchange *x) MUST_USE;
/* The whole CGI response. */
void reply_print(struct exchange *x, struct buf *out);

/* ---- page.c ---- */

/* Keep the handler's flash in the session's row. */
enum err flash_store(struct exchange *x, struct tx *tx) MUST_USE;
void flash_clear(struct exchange *x);

/* ---- problem_reply.c ---- */

/* Replace the reply by the answer to an error. */
void problem_answer(struct exchange *x, enum err e);

/* ---- idempotency.c ---- */

/* Find the caller's key, if it counts for this route; refuses 400. */
enum err idem_read(struct exchange *x) MUST_USE;
/* First statement of the transaction.  *used_out: the key has been used
 * before: roll back and call idem_replay(). */
enum err idem_claim(struct exchange *x, bool *used_out) MUST_USE;
/* Last statement before COMMIT. */
enum err idem_store(struct exchange *x) MUST_USE;
/* Answer from the stored row; E_RETRY when it is gone by now. */
enum err idem_replay(struct exchange *x) MUST_USE;

/* ---- metrics.c ---- */

void metrics_request(const struct exchange *x, int64_t took_us);

/* page.c: whoever reads the page is known, and which templates speak to them.
 */
void page_reader(struct exchange *x);
struct templates *page_templates(const struct exchange *x);

#endif
