/* cutter.c - a proxy before PostgreSQL that cuts a connection at one message.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "cutter.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"
#include "tap.h"

#define PAIRS_MAX  16
#define CHUNK	   65536
#define HEADER_MAX 5

struct cutter {
	pid_t pid;
	int control, port;
};

enum verb { VERB_ARM, VERB_DISARM, VERB_DROP };

struct command {
	enum verb verb;
	struct cut cut;
};

/* One direction of one connection. */
struct stream {
	unsigned char held[HEADER_MAX]; /* of a header that is not whole */
	size_t n_held;
	bool is_first; /* the client's first message has no type */
	size_t left;   /* of the message, to pass on */
	bool is_cut;   /* when nothing is left */
};

struct pair {
	int fd[CUT_SIDES]; /* of the client, of the server */
	struct stream stream[CUT_SIDES];
};

/* ---- in the process of its own ---- */

static struct {
	int listener, control;
	struct sockaddr_un server;
	struct pair pair[PAIRS_MAX];
	int n_pairs;
	struct cut cut;
	struct cut_seen seen;
} px;

static void
close_pair(struct pair *p, bool reset)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (reset)
		setsockopt(p->fd[CUT_FRONTEND], SOL_SOCKET, SO_LINGER, &now,
		    sizeof(now));
	close(p->fd[CUT_FRONTEND]);
	close(p->fd[CUT_BACKEND]);
	*p = px.pair[--px.n_pairs];
}

static void
accept_pair(void)
{
	struct pair p = {.fd = {accept(px.listener, NULL, NULL), -1}};
	int on = 1;

	p.fd[CUT_BACKEND] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p.stream[CUT_FRONTEND].is_first = true;
	if (p.fd[CUT_FRONTEND] < 0 || px.n_pairs == PAIRS_MAX ||
	    connect(p.fd[CUT_BACKEND], (struct sockaddr *)&px.server,
		sizeof(px.server)) != 0) {
		close(p.fd[CUT_FRONTEND]);
		close(p.fd[CUT_BACKEND]);
		return;
	}
	setsockopt(
	    p.fd[CUT_FRONTEND], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	px.pair[px.n_pairs++] = p;
}

static bool
send_all(int fd, const unsigned char *at, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

static size_t
part_of(size_t total)
{
	switch (px.cut.place) {
	case CUT_BEFORE:
		return 0;
	case CUT_MIDDLE:
		return total / 2;
	case CUT_AFTER:
	case CUT_PLACES:
		break;
	}
	return total;
}

/* A message begins: is it the one? */
static void
begin_message(struct stream *s, enum cut_side side)
{
	size_t at = s->is_first ? 0 : 1;
	uint32_t length;

	memcpy(&length, s->held + at, sizeof(length));
	s->left = ntohl(length) + at;
	s->is_first = false;
	px.seen.n[side]++;
	if (px.seen.has_cut || px.cut.side != side ||
	    px.cut.nth != px.seen.n[side])
		return;
	s->is_cut = true;
	s->left = part_of(s->left);
}

/* Bytes from one side to the other; false: the connection ends here. */
static bool
pass(struct stream *s, enum cut_side side, int to, const unsigned char *at,
    size_t n)
{
	while (n > 0) {
		size_t header = s->is_first ? 4 : HEADER_MAX, take;

		if (s->left == 0) {
			s->held[s->n_held++] = *at++;
			n--;
			if (s->n_held < header)
				continue;
			begin_message(s, side);
			s->n_held = 0;
			take = s->left < header ? s->left : header;
			if (!send_all(to, s->held, take))
				return false;
			s->left -= take;
		}
		take = s->left < n ? s->left : n;
		if (!send_all(to, at, take))
			return false;
		at += take;
		n -= take;
		s->left -= take;
		if (s->is_cut && s->left == 0) {
			px.seen.has_cut = true;
			return false;
		}
	}
	return true;
}

static void
serve_side(struct pair *p, enum cut_side side)
{
	static unsigned char chunk[CHUNK];
	struct stream *s = &p->stream[side];
	int to = p->fd[side == CUT_FRONTEND ? CUT_BACKEND : CUT_FRONTEND];
	ssize_t n = recv(p->fd[side], chunk, sizeof(chunk), 0);

	if (n <= 0 || !pass(s, side, to, chunk, (size_t)n))
		close_pair(p, s->is_cut && px.cut.reset);
}

static bool
obey(void)
{
	struct command c;

	if (recv(px.control, &c, sizeof(c), 0) != sizeof(c))
		return false;
	if (c.verb == VERB_ARM) {
		px.cut = c.cut;
		px.seen = (struct cut_seen){.has_cut = false};
	}
	if (c.verb == VERB_DISARM)
		px.cut = (struct cut){.nth = 0};
	while (c.verb == VERB_DROP && px.n_pairs > 0)
		close_pair(&px.pair[0], false);
	return send(px.control, &px.seen, sizeof(px.seen), MSG_NOSIGNAL) ==
	       sizeof(px.seen);
}

static void
serve(void)
{
	struct pollfd fd[2 + PAIRS_MAX * CUT_SIDES];

	for (;;) {
		nfds_t n = 0;

		fd[n++] = (struct pollfd){.fd = px.control, .events = POLLIN};
		fd[n++] = (struct pollfd){.fd = px.listener, .events = POLLIN};
		for (int i = 0; i < px.n_pairs * CUT_SIDES; i++)
			fd[n++] = (struct pollfd){
			    .fd = px.pair[i / 2].fd[i % 2], .events = POLLIN};
		if (poll(fd, n, -1) < 0)
			continue;
		/* One at a time: closing a pair moves another into its place.
		 */
		for (int i = 0; i < px.n_pairs * CUT_SIDES; i++)
			if (fd[2 + i].revents) {
				serve_side(&px.pair[i / 2],
				    i % 2 ? CUT_BACKEND : CUT_FRONTEND);
				break;
			}
		if (fd[1].revents)
			accept_pair();
		if (fd[0].revents && !obey())
			return;
	}
}

static void
child(int control, int listener, const char *socket_path)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What the test has open is not ours to keep alive. */
	for (int fd = 3; fd < 1024; fd++)
		if (fd != control && fd != listener)
			close(fd);
	px.control = control;
	px.listener = listener;
	px.server.sun_family = AF_UNIX;
	snprintf(
	    px.server.sun_path, sizeof(px.server.sun_path), "%s", socket_path);
	serve();
	_exit(0);
}

/* ---- in the test ---- */

struct cutter *
cutter_start(const char *socket_path)
{
	struct cutter *c;
	int control[2], port, listener = port_listen(&port);
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
		bail("no proxy");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail("fork");
	if (pid == 0)
		child(control[1], listener, socket_path);
	close(control[1]);
	close(listener);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		bail("no memory");
	c->pid = pid;
	c->control = control[0];
	c->port = port;
	return c;
}

int
cutter_port(const struct cutter *c)
{
	return c->port;
}

static struct cut_seen
tell(struct cutter *c, enum verb verb, const struct cut *cut)
{
	struct command command = {verb, cut ? *cut : (struct cut){.nth = 0}};
	struct cut_seen seen;

	if (send(c->control, &command, sizeof(command), MSG_NOSIGNAL) !=
		sizeof(command) ||
	    recv(c->control, &seen, sizeof(seen), 0) != sizeof(seen))
		bail("the proxy is gone");
	return seen;
}

void
cutter_arm(struct cutter *c, const struct cut *cut)
{
	tell(c, VERB_ARM, cut);
}

struct cut_seen
cutter_disarm(struct cutter *c)
{
	return tell(c, VERB_DISARM, NULL);
}

void
cutter_drop(struct cutter *c)
{
	tell(c, VERB_DROP, NULL);
}

void
cutter_stop(struct cutter **take_c)
{
	struct cutter *c = *take_c;

	*take_c = NULL;
	close(c->control);
	waitpid(c->pid, NULL, 0);
	free(c);
}
