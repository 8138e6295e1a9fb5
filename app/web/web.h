/* web.h - a request, a reply, a route: what handlers see of the web.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Only *_pages.c and *_api.c of the rooms (and face/, main/) include this.
 * A handler reads the request, calls a flow, writes the reply and returns OK,
 * or returns an error and writes nothing: the gate answers errors from
 * rq->problems and base/error.h, in JSON under /api and as a page elsewhere.
 */
#ifndef MPANEL_WEB_WEB_H
#define MPANEL_WEB_WEB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/actor.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/problem.h"
#include "base/reader.h"
#include "base/settings.h"
#include "store/store.h"
#include "template/view.h"

enum method {
	GET = 1 << 0, /* HEAD is answered as GET without body */
	POST = 1 << 1,
	PUT = 1 << 2,
	PATCH = 1 << 3,
	DELETE = 1 << 4
};

/* The FastCGI socket and workers that serve a route.  Passwords are checked at
 * the door, so that a storm of log-ins waits there and nowhere else. */
enum pool { POOL_UI, POOL_DOOR, POOL_INTAKE, POOL_WORKER, POOL__MAX };

enum auth {
	AUTH__UNSET,  /* a row that forgot to say: mpanel does not start */
	AUTH_NONE,    /* anyone, no tenant needed */
	AUTH_TENANT,  /* anyone, but the host must be a tenant's */
	AUTH_SESSION, /* a person: session cookie (pages and API) or user token
		       */
	AUTH_API,     /* a person, or an API token: the permission decides */
	AUTH_TOKEN,   /* an API token with the permission */
	AUTH_SERVER,  /* an API token bound to a server */
	AUTH__MAX
};

enum body {
	BODY_NONE, /* a body is refused */
	BODY_JSON, /* one JSON object: rq->json */
	BODY_FORM, /* url-encoded or multipart/form-data: form_text() */
	BODY_RAW   /* bytes as they came: rq->body */
};

enum route_flag {
	/* The handler opens its own transactions on rq->db (it waits for a
	 * network in between, or keeps what is refused). */
	ROUTE_OWN_TX = 1 << 0,
	/* Safe method whose handler must write (rare; say why beside it). */
	ROUTE_WRITES = 1 << 1,
	/* Form posted without a session, and the page that shows it: CSRF by
	 * Origin and double cookie. */
	ROUTE_DOOR = 1 << 2,
	/* Authenticated refusals are handed to gate_ops.note_refused. */
	ROUTE_KEEP_REFUSED = 1 << 3,
	/* Readable by token with the permission, or from loopback. */
	ROUTE_LOOPBACK = 1 << 4,
	/* The answer shows a secret once: it is not stored for a repeated
	 * Idempotency-Key, which is answered 409 instead. */
	ROUTE_SECRET = 1 << 5,
	/* BODY_FORM that may have files: form_file(); others refuse them.
	 * BODY_RAW that is one.  Either may be larger than others: 12 MiB,
	 * where nginx lets it through (nginx/panel.conf.in). */
	ROUTE_FILES = 1 << 6,
	/* Also for somebody who has yet to set up a second factor; everything
	 * else that needs a person leads them to ENROL_PATH. */
	ROUTE_ENROL = 1 << 7,
	/* For the person alone, and not for staff who look as the person:
	 * passwords, factors, sessions, means of payment. */
	ROUTE_SELF = 1 << 8,
	/* A call whose answer a page of ours shows: with a session's cookie its
	 * labels are in the person's language.  Programs read English. */
	ROUTE_SPOKEN = 1 << 9
};

#define ENROL_PATH "/account/factors"

/* Instead of a permission: whoever is signed in (log out, own sessions). */
#define PERM_SIGNED_IN PERM__MAX

struct request;
struct secret_box;

/* One row of a route table; a table is ended by a row without a path.  path:
 * literal segments, `:name` for one segment, a final `*` for any rest (one
 * segment or more, the parameter named "*").  Literal segments win over
 * `:name`.  `perm` is not looked at for AUTH_NONE/TENANT; every other row
 * must have one or PERM_SIGNED_IN. */
struct route {
	unsigned methods;
	const char *path;
	enum pool pool;
	enum auth auth;
	enum perm perm;
	enum body body;
	unsigned flags;
	enum err (*handler)(struct request *rq);
	const char *name; /* "orders.list": metrics, logs, OpenAPI operation */
};

/* May the actor come by this route?  (Of what is behind it, handlers decide.)
 */
bool route_is_open(const struct route *r, const struct actor *actor);
/* "GET". */
const char *method_name(enum method m);

struct param {
	const char *name, *value;
};

/* A file of a form, borrowed from its body. */
struct form_file {
	const char *name;     /* of the field */
	const char *filename; /* without directories, maybe "" */
	const char *type;     /* as the sender says, "" when it does not */
	const char *data;
	size_t len;
};

struct request {
	struct arena *arena;
	struct db *db;
	/* Open, in the right mode; NULL in a handler with ROUTE_OWN_TX. */
	struct tx *tx;
	const struct settings *settings;
	/* The keys of key_file; NULL only where a test serves without. */
	const struct secret_box *box;
	const struct route *route;
	struct actor actor;
	struct problems problems;
	int64_t now;

	const char *id; /* X-Request-Id */
	enum method method;
	bool is_head;
	const char *path;   /* decoded once, validated */
	const char *host;   /* lower case, without port */
	const char *client; /* address, from nginx only */
	bool is_tls;
	bool is_api; /* path under /api or another machine's */
	/* Whose host it is.  Not sure: it is taken for granted, and is wrong if
	 * tx_settle() says E_RETRY; then the gate asks anew. */
	bool asks_anew, is_host_sure;
	struct id tenant;
	const char *tenant_slug, *tenant_name, *tenant_currency;
	/* How it looks: "#rrggbb" and a picture's hash; NULL or "": not so. */
	const char *tenant_accent, *tenant_logo;
	struct reader reader; /* of the page that is the answer */
	int64_t seen_at;      /* of the session or token; for gate_ops.touch */
	/* What is to be said once, on this session's next page; or NULL. */
	const char *flash_kind, *flash_text;

	struct param *path_params, *query, *form, *cookies;
	size_t n_path_params, n_query, n_form, n_cookies;
	struct form_file *files;
	size_t n_files;
	bool query_read; /* the handler has judged every parameter */
	/* What the route's own room has asked for and may want again in this
	 * run; NULL: nothing.  In the arena. */
	const void *kept;
	const char *body;
	size_t body_len;
	json_t *json;	  /* BODY_JSON; freed by the gate */
	const char *csrf; /* token for forms of this session */

	struct reply *reply;
};

/* Value by name; NULL when absent.  Cookies are asked for without the __Host-
 * prefix that reply_cookie() gives them under TLS.  path_param asserts that the
 * route has it and is never NULL. */
const char *path_param(const struct request *rq, const char *name);
const char *query_text(const struct request *rq, const char *name);
const char *form_text(const struct request *rq, const char *name);
const char *cookie_text(const struct request *rq, const char *name);
/* A file of the form by the name of its field; NULL when absent. */
const struct form_file *form_file(const struct request *rq, const char *name);
/* A request header by its usual name ("Idempotency-Key"); NULL when absent. */
const char *header_text(const struct request *rq, const char *name);
/* path_param that is an id; E_NOTFOUND otherwise. */
enum err path_id(
    const struct request *rq, const char *name, struct id *out) MUST_USE;
/* Refuse query parameters that are not in names (400 unknown_field).  Whoever
 * reads rq->query otherwise sets rq->query_read; an API handler that does
 * neither takes none. */
enum err query_known(
    struct request *rq, const char *const *names, size_t n) MUST_USE;

/* The JSON body ready for json_in_*(); path "". */
struct json_in request_json(struct request *rq);

/* A transaction of one's own (ROUTE_OWN_TX), filled from the request. */
void request_tx(struct request *rq, struct tx *tx);
/* What the handler has written in rq->tx is taken back, its idempotency key
 * with it, and it goes on in a transaction that reads: to show a form again
 * that its flow has refused half way. */
enum err request_undo(struct request *rq) MUST_USE;
/* fn in a reading transaction, as rq->tx, where the handler has none open: to
 * show a page, whose menu reads, for a form that was refused. */
enum err request_reading(struct request *rq,
    enum err (*fn)(struct request *rq, const void *arg),
    const void *arg) MUST_USE;

/* The caller's Idempotency-Key in a handler with ROUTE_OWN_TX and a JSON body,
 * whose effects are one transaction: claimed by its first statement ...
 * E_CONFLICT: the key has been used.  Return that; the gate gives the stored
 * answer or says that it was another call. */
enum err request_claim_key(struct request *rq, struct tx *tx) MUST_USE;
/* Is there one? */
bool request_has_key(const struct request *rq);
/* ... and kept with what will be answered (2xx) by its last one. */
enum err request_keep_answer(
    struct request *rq, struct tx *tx, int status, const char *json) MUST_USE;

/* The client's address is in the setting limit_exempt: limits by address
 * don't count it (those by account do). */
bool client_is_exempt(const struct request *rq);

/* ---- reply ---- */

/* Start a JSON reply and get its writer; the outermost value is yours. */
struct json_out *reply_json(struct request *rq, int status);
/* JSON text made elsewhere (a stored answer). */
void reply_json_text(struct request *rq, int status, const char *json);
void reply_text(
    struct request *rq, int status, const char *type, const char *text);
/* The same of bytes. */
void reply_bytes(struct request *rq, int status, const char *type,
    const void *data, size_t len);
/* {"success":true}: done, and there is nothing else to say. */
void reply_success(struct request *rq, int status);
/* 303 to an own path (asserts that it starts with one slash). */
void reply_redirect(struct request *rq, const char *path);
/* An error in the house's form (problem+json or page) whose transaction is
 * kept: return OK behind it.  `code` is error.code; rq->problems become
 * errors[].  For errors that change nothing return an enum err instead. */
void reply_problem(
    struct request *rq, int status, const char *code, const char *detail);
/* Each status that MPanel refuses with, and what is said by default. */
struct problem_status {
	int status;
	const char *code, *title, *detail;
};
const struct problem_status *problem_statuses(size_t *n_out);
/* What their pages say, for those who translate. */
void problem_texts(void (*fn)(void *arg, const char *text), void *arg);
/* The same with members of its own: they stand beside the others, and in
 * error.details.  Under /api only. */
void reply_problem_with(struct request *rq, int status, const char *code,
    const char *detail, void (*put)(struct json_out *w, const void *arg),
    const void *arg);
/* Render templates/<name>.mustache over view.  The gate has already put
 * static, csrf, brand, requestId, menu, user, flash into it (see
 * page_view()). */
void reply_page(
    struct request *rq, int status, const char *name, struct view *view);
/* The root of a page's view with everything that the layout needs: `title`
 * is the <title> and `current` the menu's path, e.g. "/orders". */
struct view *page_view(
    struct request *rq, const char *title, const char *current);
/* Another Content-Security-Policy or Cross-Origin-Resource-Policy takes the
 * place of what every answer has.  Refuses CR, LF, NUL (assert on names, drops
 * the request with 500 else).  Of the headers set before an error is returned
 * only Retry-After is kept. */
void reply_header(struct request *rq, const char *name, const char *value);
void reply_cookie(struct request *rq, const char *name, const char *value,
    int max_age_s, bool http_only);
/* The person's session goes on under another token: the cookie is set, and
 * forms of this very answer carry what belongs to it. */
void reply_session(struct request *rq, const char *token, int max_age_s);
/* Text shown once on the next page: a row of the session (nothing happens
 * without a cookie session), in the reader's language.  kind: "good", "warn",
 * "bad" or "info". */
void reply_flash(struct request *rq, const char *kind, const char *text);
/* Run after the reply has left and its transaction is over: at most one per
 * request, for writes that must not cost the caller time. */
void reply_after(struct request *rq, void (*fn)(struct request *rq));

/* ---- what the gate needs from the rooms to the right of it ---- */

/* The first three look things up in rq->tx, which has no tenant at first. */
struct gate_ops {
	/* E_NOTFOUND: unknown host. Fills tenant, slug, name, is_host_sure.
	 * E_DENIED: one of a company that is suspended; fills the name, and a
	 * problem says whom to ask. */
	enum err (*tenant_of_host)(struct request *rq);
	/* From the session cookie, with its flash; E_NOTFOUND: none or over. */
	enum err (*actor_of_cookie)(struct request *rq, const char *cookie);
	/* From `Authorization: Bearer`; sets actor and tenant.  E_NOTFOUND:
	 * nobody's; E_DENIED: good, but of another tenant than the host's. */
	enum err (*actor_of_token)(struct request *rq, const char *token);
	/* After rollback, in a transaction of its own. */
	void (*note_denied)(struct request *rq, const char *why);
	/* The same; an error is the answer instead. */
	enum err (*note_refused)(struct request *rq, int status);
	/* Adds to the view what every signed-in page shows (menu, banners). */
	void (*dress)(
	    struct request *rq, struct view *view, const char *current);
	/* After the reply: last seen, last used (at most once a minute). */
	void (*touch)(struct request *rq);
};

/* ---- counters shared by all workers (/api/metrics) ---- */

enum metric {
	METRIC_INTAKES_PLACED,
	METRIC_INTAKES_REVIEW,
	METRIC_INTAKES_VERIFYING,
	METRIC_INTAKES_REPLAYED,
	METRIC_INTAKES_REFUSED,
	METRIC_LOGIN_FAILED,
	METRIC_RATE_LIMITED,
	METRIC_DENIED,
	METRIC_TASKS_CLAIMED,
	METRIC_TASKS_SUCCEEDED,
	METRIC_TASKS_FAILED,
	METRIC__MAX
};
void metric_add(enum metric m, int64_t n);

/* A slot of a shared limit, e.g. at most half of the pool waiting for
 * Stripe.  False when all `max` are taken.  Freed by the kernel's word when a
 * worker dies (slots carry pids and are swept). */
enum slot_kind { SLOT_STRIPE, SLOT_DNS, SLOT__MAX };
bool slot_take(enum slot_kind k, int max);
void slot_give(enum slot_kind k);
/* Workers in this process's pool. */
int pool_size(void);

/* Count one try of `key` against n per window (a burst of n, then evenly:
 * GCRA); true when allowed, else the seconds to wait in *retry_s_out, at
 * least 1. Kept in shared memory across workers; a refused try is not counted.
 */
bool rate_allow(const char *key, int n, int window_s, int *retry_s_out);
/* Take the last counted try of `key` back: it was what it said it was. */
void rate_forgive(const char *key, int n, int window_s);

#endif
