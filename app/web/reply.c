/* reply.c - what a handler writes, kept until it may be sent.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <string.h>

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "template/template.h"

void
reply_reset(struct reply *r)
{
	r->status = 0;
	r->type = NULL;
	r->location = NULL;
	buf_reset(&r->body);
	buf_reset(&r->headers);
	r->flash_kind = r->flash_text = NULL;
	r->cache = r->policy = r->sharing = NULL;
	r->flash_shown = r->sets_cookie = false;
	r->is_problem = r->is_broken = false;
	r->after = NULL;
}

/* A handler writes one reply. */
static struct reply *
reply_start(struct request *rq, int status, const char *type)
{
	struct reply *r = rq->reply;

	assert(status >= 200 && status <= 599);
	assert(r->status == 0);
	r->status = status;
	r->type = type;
	return r;
}

struct json_out *
reply_json(struct request *rq, int status)
{
	struct reply *r = reply_start(rq, status, "application/json");

	json_out_init(&r->json, &r->body);
	return &r->json;
}

void
reply_success(struct request *rq, int status)
{
	struct json_out *w = reply_json(rq, status);

	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_close(w, '}');
}

void
reply_json_text(struct request *rq, int status, const char *json)
{
	struct reply *r = reply_start(rq, status, "application/json");

	buf_puts(&r->body, json);
}

void
reply_text(struct request *rq, int status, const char *type, const char *text)
{
	struct reply *r = reply_start(rq, status, type);

	buf_puts(&r->body, text);
}

void
reply_bytes(struct request *rq, int status, const char *type, const void *data,
    size_t len)
{
	struct reply *r = reply_start(rq, status, type);

	buf_add(&r->body, data, len);
}

void
reply_redirect(struct request *rq, const char *path)
{
	struct reply *r;

	/* "//host" and "/\host" are other sites to a browser. */
	assert(path[0] == '/' && path[1] != '/' && path[1] != '\\');
	r = reply_start(rq, 303, NULL);
	r->location = arena_strdup(rq->arena, path);
	if (!text_is_printable(path)) {
		log_event(LOG_ERROR, "reply_redirect_control_character");
		r->is_broken = true;
	}
}

void
reply_page(struct request *rq, int status, const char *name, struct view *view)
{
	struct reply *r = reply_start(rq, status, "text/html; charset=utf-8");
	struct buf complaint;
	enum err e;

	buf_init(&complaint, 4096);
	e = template_render(
	    page_templates(exchange_of(rq)), name, view, &r->body, &complaint);
	if (e != OK) {
		log_event(LOG_ERROR, "template_failed", LOG_S("template", name),
		    LOG_S("error", err_info(e)->code),
		    LOG_S("reason", buf_str(&complaint)));
		r->is_broken = true;
	}
	buf_fini(&complaint);
}

/* RFC 9110 section 5.6.2. */
static bool
is_token(const char *s)
{
	static const char chars[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *s && s[strspn(s, chars)] == '\0';
}

void
reply_header(struct request *rq, const char *name, const char *value)
{
	struct reply *r = rq->reply;

	assert(is_token(name));
	if (strpbrk(value, "\r\n")) {
		log_event(
		    LOG_ERROR, "reply_header_line_break", LOG_S("name", name));
		r->is_broken = true;
		return;
	}
	if (str_eq_nocase(name, "Retry-After")) {
		r->retry_after =
		    arena_strdup(exchange_of(rq)->gate->request_arena, value);
		return;
	}
	if (str_eq_nocase(name, "Cache-Control")) {
		r->cache = arena_strdup(rq->arena, value);
		return;
	}
	if (str_eq_nocase(name, "Content-Security-Policy")) {
		r->policy = arena_strdup(rq->arena, value);
		return;
	}
	if (str_eq_nocase(name, "Cross-Origin-Resource-Policy")) {
		r->sharing = arena_strdup(rq->arena, value);
		return;
	}
	buf_puts(&r->headers, name);
	buf_puts(&r->headers, ": ");
	buf_puts(&r->headers, value);
	buf_puts(&r->headers, "\r\n");
}

void
reply_cookie(struct request *rq, const char *name, const char *value,
    int max_age_s, bool http_only)
{
	const char *prefix = rq->is_tls ? "__Host-" : "";
	const char *line;

	assert(is_token(name));
	assert(strpbrk(value, " \t\";,\\") == NULL);
	line = arena_printf(rq->arena, "%s%s=%s; Path=/; SameSite=Lax%s%s",
	    prefix, name, value, http_only ? "; HttpOnly" : "",
	    rq->is_tls ? "; Secure" : "");
	if (line && (max_age_s != 0 || !*value))
		line = arena_printf(rq->arena, "%s; Max-Age=%d", line,
		    max_age_s > 0 ? max_age_s : 0);
	if (line)
		reply_header(rq, "Set-Cookie", line);
	rq->reply->sets_cookie = true;
}

void
reply_flash(struct request *rq, const char *kind, const char *text)
{
	rq->reply->flash_kind = arena_strdup(rq->arena, kind);
	rq->reply->flash_text = arena_strdup(rq->arena, say(text));
}

void
reply_after(struct request *rq, void (*fn)(struct request *rq))
{
	assert(!rq->reply->after);
	rq->reply->after = fn;
}

enum err
reply_check(const struct exchange *x)
{
	const struct reply *r = &x->reply;

	if (arena_failed(x->gate->request_arena) ||
	    arena_failed(x->gate->handler_arena))
		return E_BUSY;
	if (buf_starved(&r->body) || buf_starved(&r->headers))
		return E_BUSY;
	if (r->status == 0) {
		log_event(LOG_ERROR, "handler_wrote_no_reply",
		    LOG_S("route", x->rq.route->name));
		return E_SYS;
	}
	if (buf_failed(&r->body) || buf_failed(&r->headers)) {
		log_event(LOG_ERROR, "reply_too_large",
		    LOG_S("route", x->rq.route->name));
		return E_SYS;
	}
	return r->is_broken ? E_SYS : OK;
}
