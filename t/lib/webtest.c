/* webtest.c - call a route table through the real gate, without FastCGI.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "webtest.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tap.h"
#include "testbox.h"

/* clang-format off */
const struct setting webtest_settings[] = {
	{ "socket_dir", SETTING_PATH, ".", 0, 0, "" },
	{ "worker_max_requests", SETTING_INT, "1000", 1, INT32_MAX, "" },
	{ "worker_max_memory_mb", SETTING_INT, "512", 1, 65536, "" },
	{ "request_timeout_s", SETTING_INT, "20", 1, 3600, "" },
	{ "drain_timeout_s", SETTING_INT, "10", 0, 3600, "" },
	{ "rate_anonymous_per_s", SETTING_INT, "0", 0, 1000000, "" },
	{ "limit_exempt", SETTING_TEXT, "", 0, 0, "" },
	{ "trusted_proxies", SETTING_TEXT, "10.9.0.0/16", 0, 0, "" },
	{ "metrics_loopback", SETTING_BOOL, "yes", 0, 0, "" },
	{ "hsts", SETTING_BOOL, "yes", 0, 0, "" },
	/* and those of identity/ */
	{ "default_tenant", SETTING_TEXT, "", 0, 0, "" },
	{ "session_idle_s", SETTING_INT, "3600", 0, 99999, "" },
	{ "session_absolute_s", SETTING_INT, "86400", 0, 99999, "" },
	{ "jwt_ttl_s", SETTING_INT, "900", 0, 99999, "" },
	{ "base_url", SETTING_URL, "", 0, 0, "" },
	{ "factor_required_roles", SETTING_TEXT, "", 0, 0, "" },
	{ 0 }
};
/* clang-format on */

void
webtest_no_note(struct request *rq, const char *why)
{
	(void)rq;
	(void)why;
}

void
webtest_no_dress(struct request *rq, struct view *view, const char *current)
{
	(void)rq;
	(void)view;
	(void)current;
}

void
webtest_no_touch(struct request *rq)
{
	(void)rq;
}

void
webtest_open(struct webtest *w, struct testdb *t,
    const struct route *const *tables, size_t n_tables,
    const struct gate_ops *ops)
{
	struct buf complaint;
	char dir[512];

	*w = (struct webtest){.db = t->db};
	buf_init(&complaint, 0);
	buf_init(&w->out, 4 * 1024 * 1024);
	snprintf(dir, sizeof(dir), "%s/templates", testdb_src());
	if (settings_load(webtest_settings, NULL, &w->settings, &complaint) ||
	    templates_open(dir, ".mustache", false, &w->templates) != OK)
		bail("no settings or templates: %s", buf_str(&complaint));
	w->config = (struct web_config){.settings = w->settings,
	    .box = test_box(),
	    .db.url = t->url,
	    .tables = tables,
	    .n_tables = n_tables,
	    .ops = ops,
	    .templates = w->templates,
	    .static_version = "test",
	    .workers = {1, 1, 1}};
	buf_fini(&complaint);
	webtest_again(w);
}

void
webtest_again(struct webtest *w)
{
	struct buf complaint;

	buf_init(&complaint, 0);
	gate_free(&w->gate);
	if (gate_new(&w->config, w->db, &w->gate, &complaint) != OK)
		bail("no gate: %s", buf_str(&complaint));
	buf_fini(&complaint);
}

void
webtest_close(struct webtest *w)
{
	gate_free(&w->gate);
	templates_close(&w->templates);
	settings_free(&w->settings);
	buf_fini(&w->out);
}

/* ---- one call ---- */

struct source {
	const char *at;
	size_t left;
};

/* In pieces, as from a socket. */
static ssize_t
read_piece(void *from, char *to, size_t n)
{
	struct source *s = from;

	if (n > 1000)
		n = 1000;
	if (n > s->left)
		n = s->left;
	memcpy(to, s->at, n);
	s->at += n;
	s->left -= n;
	return (ssize_t)n;
}

struct env {
	char text[16384];
	size_t used;
	const char *item[32];
	int n;
};

static void
env_add(struct env *env, const char *name, const char *value)
{
	int n = snprintf(env->text + env->used, sizeof(env->text) - env->used,
	    "%s=%s", name, value);

	if (n < 0 || (size_t)n >= sizeof(env->text) - env->used)
		bail("the request of a test is too long");
	env->item[env->n++] = env->text + env->used;
	env->used += (size_t)n + 1;
}

static void
fill_env(struct env *env, const struct call *c)
{
	const char *body = c->body ? c->body : "";
	char length[24], bearer[512];

	snprintf(length, sizeof(length), "%zu", strlen(body));
	env_add(env, "REQUEST_METHOD", c->method ? c->method : "GET");
	env_add(env, "MP_URI", c->uri);
	env_add(env, "CONTENT_TYPE",
	    c->type	     ? c->type
	    : body[0] == '{' ? "application/json"
	    : *body	     ? "application/x-www-form-urlencoded"
			     : "");
	env_add(env, "CONTENT_LENGTH", c->length ? c->length : length);
	env_add(env, "HTTP_HOST", c->host ? c->host : "acme.test");
	env_add(env, "MP_CLIENT", c->client ? c->client : "127.0.0.1");
	env_add(env, "MP_REQUEST_ID", "0123456789abcdef0123456789abcdef");
	env_add(env, "MP_TLS", c->tls ? "on" : "");
	if (c->cookie)
		env_add(env, "HTTP_COOKIE", c->cookie);
	if (c->bearer) {
		snprintf(bearer, sizeof(bearer), "Bearer %s", c->bearer);
		env_add(env, "HTTP_AUTHORIZATION", bearer);
	}
	for (int i = 0; i < 8 && c->headers[i]; i++)
		env->item[env->n++] = c->headers[i];
}

int
webtest_try(struct webtest *w, const struct call *c)
{
	struct env env = {.n = 0};
	struct source source = {c->body, c->body ? strlen(c->body) : 0};
	const struct wire in = {env.item, read_piece, &source};
	char *empty;

	fill_env(&env, c);
	buf_reset(&w->out);
	buf_puts(&w->out, "\r\n"); /* so that each header begins with one */
	gate_handle(w->gate, &in, &w->out);
	gate_finish(w->gate);
	db_rest(w->db); /* as a worker without a next request */
	w->headers = w->body = "";
	if (buf_failed(&w->out))
		return 0;
	empty = strstr(w->out.data + 2, "\r\n\r\n");
	if (!empty || !str_starts(w->out.data, "\r\nStatus: "))
		bail("no answer: %s", buf_str(&w->out));
	empty[2] = '\0';
	w->headers = w->out.data;
	w->body = empty + 4;
	return atoi(w->out.data + strlen("\r\nStatus: "));
}

int
webtest_call(struct webtest *w, const struct call *c)
{
	int status = webtest_try(w, c);

	if (status == 0)
		bail("no answer to %s: out of memory", c->uri);
	return status;
}

const char *
webtest_header(const struct webtest *w, const char *name)
{
	static char value[4096];
	char start[128];
	const char *at;

	snprintf(start, sizeof(start), "\r\n%s: ", name);
	at = strstr(w->headers, start);
	if (!at)
		return "";
	at += strlen(start);
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}
