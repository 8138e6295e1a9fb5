/* load.c - send the same requests over N connections, and time each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	load --port N [--connections N] [--seconds S] [--warm S]
 *	     [--requests N] [--expect TEXT] [--seed N] FILE...
 *
 * A FILE is one whole HTTP/1.1 request; the connections send them in turn and
 * ask again when they are answered (a closed loop).  Twelve @ in a row become
 * twelve hexadecimal digits that no other request of this run has, the same
 * wherever they stand in it; --seed chooses where they begin.  It ends after
 * --seconds (not counting --warm, whose answers are not recorded), or after
 * --requests answers, and prints one line of JSON: rate, percentiles, how many
 * answers had which status, how many held TEXT.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stats.h"

enum {
	CONNECTIONS_MAX = 1024,
	FILES_MAX = 64,
	REQUEST_MAX = 64 << 10,
	ANSWER_MAX = 1 << 20,
	MARKS_MAX = 8,
	MARK_LEN = 12,
	ERRORS_MAX = 10000
};

#define MARK "@@@@@@@@@@@@"

struct form {
	char *text;
	size_t len;
	size_t mark[MARKS_MAX];
	int n_marks;
};

struct connection {
	int fd;
	bool is_open;
	int64_t since_us;
	char request[REQUEST_MAX];
	size_t len, sent;
	char answer[ANSWER_MAX + 1];
	size_t got, head; /* head: 0 until it is here */
};

static struct {
	int port, connections;
	double seconds, warm;
	long requests;
	const char *expect;
	unsigned long long seed;
} args = {.connections = 8, .seconds = 2};

static struct form forms[FILES_MAX];
static int n_forms;
static struct connection *conns;
static int epoll_fd;
static unsigned long long serial;
static struct stats stats;
static long statuses[1000], errors, expected, answers;
static unsigned long long bytes;
static int64_t record_from_us;

static void
die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- what is sent ---- */

static void
form_read(struct form *f, const char *path)
{
	static char room[REQUEST_MAX];
	FILE *in = fopen(path, "re");
	const char *at;

	if (!in)
		die(path);
	f->len = fread(room, 1, sizeof(room) - 1, in);
	fclose(in);
	room[f->len] = '\0';
	f->text = strdup(room);
	if (!f->text)
		die(path);
	for (at = f->text;
	     f->n_marks < MARKS_MAX && (at = strstr(at, MARK)) != NULL;
	     at += MARK_LEN)
		f->mark[f->n_marks++] = (size_t)(at - f->text);
}

static void
request_make(struct connection *c)
{
	const struct form *f = &forms[serial % (unsigned)n_forms];
	char digits[MARK_LEN + 1];

	snprintf(digits, sizeof(digits), "%012llx",
	    (args.seed + serial) & 0xffffffffffff);
	serial++;
	memcpy(c->request, f->text, f->len);
	for (int i = 0; i < f->n_marks; i++)
		memcpy(c->request + f->mark[i], digits, MARK_LEN);
	c->len = f->len;
	c->sent = c->got = c->head = 0;
	c->answer[0] = '\0';
}

/* ---- connections ---- */

static void
connection_close(struct connection *c)
{
	if (c->is_open)
		close(c->fd);
	c->is_open = false;
}

static void
connection_open(struct connection *c)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)args.port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("epoll_ctl");
	c->is_open = true;
}

/* A request is small: the socket's buffer takes it at once. */
static void
connection_ask(struct connection *c)
{
	request_make(c);
	c->since_us = stats_now_us();
	if (!c->is_open)
		connection_open(c);
	while (c->sent < c->len) {
		ssize_t n = send(c->fd, c->request + c->sent, c->len - c->sent,
		    MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the answer, or its end, is read next */
		c->sent += (size_t)n;
	}
}

/* ---- answers ---- */

/* What a header says; NULL: there is none. */
static const char *
header(struct connection *c, const char *name)
{
	char kept = c->answer[c->head];
	const char *at;

	c->answer[c->head] = '\0';
	at = strcasestr(c->answer, name);
	c->answer[c->head] = kept;
	return at ? at + strlen(name) : NULL;
}

/* The length of a whole answer; SIZE_MAX: not known yet. */
static size_t
answer_length(struct connection *c)
{
	const char *end = c->head ? NULL : strstr(c->answer, "\r\n\r\n");
	const char *at;

	if (end)
		c->head = (size_t)(end - c->answer) + 4;
	if (c->head == 0)
		return SIZE_MAX;
	at = header(c, "\r\nContent-Length:");
	if (at)
		return c->head + strtoul(at, NULL, 10);
	if (!header(c, "\r\nTransfer-Encoding: chunked"))
		return c->head;
	at = c->answer + c->got - 5;
	return c->got >= c->head + 5 && memcmp(at, "0\r\n\r\n", 5) == 0
		   ? c->got
		   : SIZE_MAX;
}

static void
record(const struct connection *c)
{
	int64_t now = stats_now_us();
	int status = atoi(c->answer + 9);

	answers++;
	if (now < record_from_us)
		return;
	stats_add(&stats, now - c->since_us);
	bytes += c->got;
	if (status >= 100 && status < 1000)
		statuses[status]++;
	if (args.expect && strstr(c->answer, args.expect))
		expected++;
}

static void
answer_end(struct connection *c, bool is_whole)
{
	if (is_whole)
		record(c);
	else if (++errors > ERRORS_MAX)
		die("too many broken connections");
	if (!is_whole || header(c, "\r\nConnection: close"))
		connection_close(c);
	connection_ask(c);
}

static void
answer_read(struct connection *c)
{
	ssize_t n =
	    recv(c->fd, c->answer + c->got, ANSWER_MAX - c->got, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->answer[c->got] = '\0';
		answer_end(c, false);
		return;
	}
	c->got += (size_t)n;
	c->answer[c->got] = '\0';
	if (c->got >= answer_length(c))
		answer_end(c, true);
}

/* ---- the run ---- */

static double
run(void)
{
	struct epoll_event ev[64];
	int64_t begun = stats_now_us(), now = begun, end;

	record_from_us = begun + (int64_t)(args.warm * 1e6);
	end = record_from_us + (int64_t)(args.seconds * 1e6);
	for (int i = 0; i < args.connections; i++)
		connection_ask(&conns[i]);
	while ((now = stats_now_us()) < end &&
	       (args.requests == 0 || answers < args.requests)) {
		int n = epoll_wait(epoll_fd, ev, 64, 100);

		for (int i = 0; i < n; i++)
			answer_read(ev[i].data.ptr);
	}
	return (double)(now - record_from_us) / 1e6;
}

static void
print(double seconds)
{
	const char *comma = "";

	printf("{");
	stats_print(&stats, seconds);
	printf(",\"bytes\":%llu,\"errors\":%ld,\"expected\":%ld,\"status\":{",
	    stats.n ? bytes / stats.n : 0, errors, expected);
	for (int i = 100; i < 1000; i++)
		if (statuses[i] > 0) {
			printf("%s\"%d\":%ld", comma, i, statuses[i]);
			comma = ",";
		}
	printf("}}\n");
}

static void
read_args(int argc, char **argv)
{
	static const struct option options[] = {{"port", 1, NULL, 'p'},
	    {"connections", 1, NULL, 'c'}, {"seconds", 1, NULL, 's'},
	    {"warm", 1, NULL, 'w'}, {"requests", 1, NULL, 'n'},
	    {"expect", 1, NULL, 'e'}, {"seed", 1, NULL, 'r'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'p':
			args.port = atoi(optarg);
			break;
		case 'c':
			args.connections = atoi(optarg);
			break;
		case 's':
			args.seconds = atof(optarg);
			break;
		case 'w':
			args.warm = atof(optarg);
			break;
		case 'n':
			args.requests = atol(optarg);
			break;
		case 'e':
			args.expect = optarg;
			break;
		case 'r':
			args.seed = strtoull(optarg, NULL, 0);
			break;
		default:
			exit(64);
		}
	for (; optind < argc && n_forms < FILES_MAX; optind++)
		form_read(&forms[n_forms++], argv[optind]);
	if (n_forms == 0 || args.port <= 0 || args.connections < 1 ||
	    args.connections > CONNECTIONS_MAX) {
		fprintf(stderr, "usage: load --port N [...] FILE...\n");
		exit(64);
	}
}

int
main(int argc, char **argv)
{
	read_args(argc, argv);
	conns = calloc((size_t)args.connections, sizeof(*conns));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!conns || epoll_fd < 0)
		die("start");
	print(run());
	return 0;
}
