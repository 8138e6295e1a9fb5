/* gate.h - one request from its parameters to its whole answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Knows no FastCGI: worker.c feeds it from libfcgi, tests from a list.
 */
#ifndef MPANEL_WEB_GATE_H
#define MPANEL_WEB_GATE_H

#include <sys/types.h>
#include "base/buf.h"
#include "store/store.h"
#include "web/serve.h"

/* The request as the web server tells it. */
struct wire {
	/* "NAME=value" strings named as in nginx/fastcgi_params; NULL ends. */
	const char *const *env;
	/* Up to n bytes of the body; 0 at its end, -1 when it breaks off. */
	ssize_t (*read)(void *from, char *to, size_t n);
	void *from;
};

struct gate;

/* One per worker, made after the fork; config and db are borrowed.  E_INPUT:
 * broken routes or limits, said in complaint. */
enum err gate_new(const struct web_config *config, struct db *db,
    struct gate **out, struct buf *complaint) MUST_USE;
void gate_free(struct gate **take_g);

/* Handle one request; out gets the whole CGI response (RFC 3875: Status,
 * headers, empty line, body).  Always answers. */
void gate_handle(struct gate *g, const struct wire *in, struct buf *out);
/* To be called once the answer has left: what must not cost the caller time,
 * metrics and the log line; then everything of the request is forgotten. */
void gate_finish(struct gate *g);

#endif
