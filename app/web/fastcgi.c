/* fastcgi.c - one connection of the web server after the other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The only file that knows libfcgi.
 */
#include "config.h"
#include "web/fastcgi.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "web/fastcgi_record.h"

struct fastcgi {
	FCGX_Request request;
	uint64_t unread; /* bytes of the body */
};

enum err
fastcgi_new(int listen_fd, struct fastcgi **out)
{
	struct fastcgi *f = calloc(1, sizeof(*f));

	if (!f || FCGX_Init() != 0 ||
	    FCGX_InitRequest(
		&f->request, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		free(f);
		return E_SYS;
	}
	*out = f;
	return OK;
}

void
fastcgi_free(struct fastcgi **take_f)
{
	if (*take_f)
		FCGX_Free(&(*take_f)->request, 1);
	free(*take_f);
	*take_f = NULL;
}

/* The web server closes when its client does.  One that has only said that it
 * sends no more still waits. */
static bool
is_awaited(const struct fastcgi *f)
{
	struct pollfd p = {.fd = f->request.ipcFd};

	return poll(&p, 1, 0) <= 0 || !(p.revents & POLLHUP);
}

static uint64_t
body_length(const FCGX_Request *r)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", r->envp);

	return length ? strtoull(length, NULL, 10) : 0;
}

bool
fastcgi_accept(struct fastcgi *f)
{
	if (FCGX_Accept_r(&f->request) < 0)
		return false;
	f->unread = body_length(&f->request);
	if (is_awaited(f))
		return true;
	fastcgi_finish(f);
	return false;
}

static ssize_t
read_body(void *from, char *to, size_t n)
{
	struct fastcgi *f = from;
	int want = n > INT32_MAX ? INT32_MAX : (int)n;
	int got = FCGX_GetStr(to, want, f->request.in);

	if (got > 0)
		f->unread -=
		    (uint64_t)got < f->unread ? (uint64_t)got : f->unread;
	return got;
}

struct wire
fastcgi_wire(struct fastcgi *f)
{
	return (struct wire){
	    (const char *const *)f->request.envp, read_body, f};
}

/* Who has gone meanwhile needs no answer. */
void
fastcgi_send(struct fastcgi *f, const struct buf *answer)
{
	(void)fastcgi_write_answer(
	    f->request.ipcFd, f->request.requestId, answer);
}

/* Closed with something unread, a connection loses the answer that is still on
 * its way.  Nothing is unread when the body's end is; but it may never come:
 * nginx stops sending where an answer begins, be it a byte before that end, and
 * waits for this side to close. */
static bool
is_read(struct fastcgi *f)
{
	char c;

	return f->unread == 0 &&
	       fcntl(f->request.ipcFd, F_SETFL, O_NONBLOCK) == 0 &&
	       FCGX_GetStr(&c, 1, f->request.in) == 0 &&
	       FCGX_GetError(f->request.in) == 0;
}

/* libfcgi would wait for the web server to close first: a worker that has done
 * its work would stand still while that one is busy turning others away.  Not
 * by FCGX_Finish_r(), which would end the answer a second time. */
void
fastcgi_finish(struct fastcgi *f)
{
	if (is_read(f))
		FCGX_Detach(&f->request);
	FCGX_Free(&f->request, 1);
}

void
fastcgi_stop(void)
{
	FCGX_ShutdownPending();
}
