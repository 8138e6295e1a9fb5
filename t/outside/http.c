/* http.c - tests of outside/http.h against a server that misbehaves.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/http.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "port.h"
#include "tap.h"

static struct arena *a;
static struct http_client *client;
static int port;
static char socket_path[100];

/* ---- the server: one connection at a time, answers by path ---- */

static void
send_text(int fd, const char *s)
{
	size_t n = strlen(s);

	while (n > 0) {
		ssize_t done = send(fd, s, n, MSG_NOSIGNAL);

		if (done <= 0)
			return;
		s += done;
		n -= (size_t)done;
	}
}

/* Head and body, NUL-terminated; false at the end of the connection. */
static bool
read_request(int fd, char *text, size_t size)
{
	size_t n = 0, want = 0;

	while (n < size - 1) {
		ssize_t got = recv(fd, text + n, size - 1 - n, 0);
		char *end, *length;

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length:");
		if (end && length)
			want = (size_t)atoi(length + 17);
		if (end && n >= (size_t)(end - text) + 4 + want)
			return true;
	}
	return false;
}

static void
answer_with(int fd, const char *body, int connections)
{
	char head[256];

	snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
	    "X-Connection: %d\r\nX-Twice: one\r\nX-TWICE:  two  \r\n\r\n",
	    strlen(body), connections);
	send_text(fd, head);
	send_text(fd, body);
}

/* False: close the connection. */
static bool
answer(int fd, const char *request, int connections)
{
	static char big[2 << 20];
	const char *path = strchr(request, ' ') + 1;

	if (strncmp(path, "/echo", 5) == 0) {
		answer_with(fd, request, connections);
	} else if (strncmp(path, "/big", 4) == 0) {
		memset(big, 'x', sizeof(big) - 1);
		answer_with(fd, big, connections);
		return false;
	} else if (strncmp(path, "/slow", 5) == 0) {
		struct pollfd p = {.fd = fd, .events = POLLRDHUP};

		poll(&p, 1, 5000); /* until the client gives up */
		return false;
	} else if (strncmp(path, "/redirect", 9) == 0) {
		send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /echo\r\n"
			      "Content-Length: 0\r\n\r\n");
	} else if (strncmp(path, "/cut", 4) == 0) {
		send_text(
		    fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
		return false;
	} else if (strncmp(path, "/head", 5) == 0) {
		send_text(
		    fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n");
		return false;
	} else if (strncmp(path, "/interim", 8) == 0) {
		send_text(fd, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
			      "HTTP/1.1 404 Not Found\r\nX-Late: 1\r\n"
			      "Content-Length: 4\r\n\r\na");
		if (send(fd, "\0bc", 3, MSG_NOSIGNAL) < 3)
			return false;
	} else if (strncmp(path, "/flood", 6) == 0) {
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
		for (int i = 0; i < 200; i++)
			send_text(fd, "X-Flood: x\r\n");
		send_text(fd, "\r\n");
	} else if (strncmp(path, "/garbage", 8) == 0) {
		send_text(fd, "\x01\x02 not HTTP\r\n\r\n");
		return false;
	} else {
		return false; /* /drop */
	}
	return true;
}

static pid_t
serve(int listener)
{
	pid_t pid = fork();
	char request[65536];

	if (pid < 0)
		bail("no fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int connections = 1;; connections++) {
		int fd = accept(listener, NULL, NULL);

		while (read_request(fd, request, sizeof(request)) &&
		       answer(fd, request, connections))
			continue;
		close(fd);
	}
}

static int
listen_unix(void)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(socket_path, sizeof(socket_path), "%s/http-%d.sock",
	    tmp ? tmp : "/tmp", (int)getpid());
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", socket_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
	    listen(fd, 16) < 0)
		bail("no socket");
	return fd;
}

/* ---- the tests ---- */

static const char *
url(const char *path)
{
	return arena_printf(a, "http://127.0.0.1:%d%s", port, path);
}

static void
sending(void)
{
	static const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
	struct http_request rq = {.url = url("/echo?q=1"),
	    .headers = headers,
	    .content_type = "application/json",
	    .body = "{\"a\":1}",
	    .body_len = 7,
	    .bearer = "token-1"};
	struct http_reply r = {0};

	ok(http_call(client, a, &rq, &r) == OK && r.status == 200,
	    "a POST is answered %s", http_reason(client));
	ok(strncmp(r.body, "POST /echo?q=1 HTTP/1.1\r\n", 25) == 0,
	    "a body makes it a POST");
	ok(strstr(r.body, "\r\nX-One: 1\r\n") &&
		strstr(r.body, "\r\nX-Two: 2\r\n"),
	    "headers are sent");
	ok(strstr(r.body, "\r\nContent-Type: application/json\r\n") != NULL,
	    "so is the type of the body");
	ok(strstr(r.body, "\r\nAuthorization: Bearer token-1\r\n") != NULL,
	    "and the token");
	ok(strstr(r.body, "\r\n\r\n{\"a\":1}") && !strstr(r.body, "Expect:"),
	    "and the body, without asking first");

	rq = (struct http_request){.url = url("/echo")};
	ok(http_call(client, a, &rq, &r) == OK &&
		strncmp(r.body, "GET ", 4) == 0 &&
		!strstr(r.body, "Authorization") && !strstr(r.body, "X-One") &&
		!strstr(r.body, "Content-Type"),
	    "nothing of one call is left in the next");
	rq = (struct http_request){
	    .url = url("/echo"), .user = "u", .password = "p:w"};
	ok(http_call(client, a, &rq, &r) == OK &&
		strstr(r.body, "\r\nAuthorization: Basic dTpwOnc=\r\n"),
	    "user and password are sent");
	rq = (struct http_request){.url = url("/echo"), .method = "DELETE"};
	ok(http_call(client, a, &rq, &r) == OK &&
		strncmp(r.body, "DELETE ", 7) == 0,
	    "the method can be chosen");
	rq = (struct http_request){.url = url("/echo"), .method = "POST"};
	ok(http_call(client, a, &rq, &r) == OK &&
		strncmp(r.body, "POST ", 5) == 0 &&
		strstr(r.body, "Content-Length: 0"),
	    "a POST may have no body");
	rq = (struct http_request){
	    .url = url("/echo"), .method = "PUT", .body = "xyz", .body_len = 3};
	ok(http_call(client, a, &rq, &r) == OK &&
		strncmp(r.body, "PUT ", 4) == 0 &&
		strstr(r.body, "\r\n\r\nxyz"),
	    "a PUT has its body");
	is_str(http_reply_header(&r, "x-connection"), "1",
	    "all of it over one connection");
	is_str(http_reply_header(&r, "x-twice"), "one",
	    "the first of two headers is found");
	ok(http_reply_header(&r, "x-absent") == NULL,
	    "one that is not there is not");
}

static enum err
get(const char *path, struct http_reply *r)
{
	struct http_request rq = {.url = url(path), .timeout_ms = 2000};

	return http_call(client, a, &rq, r);
}

static void
answers(void)
{
	struct http_reply r = {0};

	ok(get("/redirect", &r) == OK && r.status == 302,
	    "a redirect is not followed");
	ok(get("/interim", &r) == OK && r.status == 404 && r.len == 4 &&
		memcmp(r.body, "a\0bc", 5) == 0,
	    "any status is an answer, any byte a body");
	ok(http_reply_header(&r, "X-Late") && !http_reply_header(&r, "X-Early"),
	    "headers are those of the last answer");
	ok(get("/flood", &r) == OK && r.n_headers <= 64,
	    "a flood of headers is cut");
}

static void
failures(void)
{
	static const char *const paths[] = {
	    "/drop", "/cut", "/head", "/garbage", "/big"};
	struct http_reply r = {.status = 77};
	struct http_request rq = {.url = url("/slow"), .timeout_ms = 200};
	int64_t began = clock_mono_us();

	ok(http_call(client, a, &rq, &r) == E_REMOTE && r.status == 77,
	    "a slow answer is no answer: %s", http_reason(client));
	ok(clock_mono_us() - began < 1500000, "and is not waited for");
	for (size_t i = 0; i < N_ELEMS(paths); i++)
		ok(get(paths[i], &r) == E_REMOTE && r.status == 77 &&
			http_reason(client)[0],
		    "%s is no answer: %s", paths[i], http_reason(client));
	rq = (struct http_request){.url = url("/big"), .max_bytes = 3 << 20};
	ok(http_call(client, a, &rq, &r) == OK && r.len == (2 << 20) - 1,
	    "a large answer may be asked for");
	ok(http_reason(client)[0] == '\0', "a success has no reason");
	rq = (struct http_request){
	    .url = "https://127.0.0.1:1/", .timeout_ms = 300};
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "a closed port is no answer: %s", http_reason(client));
	rq.url = arena_printf(a, "https://127.0.0.1:%d/echo", port);
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "plain HTTP is not TLS: %s", http_reason(client));
}

static void
unsendable(void)
{
	static const char *const urls[] = {"file:///etc/passwd", "ftp://x/",
	    "gopher://x/", "", "//x/", "http://x/\r\nHost: y",
	    "HTTP/1.1 http://x"};
	static const char *const split[] = {"X: y\r\nZ: w", NULL};
	struct http_reply r;

	for (size_t i = 0; i < N_ELEMS(urls); i++) {
		struct http_request rq = {.url = urls[i]};

		ok(http_call(client, a, &rq, &r) == E_INPUT,
		    "address %zu is refused", i);
	}
	struct http_request rq = {.url = url("/echo"), .headers = split};
	ok(http_call(client, a, &rq, &r) == E_INPUT,
	    "a header with a line break is refused");
	rq = (struct http_request){.url = url("/echo"), .bearer = "x\nY: z"};
	ok(http_call(client, a, &rq, &r) == E_INPUT, "so is such a token");
}

static void
over_a_unix_socket(void)
{
	struct http_request rq = {.url = "http://agent.example.test/echo",
	    .unix_socket = socket_path};
	struct http_reply r = {0};

	ok(http_call(client, a, &rq, &r) == OK &&
		strstr(r.body, "\r\nHost: agent.example.test\r\n"),
	    "a unix socket can be asked %s", http_reason(client));
}

int
main(void)
{
	pid_t tcp = serve(port_listen(&port)), local = serve(listen_unix());

	log_set_level(LOG__MAX);
	a = arena_new(1 << 26);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	client = http_client_new();
	sending();
	answers();
	failures();
	unsendable();
	over_a_unix_socket();
	http_client_free(&client);
	ok(client == NULL, "http_client_free() clears the pointer");
	arena_free(&a);
	kill(tcp, SIGKILL);
	kill(local, SIGKILL);
	waitpid(tcp, NULL, 0);
	waitpid(local, NULL, 0);
	unlink(socket_path);
	return tap_done();
}
