/* http.h - HTTP/1.1 requests over many connections, waiting for none.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What load and flood share: forms of requests, and connections that send one
 * and read its answer, over and over.  A mistake of the machine ends the
 * program.
 */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_MARKS_MAX 8

/* A whole request; in it twelve @ in a row become twelve hexadecimal digits
 * that no other request of this run has, the same wherever they stand. */
struct http_form {
	char *text;
	size_t len;
	size_t mark[HTTP_MARKS_MAX];
	int n_marks;
};
void http_form_read(struct http_form *f, const char *path);

struct http_connection {
	int fd; /* -1: closed */
	bool is_asking;
	int64_t since_us; /* the caller's: when it asked, or should have */
	int64_t number;	  /* the caller's: what it asked */
	char *request;
	size_t len, sent, request_room;
	char *answer;		       /* ended by NUL */
	size_t got, head, answer_room; /* head: 0 until it is here */
};

/* Called when an answer is whole, or when the connection broke before; may ask
 * again on the same connection. */
typedef void http_end(struct http_connection *c, bool is_whole);

void http_init(int port, unsigned long long seed, http_end *on_end);
void http_connection_init(struct http_connection *c);

/* Send a request; connects first where the connection is closed. */
void http_ask(struct http_connection *c, const struct http_form *f);

/* Send and read what can be, for at most so long. */
void http_work(int timeout_ms);

void http_close(struct http_connection *c);

/* Of a whole answer. */
int http_status(const struct http_connection *c);
/* The text after "\r\nName:", any case; NULL: there is no such header. */
const char *http_header(struct http_connection *c, const char *name);

#endif
