/* http.c - one HTTP exchange with libcurl.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "outside/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define TIMEOUT_MS	   10000
#define CONNECT_TIMEOUT_MS 3000
#define MAX_BYTES	   ((size_t)1024 * 1024)
#define HEADERS_MAX	   64
#define HEADER_MAX_BYTES   8192

struct http_client {
	CURL *curl;
	char error[CURL_ERROR_SIZE];
};

/* What the callbacks fill. */
struct exchange {
	struct arena *arena;
	struct buf body;
	struct http_header headers[HEADERS_MAX];
	size_t n_headers;
	bool is_headed; /* the empty line after the headers has come */
};

struct http_client *
http_client_new(void)
{
	struct http_client *c = calloc(1, sizeof(*c));

	/* Counted by libcurl; only the first one does something. */
	if (!c || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(c);
		return NULL;
	}
	c->curl = curl_easy_init();
	if (!c->curl)
		http_client_free(&c);
	return c;
}

void
http_client_free(struct http_client **take_c)
{
	struct http_client *c = *take_c;

	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	curl_global_cleanup();
	free(c);
	*take_c = NULL;
}

const char *
http_reason(const struct http_client *c)
{
	return c->error;
}

const char *
http_reply_header(const struct http_reply *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (str_eq_nocase(r->headers[i].name, name))
			return r->headers[i].value;
	}
	return NULL;
}

/* Fewer bytes taken than given make libcurl stop. */
static size_t
take_body(char *p, size_t size, size_t n, void *user)
{
	struct exchange *x = user;

	buf_add(&x->body, p, size * n);
	return buf_failed(&x->body) ? 0 : size * n;
}

/* One header line.  A status line begins a new set: what came before belongs
 * to an interim answer (100, 103). */
static size_t
take_header(char *p, size_t size, size_t n, void *user)
{
	struct exchange *x = user;
	const char *colon;
	struct http_header *h = &x->headers[x->n_headers];

	n *= size;
	colon = memchr(p, ':', n);
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0) {
		x->n_headers = 0;
		x->is_headed = false;
	} else if (n > 0 && (p[0] == '\r' || p[0] == '\n')) {
		x->is_headed = true;
	} else if (colon && n <= HEADER_MAX_BYTES &&
		   x->n_headers < HEADERS_MAX) {
		size_t name = (size_t)(colon - p);
		char *value = arena_strndup(x->arena, colon + 1, n - name - 1);

		h->name = arena_strndup(x->arena, p, name);
		h->value = value ? str_trim(x->arena, value) : NULL;
		x->n_headers += h->name && h->value;
	}
	return n;
}

static bool
is_one_line(const char *s)
{
	return !s || !strpbrk(s, "\r\n");
}

static bool
is_sendable(const struct http_request *rq)
{
	bool good = (str_starts(rq->url, "http://") ||
			str_starts(rq->url, "https://")) &&
		    is_one_line(rq->url) && is_one_line(rq->method) &&
		    is_one_line(rq->content_type) && is_one_line(rq->bearer);

	for (size_t i = 0; rq->headers && rq->headers[i]; i++)
		good &= is_one_line(rq->headers[i]);
	return good;
}

/* Adds to the list; NULL (and the list freed) when memory is refused. */
static struct curl_slist *
add_line(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (!longer)
		curl_slist_free_all(list);
	return longer;
}

static struct curl_slist *
header_lines(struct arena *a, const struct http_request *rq)
{
	/* Nobody that we ask wants to be asked first. */
	struct curl_slist *list = add_line(NULL, "Expect:");
	const char *type = rq->content_type;
	const char *line =
	    type ? arena_printf(a, "Content-Type: %s", type) : "Content-Type:";

	if (list && line)
		list = add_line(list, line);
	for (size_t i = 0; list && rq->headers && rq->headers[i]; i++)
		list = add_line(list, rq->headers[i]);
	return list;
}

static void
set_limits(CURL *curl, const struct http_request *rq)
{
	int ms = rq->timeout_ms ? rq->timeout_ms : TIMEOUT_MS;
	int connect_ms = rq->connect_timeout_ms ? rq->connect_timeout_ms
						: CONNECT_TIMEOUT_MS;

	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static void
set_authority(CURL *curl, const struct http_request *rq)
{
	if (rq->bearer) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, rq->bearer);
	} else if (rq->user) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, rq->user);
		curl_easy_setopt(
		    curl, CURLOPT_PASSWORD, rq->password ? rq->password : "");
	}
	if (rq->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, rq->ca_file);
	if (rq->unix_socket)
		curl_easy_setopt(
		    curl, CURLOPT_UNIX_SOCKET_PATH, rq->unix_socket);
}

static void
set_request(CURL *curl, const struct http_request *rq)
{
	const char *method = rq->method ? rq->method
			     : rq->body ? "POST"
					: "GET";

	curl_easy_setopt(curl, CURLOPT_URL, rq->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mpanel/" PACKAGE_VERSION);
	if (rq->body || str_eq(method, "POST")) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(rq->body ? rq->body_len : 0));
		curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDS, rq->body ? rq->body : "");
	}
	if (str_eq(method, "HEAD"))
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (!str_eq(method, "GET") || rq->body)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

/* The address without what may be secret: user, query. */
static const char *
loggable(struct arena *a, const char *url)
{
	size_t n = strcspn(url, "?#");
	const char *host = strstr(url, "://") + 3;
	size_t authority = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', authority);

	if (at)
		host = at + 1;
	return arena_strndup(a, host, (size_t)(url + n - host));
}

static enum err
no_answer(struct http_client *c, struct arena *a, const struct http_request *rq,
    CURLcode code, int64_t began_us)
{
	if (code == CURLE_OK)
		strcpy(c->error,
		    "the answer is cut, or does not say where it ends");
	else if (code == CURLE_WRITE_ERROR)
		strcpy(c->error, "the answer is too large");
	else if (c->error[0] == '\0')
		strcpy(c->error, curl_easy_strerror(code));
	log_event(LOG_WARN, "http_no_answer", LOG_S("to", loggable(a, rq->url)),
	    LOG_S("why", c->error),
	    LOG_I("took_ms", (clock_mono_us() - began_us) / 1000));
	return E_REMOTE;
}

/* Would a connection that is closed too soon be noticed?  libcurl takes the end
 * of a connection within the headers for the end of an answer, and over TLS
 * does not insist on the alert that ends one (close_notify, RFC 8446
 * section 6.1): the answer itself must say where it ends.  Without TLS, who can
 * cut an answer can as well write another one. */
static bool
is_whole(struct http_client *c, const struct http_request *rq,
    const struct exchange *x)
{
	const struct http_reply r = {
	    .headers = x->headers, .n_headers = x->n_headers};
	const char *coding = http_reply_header(&r, "Transfer-Encoding");
	curl_off_t length = -1;
	long version = 0, status = 0;

	if (!x->is_headed || !str_starts(rq->url, "https://"))
		return x->is_headed;
	curl_easy_getinfo(c->curl, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return version >= CURL_HTTP_VERSION_2_0 || length >= 0 ||
	       (coding && str_eq_nocase(coding, "chunked")) || status == 204 ||
	       status == 304 || (rq->method && str_eq(rq->method, "HEAD"));
}

static enum err
keep_reply(struct http_client *c, struct arena *a, const struct exchange *x,
    struct http_reply *out)
{
	struct http_reply r = {.len = x->body.len, .n_headers = x->n_headers};
	long status = 0;

	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	r.status = (int)status;
	r.body = arena_memdup(a, buf_str(&x->body), r.len + 1);
	r.headers =
	    arena_memdup(a, x->headers, x->n_headers * sizeof(x->headers[0]));
	if (!r.body || !r.headers)
		return E_BUSY;
	*out = r;
	return OK;
}

static enum err
perform(struct http_client *c, struct arena *a, const struct http_request *rq,
    struct exchange *x, struct http_reply *out)
{
	int64_t began_us = clock_mono_us();
	CURLcode code;

	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, x);
	code = curl_easy_perform(c->curl);
	if (code != CURLE_OK || !is_whole(c, rq, x))
		return no_answer(c, a, rq, code, began_us);
	c->error[0] = '\0';
	return keep_reply(c, a, x, out);
}

enum err
http_call(struct http_client *c, struct arena *a, const struct http_request *rq,
    struct http_reply *out)
{
	struct exchange x = {.arena = a};
	struct curl_slist *lines;
	enum err e;

	c->error[0] = '\0';
	if (!is_sendable(rq)) {
		strcpy(c->error, "this cannot be sent as an HTTP request");
		return E_INPUT;
	}
	lines = header_lines(a, rq);
	if (!lines)
		return E_BUSY;
	buf_init(&x.body, rq->max_bytes ? rq->max_bytes : MAX_BYTES);
	curl_easy_reset(c->curl);
	set_limits(c->curl, rq);
	set_authority(c->curl, rq);
	set_request(c->curl, rq);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, lines);
	e = perform(c, a, rq, &x, out);
	/* The handle outlives the call; what it points to does not. */
	curl_easy_reset(c->curl);
	curl_slist_free_all(lines);
	buf_fini(&x.body);
	return e;
}
