/* reply_print.c - the head of every answer, and the answer as CGI wants it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <string.h>

/* clang-format off */
static const struct reason {
	int status;
	const char *text;
} reasons[] = {
    {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
    {303, "See Other"}, {304, "Not Modified"}, {400, "Bad Request"},
    {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
    {405, "Method Not Allowed"}, {409, "Conflict"},
    {412, "Precondition Failed"}, {413, "Content Too Large"},
    {415, "Unsupported Media Type"}, {421, "Misdirected Request"},
    {422, "Unprocessable Content"}, {429, "Too Many Requests"},
    {500, "Internal Server Error"}, {501, "Not Implemented"},
    {503, "Service Unavailable"}};
/* clang-format on */

static const char policy[] =
    "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
static const char always[] = "X-Content-Type-Options: nosniff\r\n"
			     "Referrer-Policy: same-origin\r\n"
			     "Cross-Origin-Opener-Policy: same-origin\r\n";

/* Two years, as browsers' preload lists ask. */
static const char hsts[] = "Strict-Transport-Security: max-age=63072000\r\n";

static const char *
reason_of(int status)
{
	for (size_t i = 0; i < N_ELEMS(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Other";
}

static void
print_header(struct buf *out, const char *name, const char *value)
{
	buf_puts(out, name);
	buf_puts(out, ": ");
	buf_puts(out, value);
	buf_puts(out, "\r\n");
}

/* A route that asks nobody who they are answers everybody alike. */
static bool
is_for_anyone(const struct exchange *x)
{
	const struct route *route = x->rq.route;

	return route &&
	       (route->auth == AUTH_NONE || route->auth == AUTH_TENANT);
}

/* Private answers and errors are kept nowhere; what anyone may see is kept as
 * far as its handler says. */
static const char *
cache_of(const struct exchange *x)
{
	const struct reply *r = &x->reply;

	if (r->sets_cookie || r->status >= 400)
		return "no-store";
	if (r->cache && is_for_anyone(x))
		return r->cache;
	if (x->rq.actor.kind != ACTOR_ANYONE)
		return "no-store";
	return x->rq.is_api ? "no-store" : "no-cache";
}

/* A 405 must name the methods that the path has (RFC 9110 section 15.5.6). */
static void
print_allow(const struct exchange *x, struct buf *out)
{
	buf_puts(out, "Allow: ");
	methods_print(x->match.methods, out);
	buf_puts(out, "\r\n");
}

/* nginx gives a 429 out slowly, a second or two: who tries without pause waits
 * there, where it costs a connection and no worker. */
static void
print_pace(const struct reply *r, struct buf *out)
{
	buf_puts(out, "X-Accel-Limit-Rate: ");
	buf_int(out, 400 + (int64_t)r->body.len / 8);
	buf_puts(out, "\r\n");
}

void
reply_print(struct exchange *x, struct buf *out)
{
	const struct reply *r = &x->reply;

	buf_puts(out, "Status: ");
	buf_int(out, r->status);
	buf_putc(out, ' ');
	buf_puts(out, reason_of(r->status));
	buf_puts(out, "\r\n");
	if (r->type)
		print_header(out, "Content-Type", r->type);
	if (r->location)
		print_header(out, "Location", r->location);
	if (r->status == 405)
		print_allow(x, out);
	if (r->status == 401)
		print_header(out, "WWW-Authenticate", "Bearer");
	if (r->retry_after)
		print_header(out, "Retry-After", r->retry_after);
	if (r->status == 429)
		print_pace(r, out);
	if (x->replayed)
		print_header(out, "Idempotent-Replayed", "true");
	print_header(out, "X-Request-Id", x->rq.id);
	print_header(
	    out, "Content-Security-Policy", r->policy ? r->policy : policy);
	buf_puts(out, always);
	print_header(out, "Cross-Origin-Resource-Policy",
	    r->sharing ? r->sharing : "same-origin");
	if (x->rq.is_tls && x->gate->hsts)
		buf_puts(out, hsts);
	print_header(out, "Cache-Control", cache_of(x));
	buf_add(out, r->headers.data, r->headers.len);
	buf_puts(out, "Content-Length: ");
	buf_int(out, (int64_t)r->body.len);
	buf_puts(out, "\r\n\r\n");
	if (!x->rq.is_head)
		buf_add(out, r->body.data, r->body.len);
}
