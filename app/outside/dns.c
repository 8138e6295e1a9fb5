/* dns.c - to which addresses a name points (c-ares).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/log.h"

#define TRIES 2

struct question {
	struct dns_addresses *out;
	int status;
	bool is_answered;
};

/* ---- the answer ---- */

static void
add_address(struct dns_addresses *out, const struct sockaddr *sa)
{
	const void *raw;

	if (out->n == DNS_ADDRESSES_MAX)
		return;
	if (sa->sa_family == AF_INET)
		raw = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	else if (sa->sa_family == AF_INET6)
		raw =
		    &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	else
		return;
	if (inet_ntop(sa->sa_family, raw, out->text[out->n], DNS_ADDRESS_SIZE))
		out->n++;
}

static void
answer(void *arg, int status, int timeouts, struct ares_addrinfo *result)
{
	struct question *q = arg;

	(void)timeouts;
	q->status = status;
	q->is_answered = true;
	if (status == ARES_SUCCESS && result)
		for (const struct ares_addrinfo_node *n = result->nodes; n;
		     n = n->ai_next)
			add_address(q->out, n->ai_addr);
	if (result)
		ares_freeaddrinfo(result);
}

/* ---- waiting for it ---- */

static int
fill_polls(ares_channel channel, struct pollfd p[ARES_GETSOCK_MAXNUM])
{
	ares_socket_t s[ARES_GETSOCK_MAXNUM];
	int bits = ares_getsock(channel, s, ARES_GETSOCK_MAXNUM), n = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = 0;

		if (ARES_GETSOCK_READABLE(bits, i))
			events |= POLLIN;
		if (ARES_GETSOCK_WRITABLE(bits, i))
			events |= POLLOUT;
		if (events)
			p[n++] = (struct pollfd){.fd = s[i], .events = events};
	}
	return n;
}

static void
wait_until(ares_channel channel, const struct question *q, int64_t until_us)
{
	struct pollfd p[ARES_GETSOCK_MAXNUM];

	while (!q->is_answered) {
		int64_t left_us = until_us - clock_mono_us();
		struct timeval most = {
		    .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000};
		struct timeval next;
		int n = fill_polls(channel, p);

		if (left_us <= 0)
			return;
		ares_timeout(channel, &most, &next);
		poll(p, (nfds_t)n,
		    (int)(next.tv_sec * 1000 + next.tv_usec / 1000 + 1));
		for (int i = 0; i < n; i++)
			ares_process_fd(channel,
			    p[i].revents & (POLLIN | POLLERR | POLLHUP)
				? p[i].fd
				: ARES_SOCKET_BAD,
			    p[i].revents & POLLOUT ? p[i].fd : ARES_SOCKET_BAD);
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
}

/* ---- asking ---- */

static enum err
open_channel(const char *servers, int timeout_ms, ares_channel *out)
{
	struct ares_options o = {
	    .flags = ARES_FLAG_NOSEARCH,
	    .timeout = timeout_ms / TRIES,
	    .tries = TRIES,
	    .lookups = (char[]){"b"},
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		   ARES_OPT_LOOKUPS;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return E_BUSY;
	if (ares_init_options(out, &o, mask) != ARES_SUCCESS) {
		ares_library_cleanup();
		return E_BUSY;
	}
	if (!*servers ||
	    ares_set_servers_ports_csv(*out, servers) == ARES_SUCCESS)
		return OK;
	ares_destroy(*out);
	ares_library_cleanup();
	return E_INPUT;
}

static enum err
judge(const char *name, const struct question *q)
{
	switch (q->is_answered ? q->status : ARES_ETIMEOUT) {
	case ARES_SUCCESS:
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return OK;
	case ARES_ENOMEM:
		return E_BUSY;
	default:
		log_event(LOG_WARN, "dns_no_answer", LOG_S("name", name),
		    LOG_S("why",
			ares_strerror(
			    q->is_answered ? q->status : ARES_ETIMEOUT)));
		return E_REMOTE;
	}
}

enum err
dns_ask(const char *servers, const char *name, int timeout_ms,
    struct dns_addresses *out)
{
	const struct ares_addrinfo_hints hints = {
	    .ai_family = AF_UNSPEC,
	    .ai_flags = ARES_AI_NOSORT,
	};
	struct question q = {.out = out};
	int64_t until_us = clock_mono_us() + timeout_ms * INT64_C(1000);
	ares_channel channel;
	enum err e = open_channel(servers, timeout_ms, &channel);

	if (e != OK)
		return e;
	out->n = 0;
	ares_getaddrinfo(channel, name, NULL, &hints, answer, &q);
	wait_until(channel, &q, until_us);
	e = judge(name, &q);
	/* answers what is still open */
	ares_destroy(channel);
	ares_library_cleanup();
	if (e == OK)
		return OK;
	out->n = 0;
	return e;
}
