/* fastcgi.c - one connection of the web server after the other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The only file that knows libfcgi.
 */
#include "config.h"
#include "web/fastcgi.h"

#include <fcgiapp.h>
#include <stdlib.h>

struct fastcgi {
	FCGX_Request request;
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

bool
fastcgi_accept(struct fastcgi *f)
{
	return FCGX_Accept_r(&f->request) >= 0;
}

static ssize_t
read_body(void *from, char *to, size_t n)
{
	FCGX_Stream *in = from;
	int want = n > INT32_MAX ? INT32_MAX : (int)n;

	return FCGX_GetStr(to, want, in);
}

struct wire
fastcgi_wire(struct fastcgi *f)
{
	return (struct wire){
	    (const char *const *)f->request.envp, read_body, f->request.in};
}

/* The parameters are libfcgi's until FCGX_Finish_r(). */
void
fastcgi_send(struct fastcgi *f, const struct buf *answer)
{
	FCGX_PutStr(answer->data, (int)answer->len, f->request.out);
	FCGX_FClose(f->request.err);
	FCGX_FClose(f->request.out);
}

void
fastcgi_finish(struct fastcgi *f)
{
	FCGX_Finish_r(&f->request);
	FCGX_Free(&f->request, 1); /* it leaves one open that is to be kept */
}

void
fastcgi_stop(void)
{
	FCGX_ShutdownPending();
}
