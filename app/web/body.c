/* body.c - the body of a request as its route wants it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <string.h>

#include "base/text.h"
#include "web/multipart.h"

static const size_t limits[] = {
    [BODY_NONE] = 0,
    [BODY_JSON] = JSON_BODY_MAX,
    [BODY_FORM] = FORM_MAX,
    [BODY_RAW] = RAW_MAX,
};

/* The media type is `type`, with or without parameters. */
static bool
type_is(const char *given, const char *type)
{
	size_t n = strlen(type);
	char start[64];

	if (!given || n >= sizeof(start) || strlen(given) < n)
		return false;
	memcpy(start, given, n);
	start[n] = '\0';
	return str_eq_nocase(start, type) && strchr("; \t", given[n]) != NULL;
}

/* Read n bytes, or E_INPUT when the body ends before. */
static enum err
read_bytes(struct exchange *x, size_t n)
{
	char *body = arena_alloc(x->rq.arena, n + 1);
	size_t got = 0;

	if (!body)
		return E_BUSY;
	while (got < n) {
		ssize_t k = x->wire->read(x->wire->from, body + got, n - got);

		if (k <= 0)
			break;
		got += (size_t)k;
	}
	x->rq.body = body;
	x->rq.body_len = got;
	return got == n ? OK : E_INPUT;
}

/* Content-Length bytes, of which at most `limit` are kept; a longer body keeps
 * its beginning, for note_refused(). */
static enum err
read_body(struct exchange *x, size_t limit)
{
	int64_t n = 0;
	bool too_long;
	enum err e;

	x->rq.body = "";
	if (x->head.content_length &&
	    !str_to_i64(x->head.content_length, 0, INT64_MAX, &n))
		return refuse(x, 400, "The Content-Length is malformed.");
	if (n == 0)
		return OK;
	if (x->rq.route->body == BODY_NONE)
		return refuse(x, 400, "This request takes no body.");
	too_long = (uint64_t)n > limit;
	e = read_bytes(x, too_long ? limit : (size_t)n);
	if (e == E_INPUT)
		return refuse(x, 400, "The body ended before its time.");
	if (e == OK && too_long) {
		problem_add(&x->rq.problems, "", "too_large",
		    "The body has more than %zu bytes.", limit);
		return refuse(x, 413, "The body is too large.");
	}
	return e;
}

/* No body at all is an empty object: actions need not send `{}`. */
static enum err
parse_json(struct exchange *x)
{
	struct request *rq = &x->rq;
	enum err e;

	if (rq->body_len == 0) {
		rq->json = json_object();
		return rq->json ? OK : E_BUSY;
	}
	if (!type_is(x->head.content_type, "application/json"))
		return refuse(x, 415, "Send the body as application/json.");
	e = json_parse(rq->body, rq->body_len, &rq->problems, &rq->json);
	if (e == E_INPUT)
		return refuse(x, 400, "The body is not acceptable JSON.");
	if (e == OK && !json_is_object(rq->json)) {
		problem_add(&rq->problems, "", "wrong_type",
		    "The body must be one JSON object.");
		return refuse(x, 400, "The body must be one JSON object.");
	}
	return e;
}

static enum err
parse_urlencoded(struct exchange *x)
{
	struct request *rq = &x->rq;
	struct params l = {0};
	enum err e = params_urlencoded(
	    rq->arena, rq->body, rq->body_len, &rq->problems, &l);

	rq->form = l.item;
	rq->n_form = l.n;
	return e;
}

static enum err
parse_multipart(struct exchange *x)
{
	struct request *rq = &x->rq;
	struct multipart f = {0};
	const char *boundary;
	enum err e = multipart_boundary(
	    rq->arena, x->head.content_type, &rq->problems, &boundary);

	if (e == OK)
		e = multipart_read(rq->arena, boundary, rq->body, rq->body_len,
		    &rq->problems, &f);
	rq->form = f.fields.item;
	rq->n_form = f.fields.n;
	rq->files = f.file;
	rq->n_files = f.n_files;
	return e;
}

static enum err
refuse_files(struct exchange *x)
{
	struct request *rq = &x->rq;
	const char *detail;

	for (size_t i = 0; i < rq->n_files; i++)
		problem_add(&rq->problems, rq->files[i].name, "unknown_field",
		    "This form takes no file.");
	detail = arena_printf(rq->arena,
	    "This form takes no file, but “%s” is one.", rq->files[0].name);
	return detail ? refuse(x, 422, detail) : E_BUSY;
}

static enum err
parse_form(struct exchange *x)
{
	const char *type = x->head.content_type;
	enum err e;

	if (x->rq.body_len == 0)
		return OK;
	if (type_is(type, "application/x-www-form-urlencoded"))
		e = parse_urlencoded(x);
	else if (type_is(type, "multipart/form-data"))
		e = parse_multipart(x);
	else
		return refuse(x, 415,
		    "Send the form as application/x-www-form-urlencoded or "
		    "multipart/form-data.");
	if (e == E_INPUT)
		return refuse(x, 400, "The form is malformed.");
	if (e == OK && x->rq.n_files && !(x->rq.route->flags & ROUTE_FILES))
		return refuse_files(x);
	return e;
}

enum err
request_read_body(struct exchange *x)
{
	enum body kind = x->rq.route->body;
	bool has_files = (x->rq.route->flags & ROUTE_FILES) != 0;
	enum err e = read_body(x, has_files ? FILES_MAX : limits[kind]);

	if (e != OK)
		return e;
	switch (kind) {
	case BODY_JSON:
		return parse_json(x);
	case BODY_FORM:
		return parse_form(x);
	case BODY_NONE:
	case BODY_RAW:
		break;
	}
	return OK;
}
