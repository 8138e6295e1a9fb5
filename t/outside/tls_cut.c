/* tls_cut.c - a TLS connection that ends too soon is no answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A relay before openssl's own server lets a number of TLS records through,
 * perhaps some bytes of the next, and then ends the connection towards the
 * client: in the handshake, the headers, the body, before the alert that says
 * that this was all (close_notify, RFC 8446 section 6.1).  libcurl does not ask
 * for that alert, so an answer that does not say where it ends is none: anybody
 * on the way may have cut it.
 */
#include "config.h"

#include "outside/http.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fault/dice.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "tap.h"
#include "tls_server.h"

#define BODY_BYTES   40000 /* three records */
#define PADS	     20	   /* header lines of PAD_BYTES: two records */
#define PAD_BYTES    1000
#define HEADER_BYTES 5	   /* of a record */
#define BOUND_MS     30000 /* of a loaded machine under valgrind */
#define NEVER	     100000

/* Shared with the relay. */
struct relay {
	/* What is asked of it ... */
	int records, bytes; /* let through */
	bool resets;
	/* ... and what it has seen of the last connection. */
	int seen;
	bool did_cut;
	_Atomic int served;
};

/* What the server's file of that name holds; the last header is "X-Last". */
static const struct answer {
	const char *name;
	enum err want;
	const char *first, *late; /* headers */
	bool has_body, is_chunked;
} answers[] = {
    {"length", OK, "", "Content-Length: 40000\r\n", true, false},
    {"length-first", OK, "Content-Length: 40000\r\n", "", true, false},
    {"no-length", E_REMOTE, "", "", true, false},
    {"chunks", OK, "", "Transfer-Encoding: chunked\r\n", true, true},
    {"chunks-first", OK, "Transfer-Encoding: chunked\r\n", "", true, true},
    {"empty", OK, "Content-Length: 0\r\n", "", false, false},
};

static struct relay *relay;
static int relay_port;
static char body[BODY_BYTES + 1];

/* ---- the relay ---- */

struct record {
	unsigned char header[HEADER_BYTES];
	size_t at, size;
};

/* How many of n bytes from the server go through; fewer: then comes the cut. */
static size_t
passing(struct record *r, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (relay->seen == relay->records &&
		    r->at == (size_t)relay->bytes)
			return i;
		if (r->at < HEADER_BYTES)
			r->header[r->at] = p[i];
		r->at++;
		if (r->at == HEADER_BYTES)
			r->size = HEADER_BYTES +
				  (size_t)(r->header[3] << 8 | r->header[4]);
		if (r->at >= HEADER_BYTES && r->at == r->size) {
			relay->seen++;
			r->at = 0;
		}
	}
	return n;
}

static bool
send_all(int fd, const unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* False at the end. */
static bool
from_client(int client, int server)
{
	unsigned char p[16384];
	ssize_t n = recv(client, p, sizeof(p), 0);

	return n > 0 && send_all(server, p, (size_t)n);
}

static bool
from_server(int server, int client, struct record *r)
{
	unsigned char p[16384];
	ssize_t n = recv(server, p, sizeof(p), 0);
	size_t pass;

	if (n <= 0)
		return false;
	pass = passing(r, p, (size_t)n);
	relay->did_cut = pass < (size_t)n;
	return send_all(client, p, pass) && !relay->did_cut;
}

static int
connect_to(int port)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		bail("the relay cannot connect");
	return fd;
}

/* A record that waits for another one's acknowledgement takes 40 ms. */
static void
send_at_once(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void
relay_one(int client, int server)
{
	const struct linger reset = {.l_onoff = 1};
	struct pollfd p[] = {
	    {.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	struct record r = {.at = 0};

	send_at_once(client);
	send_at_once(server);
	while (poll(p, 2, -1) > 0) {
		if (p[1].revents && !from_server(server, client, &r))
			break;
		if (p[0].revents && !from_client(client, server))
			break;
	}
	if (relay->did_cut && relay->resets)
		setsockopt(
		    client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(client);
	close(server);
	relay->served++;
}

static pid_t
relay_start(int to_port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in, n) < 0 ||
	    listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &n) < 0)
		bail("no port");
	relay_port = ntohs(in.sin_port);
	if ((pid = fork()) < 0)
		bail("no fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int client = accept(fd, NULL, NULL);

			relay_one(client, connect_to(to_port));
		}
	}
	close(fd);
	return pid;
}

/* ---- the client ---- */

static bool
is_whole(const struct answer *is, const struct http_reply *r)
{
	size_t len = is->has_body ? BODY_BYTES : 0;

	return r->status == 200 && r->len == len &&
	       memcmp(r->body, body, len) == 0 &&
	       http_reply_header(r, "X-Last");
}

/* What is wrong with what came of a call; NULL: nothing. */
static const char *
wrong(const struct answer *is, enum err e, const struct http_reply *r,
    const char *reason)
{
	if (e == OK && is->want != OK)
		return "nobody said that this was all";
	if (e == OK)
		return is_whole(is, r) ? NULL
				       : "a part was taken for the whole";
	if (!relay->did_cut && is->want == OK)
		return "a whole answer was refused";
	if (e != E_REMOTE)
		return "another error";
	if (r->status != 77)
		return "something was told";
	return reason[0] ? NULL : "no reason was given";
}

struct caller {
	struct http_client *client;
	const char *ca_file, *version;
	struct dice *dice;
};

/* One call through the relay, which ends when the relay is done with it.
 * What is wrong with it, or NULL. */
static const char *
call(const struct caller *c, const struct answer *is)
{
	struct arena *a = arena_new(4 << 20);
	struct http_request rq = {
	    .url = arena_printf(
		a, "https://127.0.0.1:%d/%s", relay_port, is->name),
	    .ca_file = c->ca_file,
	    .timeout_ms = 2 * BOUND_MS,
	    .connect_timeout_ms = 2 * BOUND_MS};
	struct http_reply r = {.status = 77};
	int64_t began = clock_mono_us();
	int served = relay->served;
	const char *bad;
	enum err e;

	relay->seen = 0;
	relay->did_cut = false;
	e = http_call(c->client, a, &rq, &r);
	while (relay->served == served &&
	       clock_mono_us() - began < BOUND_MS * 1000)
		usleep(100);
	bad = wrong(is, e, &r, http_reason(c->client));
	if (clock_mono_us() - began >= BOUND_MS * 1000)
		bad = "it was waited for";
	arena_free(&a);
	return bad;
}

static void
let_through(int records, int bytes, bool resets)
{
	relay->records = records;
	relay->bytes = bytes;
	relay->resets = resets;
}

/* At each record: before it, within its header, after that, and somewhere. */
static void
cut_everywhere(const struct caller *c, const struct answer *is)
{
	const char *bad;
	int n = 0, records;

	let_through(NEVER, 0, false);
	bad = call(c, is);
	ok(!bad, "TLS %s, %s: all of it is %s: %s", c->version, is->name,
	    is->want == OK ? "an answer" : "no answer",
	    bad ? bad : http_reason(c->client));
	records = relay->seen;
	for (int i = 0; i < 10 * records && !bad; i++) {
		const int at[] = {0, 1, HEADER_BYTES, HEADER_BYTES + 1,
		    (int)dice_roll(c->dice, 200)};

		let_through(i / 10, at[i % 5], i / 5 % 2);
		bad = call(c, is);
		n += relay->did_cut;
	}
	if (!ok(!bad && n > 6 * records,
		"TLS %s, %s: no part of it is an answer (%d cuts, %d records)",
		c->version, is->name, n, records))
		note("record %d, byte %d, %s: %s", relay->records, relay->bytes,
		    relay->resets ? "reset" : "closed", bad ? bad : "few cuts");
	let_through(NEVER, 0, false);
	ok(!call(c, is), "TLS %s, %s: the next call is as the first one",
	    c->version, is->name);
}

/* ---- the server's files ---- */

static void
write_answer(const struct tls_server *s, const struct answer *is)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "HTTP/1.1 200 OK\r\nConnection: close\r\n%s", is->first);
	for (int i = 0; i < PADS; i++)
		buf_printf(&b, "X-Pad: %0*d\r\n", PAD_BYTES, i);
	buf_printf(&b, "%sX-Last: yes\r\n\r\n", is->late);
	if (is->is_chunked)
		buf_printf(&b, "%x\r\n%s\r\n0\r\n\r\n", BODY_BYTES, body);
	else if (is->has_body)
		buf_puts(&b, body);
	tls_server_put(s, is->name, buf_str(&b));
	buf_fini(&b);
}

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
with_version(struct tls_server *s, const char *option, const char *version,
    struct dice *d)
{
	const char *const options[] = {"-HTTP", option, NULL};
	int fds = count_fds();
	struct caller c = {.client = http_client_new(),
	    .ca_file = s->cert,
	    .version = version,
	    .dice = d};
	pid_t pid;

	tls_server_start(s, options);
	pid = relay_start(s->port);
	for (size_t i = 0; i < N_ELEMS(answers); i++)
		cut_everywhere(&c, &answers[i]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	tls_server_stop(s);
	http_client_free(&c.client);
	is_int(count_fds(), fds, "no descriptor is lost");
}

int
main(void)
{
	uint64_t seed = dice_seed();
	struct dice d = dice_new(seed);
	struct tls_server s;

	note("MPANEL_SEED=%" PRIu64, seed);
	log_set_level(LOG__MAX);
	relay = mmap(NULL, sizeof(*relay), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (relay == MAP_FAILED)
		bail("no memory");
	for (size_t i = 0; i < BODY_BYTES; i++)
		body[i] = (char)('a' + dice_roll(&d, 26));
	if (tls_server_init(&s)) {
		for (size_t i = 0; i < N_ELEMS(answers); i++)
			write_answer(&s, &answers[i]);
		with_version(&s, "-tls1_2", "1.2", &d);
		with_version(&s, "-tls1_3", "1.3", &d);
	} else {
		ok(true, "TLS # SKIP no openssl to make a certificate");
	}
	tls_server_fini(&s);
	return tap_done();
}
