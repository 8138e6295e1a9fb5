/* request.c - the request line, headers, query and cookies; accessors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "web/params.h"

/* ---- reading ---- */

struct head_row {
	const char *name;
	size_t len, offset;
};

/* clang-format off */
#define ROW(name, member) { name, sizeof(name) - 1, offsetof(struct head, member) }
static const struct head_row head_rows[] = {
	ROW("REQUEST_METHOD",		method),
	ROW("MP_URI",			uri),
	ROW("QUERY_STRING",		query),
	ROW("CONTENT_TYPE",		content_type),
	ROW("CONTENT_LENGTH",		content_length),
	ROW("HTTP_HOST",		host),
	ROW("MP_CLIENT",		client),
	ROW("MP_REQUEST_ID",		request_id),
	ROW("MP_TLS",			tls),
	ROW("HTTP_COOKIE",		cookie),
	ROW("HTTP_AUTHORIZATION",	authorization),
	ROW("HTTP_ORIGIN",		origin),
	ROW("HTTP_SEC_FETCH_SITE",	fetch_site),
	ROW("HTTP_X_FORWARDED_FOR",	forwarded_for),
	ROW("HTTP_X_FORWARDED_PROTO",	forwarded_proto),
};
#undef ROW
/* clang-format on */

/* One pass over the parameters.  The first of a name counts, as nginx sends
 * its own before those of the client. */
static void
head_read(const char *const *env, struct head *h)
{
	for (; *env; env++) {
		const char *eq = strchr(*env, '=');
		size_t len = eq ? (size_t)(eq - *env) : 0;

		for (size_t i = 0; i < N_ELEMS(head_rows); i++) {
			const struct head_row *r = &head_rows[i];
			const char **to =
			    (const char **)((char *)h + r->offset);

			if (len != r->len || memcmp(*env, r->name, len) != 0)
				continue;
			if (!*to && eq[1] != '\0')
				*to = eq + 1;
			break;
		}
	}
}

/* nginx's $request_id, or one of ours when a test or another server sent
 * none that is fit to be logged. */
static const char *
request_id(struct arena *a, const char *given)
{
	size_t n = given ? strlen(given) : 0;
	struct id id;

	if (n >= 8 && n <= 64 &&
	    strspn(given, "0123456789abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == n)
		return given;
	id = id_new(clock_now_ms());
	return arena_strdup(a, id.s);
}

/* Lower case, without port and final dot; "" when there is none (HTTP/1.0),
 * NULL when it can be no host. */
static const char *
host_read(struct arena *a, const char *given)
{
	char *host = str_lower(a, given ? given : "");
	char *end;
	size_t n;

	if (!host)
		return NULL;
	n = strlen(host);
	if (n > 255 ||
	    strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != n)
		return NULL;
	end = host[0] == '[' ? strchr(host, ']') : NULL;
	if (host[0] == '[' && !end)
		return NULL;
	if (end)
		end[1] = '\0';
	else
		host[strcspn(host, ":")] = '\0';
	n = strlen(host);
	if (n > 0 && host[n - 1] == '.')
		host[n - 1] = '\0';
	return host;
}

/* Behind proxies that the operator names, the client is the last address of
 * X-Forwarded-For that is none of theirs; what stands before it anybody may
 * have written. */
static const char *
client_behind_proxies(struct exchange *x, const char *nearest)
{
	const struct ranges *proxies = &x->gate->proxies;
	char *list = arena_strdup(x->rq.arena, x->head.forwarded_for);

	while (list && ranges_have(proxies, nearest)) {
		char *comma = strrchr(list, ',');
		const char *last =
		    str_trim(x->rq.arena, comma ? comma + 1 : list);

		if (!last || !address_is_valid(last))
			break;
		nearest = last;
		if (!comma)
			break;
		*comma = '\0';
	}
	return nearest;
}

static void
read_client(struct exchange *x)
{
	struct request *rq = &x->rq;
	const struct head *h = &x->head;

	rq->client = h->client ? h->client : "";
	rq->is_tls = h->tls && str_eq(h->tls, "on");
	if (!ranges_have(&x->gate->proxies, rq->client))
		return;
	if (h->forwarded_proto)
		rq->is_tls = str_eq(h->forwarded_proto, "https");
	rq->client = client_behind_proxies(x, rq->client);
}

/* Paths of machines, whose errors are JSON. */
static bool
path_is_api(const char *uri)
{
	static const char *const prefixes[] = {"/api", "/webhooks", "/graphql"};

	for (size_t i = 0; i < N_ELEMS(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (strncmp(uri, prefixes[i], n) == 0 &&
		    strchr("/?", uri[n]) != NULL)
			return true;
	}
	return false;
}

static enum err
read_path(struct exchange *x, const char *uri)
{
	struct request *rq = &x->rq;
	size_t n = strcspn(uri, "?");
	enum err e = path_decode(rq->arena, uri, n, &rq->problems, &rq->path);

	if (e == E_INPUT)
		return refuse(x, 400, "The path of the request is malformed.");
	if (e == OK && !x->head.query && uri[n] == '?')
		x->head.query = uri + n + 1;
	return e;
}

static enum err
read_query(struct exchange *x)
{
	struct request *rq = &x->rq;
	struct params l = {0};
	const char *q = x->head.query;
	enum err e;

	if (!q)
		return OK;
	e = params_urlencoded(rq->arena, q, strlen(q), &rq->problems, &l);
	rq->query = l.item;
	rq->n_query = l.n;
	if (e == E_INPUT)
		return refuse(x, 400, "The query of the request is malformed.");
	return e;
}

static enum err
read_cookies(struct exchange *x)
{
	struct request *rq = &x->rq;
	struct params l = {0};
	enum err e;

	if (!x->head.cookie)
		return OK;
	e = params_cookies(rq->arena, x->head.cookie, &rq->problems, &l);
	rq->cookies = l.item;
	rq->n_cookies = l.n;
	if (e == E_INPUT)
		return refuse(x, 400, "The Cookie header is malformed.");
	return e;
}

enum err
request_read(struct exchange *x)
{
	struct request *rq = &x->rq;
	const char *uri;
	enum err e;

	head_read(x->wire->env, &x->head);
	rq->id = request_id(rq->arena, x->head.request_id);
	read_client(x);
	uri = x->head.uri ? x->head.uri : "";
	rq->is_api = path_is_api(uri);
	rq->is_head = x->head.method && str_eq(x->head.method, "HEAD");
	rq->host = host_read(rq->arena, x->head.host);
	if (!rq->host) {
		rq->host = "";
		return refuse(x, 400, "The Host header is malformed.");
	}
	if ((e = read_path(x, uri)) != OK)
		return e;
	if ((e = read_query(x)) != OK)
		return e;
	return read_cookies(x);
}

/* ---- what handlers ask for ---- */

const char *
path_param(const struct request *rq, const char *name)
{
	const char *v = params_find(rq->path_params, rq->n_path_params, name);

	assert(v);
	return v;
}

const char *
query_text(const struct request *rq, const char *name)
{
	return params_find(rq->query, rq->n_query, name);
}

const char *
form_text(const struct request *rq, const char *name)
{
	return params_find(rq->form, rq->n_form, name);
}

const struct form_file *
form_file(const struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_files; i++)
		if (str_eq(rq->files[i].name, name))
			return &rq->files[i];
	return NULL;
}

const char *
cookie_text(const struct request *rq, const char *name)
{
	char full[PARAM_NAME_MAX + 1];

	if (!rq->is_tls)
		return params_find(rq->cookies, rq->n_cookies, name);
	if (snprintf(full, sizeof(full), "__Host-%s", name) >=
	    (int)sizeof(full))
		return NULL;
	return params_find(rq->cookies, rq->n_cookies, full);
}

/* "HTTP_IDEMPOTENCY_KEY" is "Idempotency-Key". */
static bool
is_header(const char *env, const char *name)
{
	if (!str_starts(env, "HTTP_"))
		return false;
	for (env += 5; *name; env++, name++) {
		int c = *name == '-' ? '_' : toupper((unsigned char)*name);

		if (*env != c)
			return false;
	}
	return *env == '=';
}

const char *
header_text(const struct request *rq, const char *name)
{
	const struct exchange *x = exchange_of_const(rq);

	for (const char *const *env = x->wire->env; *env; env++)
		if (is_header(*env, name))
			return strchr(*env, '=') + 1;
	return NULL;
}

enum err
path_id(const struct request *rq, const char *name, struct id *out)
{
	const char *v = path_param(rq, name);

	if (!id_valid(v))
		return E_NOTFOUND;
	*out = id_of(v);
	return OK;
}

static bool
is_listed(const char *s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, names[i]))
			return true;
	return false;
}

enum err
query_known(struct request *rq, const char *const *names, size_t n)
{
	enum err e = OK;

	rq->query_read = true;
	for (size_t i = 0; i < rq->n_query; i++) {
		if (is_listed(rq->query[i].name, names, n))
			continue;
		problem_add(&rq->problems, rq->query[i].name, "unknown_field",
		    "There is no such parameter here.");
		e = E_INPUT;
	}
	return e;
}

struct json_in
request_json(struct request *rq)
{
	assert(rq->json);
	return (struct json_in){rq->json, "", &rq->problems, rq->arena};
}

void
request_tx(struct request *rq, struct tx *tx)
{
	*tx = (struct tx){.db = rq->db,
	    .arena = rq->arena,
	    .problems = &rq->problems,
	    .actor = &rq->actor,
	    .tenant = rq->tenant,
	    .now = rq->now,
	    .request_id = rq->id};
}

enum err
request_reading(struct request *rq,
    enum err (*fn)(struct request *rq, const void *arg), const void *arg)
{
	struct tx tx;
	enum err e;

	assert(!rq->tx);
	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_READ, &tx);
	if (e == OK) {
		rq->tx = &tx;
		e = fn(rq, arg);
		rq->tx = NULL;
	}
	tx_rollback(&tx);
	return e;
}

bool
client_is_exempt(const struct request *rq)
{
	return ranges_have(&exchange_of_const(rq)->gate->exempt, rq->client);
}
