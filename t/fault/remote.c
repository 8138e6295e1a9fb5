/* remote.c - Stripe misbehaves in every way: bounded, and no money is made up.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A server of its own process answers each connection by the name of the
 * payment intent that is asked for.  t/outside/http.c has what one call of the
 * HTTP client does; t/e2e/stripe.t what becomes of the order.
 */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "outside/stripe.h"
#include "port.h"
#include "tap.h"

#define TIMEOUT_MS 400
#define BOUND_MS   4000 /* of a loaded machine */
#define MEMORY_KIB (32 * 1024)

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define INTENT(more)                                                           \
	"{\"id\":\"pi_x\",\"object\":\"payment_intent\",\"amount\":2988,"      \
	"\"amount_received\":2988,\"currency\":\"usd\",\"status\":"            \
	"\"succeeded\",\"livemode\":false" more "}"

enum how {
	AT_ONCE,      /* text, then the connection is closed */
	TRICKLE,      /* text, a byte now and then, for ever */
	REPEAT,	      /* text again and again, for ever */
	SILENCE,      /* nothing, for ever */
	BODY_TRICKLES /* text at once, then spaces now and then */
};

static const struct ill {
	const char *name;
	enum how how;
	const char *text;
	enum err want;
} ills[] = {
    {"no answer", SILENCE, "", E_REMOTE},
    {"a closed connection", AT_ONCE, "", E_REMOTE},
    {"a byte now and then", TRICKLE, OK_HEAD, E_REMOTE},
    {"a body that drips", BODY_TRICKLES, OK_HEAD "Content-Length: 500\r\n\r\n{",
	E_REMOTE},
    {"headers without end", REPEAT, "X-Flood: aaaaaaaaaaaaaaaaaaaaaaaa\r\n",
	E_REMOTE},
    {"a body without end", REPEAT, "x", E_REMOTE},
    {"chunks without end", REPEAT, "4\r\nabcd\r\n", E_REMOTE},
    {"interim answers without end", REPEAT, "HTTP/1.1 103 Early\r\n\r\n",
	E_REMOTE},
    {"a body cut short", AT_ONCE,
	OK_HEAD "Content-Length: 500\r\n\r\n{\"id\":", E_REMOTE},
    {"a chunk of a wrong size", AT_ONCE, CHUNKED "zz\r\n{}\r\n0\r\n\r\n",
	E_REMOTE},
    {"a chunk larger than memory", AT_ONCE,
	CHUNKED "7fffffffffffffff\r\n{}\r\n", E_REMOTE},
    {"chunks without their last", AT_ONCE, CHUNKED "2\r\n{}\r\n", E_REMOTE},
    {"a length below zero", AT_ONCE, OK_HEAD "Content-Length: -1\r\n\r\n{}",
	E_REMOTE},
    {"another protocol", AT_ONCE, "SSH-2.0-OpenSSH_9.2\r\n", E_REMOTE},
    {"a redirect", AT_ONCE,
	"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
	"Content-Length: 0\r\n\r\n",
	E_REMOTE},
    {"no JSON", AT_ONCE, OK_HEAD "\r\n<html>maintenance</html>", E_REMOTE},
    {"half of a JSON", AT_ONCE, OK_HEAD "\r\n{\"id\":\"pi_x\",", E_REMOTE},
    {"an empty body", AT_ONCE, OK_HEAD "Content-Length: 0\r\n\r\n", E_REMOTE},
    {"an empty object", AT_ONCE, OK_HEAD "\r\n{}", E_REMOTE},
    {"an amount that is text", AT_ONCE,
	OK_HEAD "\r\n" INTENT(",\"amount\":\"2988\""), E_REMOTE},
    {"a busy service", AT_ONCE,
	"HTTP/1.1 429 Too Many\r\nContent-Length: 2\r\n\r\n{}", E_REMOTE},
    {"an error of the service", AT_ONCE,
	"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", E_REMOTE},
    {"a bad gateway", AT_ONCE, "HTTP/1.1 502 Bad Gateway\r\n\r\n<html></html>",
	E_REMOTE},
    {"an answer at last", AT_ONCE, OK_HEAD "\r\n" INTENT(""), OK},
};

/* ---- the server ---- */

static bool
send_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, s, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		s += done;
		n -= (size_t)done;
	}
	return true;
}

/* The other side is gone, or it is ms later. */
static bool
is_left(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, ms) > 0;
}

static void
misbehave(int fd, const struct ill *ill)
{
	const char *s = ill->text;

	if (ill->how == REPEAT && !send_all(fd, OK_HEAD, strlen(OK_HEAD)))
		return;
	if (ill->how == REPEAT && s[0] != 'X' && s[0] != 'H' &&
	    !send_all(fd, "\r\n", 2))
		return;
	switch (ill->how) {
	case AT_ONCE:
		(void)send_all(fd, s, strlen(s));
		break;
	case TRICKLE:
		while (!is_left(fd, 50) && send_all(fd, *s ? s : "X", 1))
			s += *s != '\0';
		break;
	case REPEAT:
		while (send_all(fd, s, strlen(s)))
			continue;
		break;
	case BODY_TRICKLES:
		(void)send_all(fd, s, strlen(s));
		while (!is_left(fd, 50) && send_all(fd, " ", 1))
			continue;
		break;
	case SILENCE:
		(void)is_left(fd, 20000);
		break;
	}
}

/* Each connection is the next ill one. */
static pid_t
serve(int listener)
{
	pid_t pid = fork();
	char request[8192];

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < N_ELEMS(ills); i++) {
		int fd = accept(listener, NULL, NULL);

		if (recv(fd, request, sizeof(request), 0) > 0)
			misbehave(fd, &ills[i]);
		shutdown(fd, SHUT_WR);
		(void)is_left(fd, 5000);
		close(fd);
	}
	_exit(0);
}

/* ---- the client ---- */

static long
memory_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void
ask(struct stripe *s, const struct ill *ill)
{
	struct arena *a = arena_new(4 << 20);
	struct stripe_intent got = {.id = "untouched"};
	int64_t began = clock_mono_us(), took_ms;
	long before = memory_kib();
	enum err e = stripe_intent_fetch(s, a, "pi_x", &got);

	took_ms = (clock_mono_us() - began) / 1000;
	if (!is_int(e, ill->want, ill->name))
		note("%s", stripe_reason(s));
	ok(e == OK || strcmp(got.id, "untouched") == 0,
	    "%s: nothing is told of the money", ill->name);
	ok(took_ms < BOUND_MS, "%s: it is not waited for", ill->name);
	ok(memory_kib() - before < MEMORY_KIB, "%s: memory is bounded",
	    ill->name);
	arena_free(&a);
}

int
main(void)
{
	struct stripe *s;
	char base[64];
	int port, listener = port_listen(&port);
	pid_t server = serve(listener);

	if (server < 0)
		bail("no server");
	close(listener);
	log_set_level(LOG__MAX);
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", port);
	s = stripe_new(base, "sk_test_of_a_test", TIMEOUT_MS);
	for (size_t i = 0; i < N_ELEMS(ills); i++)
		ask(s, &ills[i]);
	waitpid(server, NULL, 0);
	ask(s, &(struct ill){"a closed port", AT_ONCE, "", E_REMOTE});
	stripe_free(&s);
	return tap_done();
}
