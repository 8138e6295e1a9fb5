/* problem_reply.c - errors as problem+json (RFC 9457) or as a page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <string.h>

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "template/template.h"

/* How each status that MPanel refuses with is called. */
static const struct problem_status statuses[] = {
    {400, "bad_request", "Malformed request", "The request is malformed."},
    {401, "unauthorized", "Sign-in needed", "Sign in, or send a valid token."},
    {403, "forbidden", "Not allowed",
	"You do not have the permission for this."},
    {404, "not_found", "Not found",
	"There is nothing here, or it is not yours to see."},
    {405, "method_not_allowed", "Method not allowed",
	"This address does not take that method."},
    {409, "conflict", "Conflict",
	"It is in another state than this request expects."},
    {412, "precondition_failed", "Changed meanwhile",
	"It has changed since you read it. Read it again."},
    {413, "too_large", "Too large", "The request is too large."},
    {415, "unsupported_media_type", "Wrong kind of body",
	"The body has a media type that is not taken here."},
    {421, "unknown_host", "Unknown host",
	"No company is served under this host name."},
    {422, "invalid", "Not valid", "Something in the request is not valid."},
    {429, "rate_limited", "Too many requests",
	"Too many requests. Wait a little and try again."},
    {500, "internal", "Something went wrong",
	"The request could not be answered. It has been logged."},
    {503, "unavailable", "Try again shortly",
	"The request could not be served just now. Nothing was changed."},
};

/* What has another name than its status. */
static const struct problem_status coded[] = {
    {503, "suspended", "Suspended",
	"This company is suspended. Nothing was changed, and nothing is lost."},
};

/* What a page says instead, to people. */
static const struct page_words {
	int status;
	const char *title, *text;
} page_words[] = {
    {403, "You can’t do this",
	"It needs a right that you don’t have. An owner can give it."},
    {404, "We can’t find that",
	"It may have been removed, or belong to someone else."},
    {429, "Too many tries",
	"Please try again in a little while. Nothing was lost."},
    {500, "Something broke here",
	"Nothing was changed. We have a record of it."},
    {503, "Busy for a moment",
	"Please reload in a few seconds. Nothing was changed."},
};

const struct problem_status *
problem_statuses(size_t *n_out)
{
	*n_out = N_ELEMS(statuses);
	return statuses;
}

void
problem_texts(void (*fn)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; i < N_ELEMS(statuses); i++) {
		fn(arg, statuses[i].title);
		fn(arg, statuses[i].detail);
	}
	for (size_t i = 0; i < N_ELEMS(coded); i++) {
		fn(arg, coded[i].title);
		fn(arg, coded[i].detail);
	}
	for (size_t i = 0; i < N_ELEMS(page_words); i++) {
		fn(arg, page_words[i].title);
		fn(arg, page_words[i].text);
	}
}

static const struct problem_status *
status_row(int status)
{
	for (size_t i = 0; i < N_ELEMS(statuses); i++)
		if (statuses[i].status == status)
			return &statuses[i];
	return &statuses[N_ELEMS(statuses) - 2];
}

static const struct problem_status *
row_of(const struct refusal *f)
{
	for (size_t i = 0; f->code && i < N_ELEMS(coded); i++)
		if (str_eq(coded[i].code, f->code))
			return &coded[i];
	return status_row(f->status);
}

/* A refusal that says something of its own keeps saying it. */
static struct page_words
words_of(const struct refusal *f)
{
	const struct problem_status *row = row_of(f);
	struct page_words w = {f->status, row->title, f->detail};

	for (size_t i = 0; i < N_ELEMS(page_words); i++) {
		if (page_words[i].status != f->status ||
		    row != status_row(f->status))
			continue;
		w.title = page_words[i].title;
		if (f->detail == row->detail)
			w.text = page_words[i].text;
	}
	return w;
}

/* ---- which status ---- */

static const struct problem *
find_problem(const struct problems *p, const char *code)
{
	for (size_t i = 0; i < problems_kept(p); i++)
		if (str_eq(p->item[i].code, code))
			return &p->item[i];
	return NULL;
}

/* A body that can't be read at all is 400, one that says wrong things 422. */
static int
status_of_input(const struct problems *p)
{
	static const char *const malformed[] = {"json_invalid", "duplicate_key",
	    "too_deep", "bad_encoding", "unknown_field"};

	for (size_t i = 0; i < N_ELEMS(malformed); i++)
		if (find_problem(p, malformed[i]))
			return 400;
	return find_problem(p, "too_large") ? 413 : 422;
}

/* A stale If-Match is its own status; a stale `version` member is not. */
static int
status_of_conflict(const struct problems *p)
{
	const struct problem *stale = find_problem(p, "stale_version");

	return stale && str_eq_nocase(stale->field, "If-Match") ? 412 : 409;
}

static const char *
for_whom(const struct exchange *x, const struct problem *p)
{
	return x->rq.is_api ? p->message : p->said;
}

static struct refusal
refusal_of_error(const struct exchange *x, enum err e)
{
	const struct problems *p = &x->rq.problems;
	struct refusal r = {err_info(e)->status, err_info(e)->code, NULL};
	const struct problem *named = NULL;

	if (e == E_INPUT)
		r.status = status_of_input(p);
	if (e == E_CONFLICT)
		r.status = status_of_conflict(p);
	if (e == E_CONFLICT)
		named = find_problem(p, "not_configured");
	if (r.status != err_info(e)->status)
		r.code = status_row(r.status)->code;
	if (named) {
		r.code = named->code;
		r.detail = for_whom(x, named);
	} else if (problems_kept(p) == 1) {
		r.detail = for_whom(x, &p->item[0]);
	}
	return r;
}

/* ---- the two forms ---- */

static void
print_errors(struct json_out *w, const char *name, const struct problems *p)
{
	json_open(w, name, '[');
	for (size_t i = 0; i < problems_kept(p); i++) {
		json_open(w, NULL, '{');
		json_str(w, "field", p->item[i].field);
		json_str(w, "code", p->item[i].code);
		json_str(w, "message", p->item[i].message);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* Members that only this answer has. */
struct extra {
	void (*put)(struct json_out *w, const void *arg);
	const void *arg;
};

/* The members of CONTRACT section 1; `error` is the original API's shape. */
static void
problem_json(
    struct exchange *x, const struct refusal *f, const struct extra *more)
{
	struct reply *r = &x->reply;
	struct json_out *w = &r->json;

	json_out_init(w, &r->body);
	json_open(w, NULL, '{');
	json_str(w, "type", "about:blank");
	json_str(w, "title", row_of(f)->title);
	json_int(w, "status", f->status);
	json_str(w, "detail", f->detail);
	json_str(w, "requestId", x->rq.id);
	print_errors(w, "errors", &x->rq.problems);
	if (more)
		more->put(w, more->arg);
	json_open(w, "error", '{');
	json_str(w, "code", f->code);
	json_str(w, "message", f->detail);
	json_open(w, "details", '{');
	if (problems_kept(&x->rq.problems))
		print_errors(w, "errors", &x->rq.problems);
	if (more)
		more->put(w, more->arg);
	json_close(w, '}');
	json_close(w, '}');
	json_close(w, '}');
	r->type = "application/problem+json";
}

/* When no template can be had. */
static void
plain_page(struct exchange *x, const struct refusal *f)
{
	struct buf *b = &x->reply.body;
	const struct page_words w = words_of(f);

	buf_reset(b);
	buf_puts(b, "<!DOCTYPE html><html lang=\"en\"><title>");
	buf_html(b, w.title, strlen(w.title));
	buf_printf(b, "</title><h1>%d ", f->status);
	buf_html(b, w.title, strlen(w.title));
	buf_puts(b, "</h1><p>");
	buf_html(b, w.text, strlen(w.text));
	buf_puts(b, "</p><p>Request ");
	buf_html(b, x->rq.id, strlen(x->rq.id));
	buf_puts(b, "</p></html>\n");
}

/* A page for somebody signed in shows the menu, which reads the database. */
static struct view *
error_view(struct exchange *x, const char *title)
{
	struct request *rq = &x->rq;
	struct tx tx;
	struct view *v;

	if (rq->actor.kind != ACTOR_USER || rq->tx)
		return page_view(rq, title, "");
	request_tx(rq, &tx);
	if (tx_begin(rq->db, TX_READ, &tx) != OK)
		return NULL;
	rq->tx = &tx;
	v = page_view(rq, title, "");
	rq->tx = NULL;
	tx_rollback(&tx);
	return v;
}

static void
problem_page(struct exchange *x, const struct refusal *f)
{
	struct request *rq = &x->rq;
	const struct page_words words = words_of(f);
	struct view *v = error_view(x, words.title), *p;
	struct buf complaint;
	enum err e;
	const char *name =
	    rq->actor.kind == ACTOR_USER ? "admin/error" : "door/error";

	x->reply.type = "text/html; charset=utf-8";
	if (!v) {
		plain_page(x, f);
		return;
	}
	p = view_object(v, "problem");
	view_textf(p, "code", "%d", f->status);
	view_text(p, "title", say(words.title));
	view_text(p, "text", say(words.text));
	view_flag(p, "closed", str_eq(f->code, "suspended"));
	buf_init(&complaint, 4096);
	e = template_render(
	    page_templates(x), name, v, &x->reply.body, &complaint);
	if (e != OK) {
		log_event(LOG_ERROR, "template_failed", LOG_S("template", name),
		    LOG_S("error", err_info(e)->code),
		    LOG_S("reason", buf_str(&complaint)));
		plain_page(x, f);
	}
	buf_fini(&complaint);
}

static void
write_problem(struct exchange *x, struct refusal f, const struct extra *more)
{
	if (!f.code)
		f.code = status_row(f.status)->code;
	if (!f.detail)
		f.detail = row_of(&f)->detail;
	x->reply.status = f.status;
	x->reply.is_problem = true;
	if (f.status == 503 && !x->reply.retry_after)
		x->reply.retry_after = "2";
	if (x->rq.is_api)
		problem_json(x, &f, more);
	else
		problem_page(x, &f);
}

void
reply_problem(
    struct request *rq, int status, const char *code, const char *detail)
{
	struct exchange *x = exchange_of(rq);

	assert(status >= 400 && status <= 599 && x->reply.status == 0);
	write_problem(x, (struct refusal){status, code, detail}, NULL);
}

void
reply_problem_with(struct request *rq, int status, const char *code,
    const char *detail, void (*put)(struct json_out *w, const void *arg),
    const void *arg)
{
	struct exchange *x = exchange_of(rq);
	const struct extra more = {put, arg};

	assert(status >= 400 && status <= 599 && x->reply.status == 0);
	assert(rq->is_api);
	write_problem(x, (struct refusal){status, code, detail}, &more);
}

/* What a failed arena held is lost; the answer is made in an empty one. */
static void
mend_arena(struct exchange *x)
{
	struct gate *g = x->gate;

	x->rq.arena = g->handler_arena;
	if (!arena_failed(g->handler_arena) && !arena_failed(g->request_arena))
		return;
	arena_reset(g->handler_arena);
	x->rq.kept = NULL;
	problems_init(&x->rq.problems, g->handler_arena);
	if (!x->session)
		x->rq.csrf = NULL;
}

void
problem_answer(struct exchange *x, enum err e)
{
	struct refusal f;

	mend_arena(x);
	f = x->refusal.status ? x->refusal : refusal_of_error(x, e);
	reply_reset(&x->reply);
	if (f.status == 429 && !x->reply.retry_after)
		x->reply.retry_after = "60";
	write_problem(x, f, NULL);
}
