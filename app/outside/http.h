/* http.h - ask another program over HTTP, within limits (libcurl).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * For addresses that come from settings.  http and https only, no redirects,
 * no proxy from the environment, a total time limit and a largest answer
 * always.  Never call it inside a transaction.
 */
#ifndef MPANEL_OUTSIDE_HTTP_H
#define MPANEL_OUTSIDE_HTTP_H

#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

struct http_request {
	const char *method; /* NULL: POST with a body, GET without */
	const char *url;
	/* "Name: value" lines, the list ended by NULL; or NULL. */
	const char *const *headers;
	const char *content_type; /* of the body; NULL: none is sent */
	const void *body;	  /* NULL: none */
	size_t body_len;
	/* One of both or none; secret, never logged. */
	const char *bearer;
	const char *user, *password;
	const char *ca_file;	 /* NULL: the system's authorities */
	const char *unix_socket; /* NULL: connect to the URL's host */
	int timeout_ms;		 /* for all of it; 0: 10 s */
	int connect_timeout_ms;	 /* 0: 3 s */
	size_t max_bytes;	 /* largest body of an answer; 0: 1 MiB */
};

struct http_header {
	const char *name, *value;
};

/* Lives in the arena of the call. */
struct http_reply {
	int status;
	const char *body; /* len bytes and a NUL */
	size_t len;
	const struct http_header *headers;
	size_t n_headers;
};

/* Keeps its connections open between calls.  Not to be used on both sides of
 * a fork. */
struct http_client;
/* Heap; NULL when memory is refused. */
struct http_client *http_client_new(void);
void http_client_free(struct http_client **take_c);

/* OK for any status; E_REMOTE when there was no whole answer in time, or over
 * TLS none that says where it ends, logged with its reason; E_INPUT for a
 * header, method or address that can't be sent. */
enum err http_call(struct http_client *c, struct arena *a,
    const struct http_request *rq, struct http_reply *out) MUST_USE;
/* Why the last call failed, for people; "" when it did not. */
const char *http_reason(const struct http_client *c);

/* First header of that name (any case), NULL when absent. */
const char *http_reply_header(const struct http_reply *r, const char *name);

#endif
