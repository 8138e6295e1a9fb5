/* gate.c - any request gets one whole answer, and no handler sees bad text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is lines NAME=value as a web server sends them, an empty line and
 * the body.  The text TOKEN in the body becomes the right token of a form, a
 * final FILL so many bytes that they are too many.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "scratch_db.h"
#include "web/exchange.h"
#include "web/shm.h"
#include "webtest.h"

#define SECRET	"0123456789012345678901234567890123456789012"
#define ENV_MAX 64
#define FILL	(300 * 1024)

const char fuzz_name[] = "gate";

static const struct id tenant = {"0190a0b0-0000-7000-8000-000000000001"};

/* ---- a pretended identity/ ---- */

static enum err
tenant_of_host(struct request *rq)
{
	if (!str_eq(rq->host, "a.test"))
		return E_NOTFOUND;
	rq->tenant = tenant;
	rq->tenant_slug = rq->tenant_name = "a";
	rq->tenant_currency = "USD";
	return OK;
}

static enum err
become(struct request *rq, enum actor_kind kind)
{
	rq->actor.kind = kind;
	rq->actor.id = tenant;
	rq->tenant = rq->actor.tenant = tenant;
	perm_add(&rq->actor.perms, PERM_ORDERS_READ);
	return OK;
}

static enum err
actor_of_cookie(struct request *rq, const char *cookie)
{
	rq->actor.session = tenant; /* no row: nothing was said */
	return str_eq(cookie, SECRET) ? become(rq, ACTOR_USER) : E_NOTFOUND;
}

static enum err
actor_of_token(struct request *rq, const char *token)
{
	return str_eq(token, "api") ? become(rq, ACTOR_TOKEN) : E_NOTFOUND;
}

static void
note_denied(struct request *rq, const char *why)
{
	(void)rq;
	(void)why;
}

static enum err
note_refused(struct request *rq, int status)
{
	assert(status >= 400 && status < 500 && rq->body);
	return OK;
}

static void
dress(struct request *rq, struct view *view, const char *current)
{
	(void)rq;
	view_text(view, "current", current);
}

static void
touch(struct request *rq)
{
	(void)rq;
}

static const struct gate_ops ops = {tenant_of_host, actor_of_cookie,
    actor_of_token, note_denied, note_refused, dress, touch};

/* ---- handlers: they look at all that a handler may look at ---- */

static void
check_text(const char *s)
{
	assert(s && utf8_valid(s, strlen(s)));
}

static void
check_params(const struct param *item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check_text(item[i].name);
		check_text(item[i].value);
	}
}

static void
check_client(const struct request *rq)
{
	const struct exchange *x = exchange_of_const(rq);
	const char *nearest = x->head.client ? x->head.client : "";
	bool trusted = ranges_have(&x->gate->proxies, nearest);

	assert(trusted || str_eq(rq->client, nearest));
	assert(str_eq(rq->client, nearest) || address_is_valid(rq->client));
	assert(str_eq(rq->client, nearest) ||
	       strstr(x->head.forwarded_for, rq->client));
}

static void
check_request(const struct request *rq)
{
	assert(rq->path[0] == '/' && text_is_printable(rq->path));
	assert(strspn(rq->host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") ==
	       strlen(rq->host));
	assert(text_is_printable(rq->id) && strlen(rq->id) >= 8);
	check_client(rq);
	check_params(rq->path_params, rq->n_path_params);
	check_params(rq->query, rq->n_query);
	check_params(rq->form, rq->n_form);
	check_params(rq->cookies, rq->n_cookies);
	assert(rq->n_files == 0 || rq->route->flags & ROUTE_FILES);
	assert(rq->route->body != BODY_JSON || json_is_object(rq->json));
	assert(rq->route->body != BODY_NONE || rq->body_len == 0);
	assert(rq->method & rq->route->methods);
	assert(rq->route->auth != AUTH_SESSION || rq->actor.kind == ACTOR_USER);
}

static enum err
echo(struct request *rq)
{
	static const char *const known[] = {"q", "page"};
	struct json_out *w;

	check_request(rq);
	if (query_known(rq, known, N_ELEMS(known)) != OK)
		return E_INPUT;
	reply_header(rq, "Cache-Control", "public, max-age=60");
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "client", rq->client);
	json_str(w, "path", rq->path);
	json_str_or_null(w, "q", query_text(rq, "q"));
	json_str_or_null(w, "note", header_text(rq, "X-Note"));
	json_close(w, '}');
	return OK;
}

static enum err
take(struct request *rq)
{
	struct json_in in = request_json(rq);
	const char *name = "";

	check_request(rq);
	if (!json_in_text(&in, "name", JSON_REQUIRED, 20, &name))
		return E_INPUT;
	reply_header(rq, "X-Name", "taken");
	reply_text(rq, 201, "text/plain", name);
	return OK;
}

static enum err
show(struct request *rq)
{
	check_request(rq);
	reply_page(rq, 200, "test/page", page_view(rq, "Show", "/show"));
	return OK;
}

static enum err
lead(struct request *rq)
{
	check_request(rq);
	reply_cookie(rq, "mp_seen", "yes", 60, true);
	reply_redirect(rq, "/show");
	return OK;
}

static enum err
upload(struct request *rq)
{
	const struct form_file *f = form_file(rq, "file");

	check_request(rq);
	assert(!f || (rq->n_files > 0 && !strpbrk(f->filename, "/\\")));
	reply_text(rq, 200, "text/plain", f ? f->filename : "none");
	return OK;
}

/* Refuses in the way that is asked for. */
static enum err
refuse_it(struct request *rq)
{
	const char *how = path_param(rq, "how");

	check_request(rq);
	reply_header(rq, "Cache-Control", "no-store");
	reply_header(rq, "Retry-After", "7");
	if (str_eq(how, "stale"))
		problem_add(&rq->problems, "If-Match", "stale_version", "Old.");
	if (str_eq(how, "unset"))
		problem_add(&rq->problems, "", "not_configured", "Unset.");
	return str_eq(how, "limit") ? E_LIMIT : E_CONFLICT;
}

static enum err
item(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	check_request(rq);
	if (e == OK)
		reply_text(rq, 200, "text/plain", id.s);
	return e;
}

/* clang-format off */
#define OWN ROUTE_OWN_TX
static const struct route table[] = {
	{GET | PUT, "/api/echo/:name", POOL_UI, AUTH_TENANT, 0, BODY_NONE, OWN, echo, "echo"},
	{POST, "/api/take", POOL_UI, AUTH_TENANT, 0, BODY_JSON, OWN | ROUTE_KEEP_REFUSED, take, "take"},
	{POST, "/api/raw", POOL_UI, AUTH_NONE, 0, BODY_RAW, OWN, echo, "raw"},
	{POST, "/api/token", POOL_UI, AUTH_API, PERM_ORDERS_READ, BODY_JSON, OWN, take, "token"},
	{DELETE, "/api/server", POOL_UI, AUTH_SERVER, PERM_ORDERS_READ, BODY_NONE, OWN, echo, "server"},
	{GET, "/api/items/:id", POOL_UI, AUTH_TENANT, 0, BODY_NONE, OWN, item, "item"},
	{GET, "/files/*", POOL_UI, AUTH_TENANT, 0, BODY_NONE, OWN, echo, "files"},
	{GET, "/show", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, OWN, show, "show"},
	{GET, "/users", POOL_UI, AUTH_SESSION, PERM_USERS_READ, BODY_NONE, OWN, show, "users"},
	{POST, "/show", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM, OWN, lead, "lead"},
	{POST, "/login", POOL_UI, AUTH_TENANT, 0, BODY_FORM, OWN | ROUTE_DOOR, lead, "login"},
	{POST, "/upload", POOL_UI, AUTH_NONE, 0, BODY_FORM, OWN | ROUTE_FILES, upload, "upload"},
	{GET | PATCH, "/api/refuse/:how", POOL_UI, AUTH_NONE, 0, BODY_NONE, OWN, refuse_it, "refuse"},
	{0}
};
/* clang-format on */
static const struct route *const tables[] = {table};

static void
set(struct webtest *w, const char *name, const char *value)
{
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_put(w->settings, name, value, &complaint) != OK)
		abort();
	buf_fini(&complaint);
}

static struct webtest *
the_house(void)
{
	static const char page[] = "{{title}} {{csrf}} {{user.name}}";
	static struct webtest w;
	static struct testdb t;
	struct buf complaint;

	if (w.gate)
		return &w;
	log_set_level(LOG__MAX);
	if (secret_init() != OK || shm_create(1) != OK)
		abort();
	t.db = scratch_db(); /* pages ask it for what is said once */
	webtest_open(&w, &t, tables, N_ELEMS(tables), &ops);
	set(&w, "rate_anonymous_per_s", "1000000");
	set(&w, "limit_exempt", "10.8.0.0/16, fd00::/8");
	webtest_again(&w);
	buf_init(&complaint, 0);
	if (templates_put(
		w.templates, "test/page", page, strlen(page), &complaint) != OK)
		abort();
	buf_fini(&complaint);
	return &w;
}

/* ---- the wire ---- */

static ssize_t
read_body(void *from, char *to, size_t n)
{
	struct part *body = from;

	if (n > body->n)
		n = body->n;
	if (n > 100)
		n = 100;
	memcpy(to, body->s, n);
	body->s += n;
	body->n -= n;
	return (ssize_t)n;
}

static void
put_body(struct buf *b, struct part in)
{
	struct arena *a = arena_new(4096);
	const char *token = csrf_token(a, SECRET), *at;

	while ((at = memmem(in.s, in.n, "TOKEN", 5))) {
		buf_add(b, in.s, (size_t)(at - in.s));
		buf_puts(b, token);
		in.n -= (size_t)(at - in.s) + 5;
		in.s = at + 5;
	}
	if (in.n >= 4 && memcmp(in.s + in.n - 4, "FILL", 4) == 0)
		buf_printf(b, "%.*s%0*d", (int)in.n - 4, in.s, FILL, 0);
	else
		buf_add(b, in.s, in.n);
	arena_free(&a);
}

/* ---- the answer ---- */

static bool
is_header(struct part line)
{
	struct part name = next_part(&line, ':');

	if (name.n == 0 || line.n == 0 || line.s[0] != ' ')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '-')
			return false;
	}
	for (size_t i = 0; i < line.n; i++) {
		if ((unsigned char)line.s[i] < ' ' || line.s[i] == 0x7f)
			return false;
	}
	return true;
}

static int
count_header(const char *head, size_t n, const char *name)
{
	const char *p = head, *end = head + n;
	int k = 0;

	while ((p = memmem(p, (size_t)(end - p), name, strlen(name)))) {
		k++;
		p++;
	}
	return k;
}

static void
check_head(const char *head, size_t n, size_t body)
{
	const char *length = strstr(head, "\r\nContent-Length: ");
	const char *location = strstr(head, "\r\nLocation: ");

	for (const char *p = head; p < head + n;) {
		const char *end = strstr(p, "\r\n");

		assert(is_header((struct part){p, (size_t)(end - p)}));
		p = end + 2;
	}
	assert(count_header(head, n, "\r\nContent-Length: ") == 1);
	assert(count_header(head, n, "\r\nContent-Security-Policy: ") == 1);
	assert(count_header(head, n, "\r\nCache-Control: ") == 1);
	assert(count_header(head, n, "\r\nX-Request-Id: ") == 1);
	assert(count_header(head, n, "\r\nContent-Type: ") <= 1);
	assert(body == 0 || (size_t)atol(length + 18) == body);
	if (location && location < head + n)
		assert(location[12] == '/' && location[13] != '/' &&
		       location[13] != '\\');
}

static void
check_json(const char *body, size_t n)
{
	json_t *v = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);

	assert(json_is_object(v));
	json_decref(v);
}

static int
check_answer(const struct buf *out)
{
	const char *text = buf_str(out), *empty = strstr(text, "\r\n\r\n");
	const char *json = strstr(text, "Content-Type: application/");
	int status = atoi(text + 8);
	size_t head, body;

	assert(str_starts(text, "Status: ") && empty);
	head = (size_t)(empty + 2 - text);
	body = out->len - head - 2;
	assert(status >= 200 && status < 500); /* nothing here may break */
	assert(!str_starts(text + 11, " Other\r\n"));
	check_head(text, head, body);
	assert(utf8_valid(text, head) && utf8_valid(empty + 4, body));
	if (json && json < empty && body > 0)
		check_json(empty + 4, body);
	return status;
}

static int
call(struct webtest *w, const char *const *env, struct part body)
{
	struct wire in = {env, read_body, &body};
	int status;

	buf_reset(&w->out);
	gate_handle(w->gate, &in, &w->out);
	status = check_answer(&w->out);
	gate_finish(w->gate);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct webtest *w = the_house();
	struct part rest = {(const char *)data, n}, line;
	char *env[ENV_MAX + 1] = {NULL};
	struct buf body;
	int lines = 0, status;

	while ((line = next_part(&rest, '\n')).n > 0 && lines < ENV_MAX)
		env[lines++] = part_text(line);
	buf_init(&body, 2 * MEBIBYTE);
	put_body(&body, rest);
	status = call(w, (const char *const *)env,
	    (struct part){buf_str(&body), body.len});
	assert(status == call(w, (const char *const *)env,
			     (struct part){buf_str(&body), body.len}));
	buf_fini(&body);
	while (lines > 0)
		free(env[--lines]);
	return 0;
}
