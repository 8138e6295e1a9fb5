/* http.c - HTTP/1.1 requests over many connections, waiting for none.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, ANSWER_MAX = 16 << 20, MARK_LEN = 12, EVENTS = 256 };

#define MARK "@@@@@@@@@@@@"

static struct sockaddr_in server;
static unsigned long long next_serial;
static http_end *at_end;
static int epoll_fd = -1;

static void
die(const char *what)
{
	fprintf(stderr, "http: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Twice as much as before, at least so much. */
static void
grow(char **room, size_t *size, size_t least)
{
	while (*size < least)
		*size = *size ? 2 * *size : 2048;
	*room = realloc(*room, *size);
	if (!*room)
		die("memory");
}

void
http_init(int port, unsigned long long seed, http_end *on_end)
{
	server = (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	next_serial = seed;
	at_end = on_end;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		die("epoll_create1");
}

/* ---- what is sent ---- */

void
http_form_read(struct http_form *f, const char *path)
{
	FILE *in = fopen(path, "re");
	const char *at;

	*f = (struct http_form){.text = calloc(1, FILE_MAX)};
	if (!in || !f->text)
		die(path);
	f->len = fread(f->text, 1, FILE_MAX - 1, in);
	fclose(in);
	for (at = f->text;
	     f->n_marks < HTTP_MARKS_MAX && (at = strstr(at, MARK)) != NULL;
	     at += MARK_LEN)
		f->mark[f->n_marks++] = (size_t)(at - f->text);
}

static void
request_make(struct http_connection *c, const struct http_form *f)
{
	char digits[MARK_LEN + 1];

	snprintf(
	    digits, sizeof(digits), "%012llx", next_serial++ & 0xffffffffffff);
	if (c->request_room < f->len)
		grow(&c->request, &c->request_room, f->len);
	memcpy(c->request, f->text, f->len);
	for (int i = 0; i < f->n_marks; i++)
		memcpy(c->request + f->mark[i], digits, MARK_LEN);
	c->len = f->len;
	c->sent = c->got = c->head = 0;
	if (c->answer_room == 0)
		grow(&c->answer, &c->answer_room, 1);
	c->answer[0] = '\0';
}

/* ---- connections ---- */

void
http_connection_init(struct http_connection *c)
{
	*c = (struct http_connection){.fd = -1};
}

void
http_close(struct http_connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->is_asking = false;
}

static void
connection_open(struct http_connection *c)
{
	struct epoll_event ev = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	if (connect(c->fd, (struct sockaddr *)&server, sizeof(server)) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("epoll_ctl");
}

/* What cannot be sent is read: the answer, or the end of the connection. */
static void
connection_send(struct http_connection *c)
{
	while (c->sent < c->len) {
		ssize_t n = send(c->fd, c->request + c->sent, c->len - c->sent,
		    MSG_NOSIGNAL);

		if (n <= 0)
			return;
		c->sent += (size_t)n;
	}
}

void
http_ask(struct http_connection *c, const struct http_form *f)
{
	request_make(c, f);
	c->is_asking = true;
	if (c->fd < 0)
		connection_open(c);
	connection_send(c);
}

/* ---- answers ---- */

const char *
http_header(struct http_connection *c, const char *name)
{
	char kept = c->answer[c->head];
	const char *at;

	c->answer[c->head] = '\0';
	at = strcasestr(c->answer, name);
	c->answer[c->head] = kept;
	return at ? at + strlen(name) : NULL;
}

int
http_status(const struct http_connection *c)
{
	int status = c->got > 12 ? atoi(c->answer + 9) : 0;

	return status >= 100 && status < 1000 ? status : 0;
}

/* The length of a whole answer; SIZE_MAX: not known yet. */
static size_t
answer_length(struct http_connection *c)
{
	const char *end = c->head ? NULL : strstr(c->answer, "\r\n\r\n");
	const char *at;

	if (end)
		c->head = (size_t)(end - c->answer) + 4;
	if (c->head == 0)
		return SIZE_MAX;
	at = http_header(c, "\r\nContent-Length:");
	if (at)
		return c->head + strtoul(at, NULL, 10);
	if (!http_header(c, "\r\nTransfer-Encoding: chunked"))
		return c->head;
	at = c->answer + c->got - 5;
	return c->got >= c->head + 5 && memcmp(at, "0\r\n\r\n", 5) == 0
		   ? c->got
		   : SIZE_MAX;
}

static void
answer_end(struct http_connection *c, bool is_whole)
{
	c->is_asking = false;
	if (!is_whole || http_header(c, "\r\nConnection: close"))
		http_close(c);
	at_end(c, is_whole);
}

static void
connection_read(struct http_connection *c)
{
	while (c->fd >= 0) {
		ssize_t n;

		if (c->got + 1 >= c->answer_room)
			grow(&c->answer, &c->answer_room, c->got + 2);
		if (c->answer_room > ANSWER_MAX)
			die("an answer without an end");
		n = recv(
		    c->fd, c->answer + c->got, c->answer_room - c->got - 1, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0 && c->is_asking)
			answer_end(c, false);
		else if (n <= 0)
			http_close(c);
		if (n <= 0)
			return;
		c->got += (size_t)n;
		c->answer[c->got] = '\0';
		if (c->is_asking && c->got >= answer_length(c)) {
			answer_end(c, true);
			return;
		}
	}
}

void
http_work(int timeout_ms)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(epoll_fd, ev, EVENTS, timeout_ms);

	for (int i = 0; i < n; i++) {
		struct http_connection *c = ev[i].data.ptr;

		if (c->fd < 0)
			continue;
		if (c->is_asking && ev[i].events & EPOLLOUT)
			connection_send(c);
		if (ev[i].events & ~(uint32_t)EPOLLOUT)
			connection_read(c);
	}
}
