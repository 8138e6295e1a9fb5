/* fastcgi.h - one connection of the web server after the other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The order is: accept, handle the wire, send, finish.  No connection is kept
 * for a second request, even where the web server would like to: a worker
 * waits for new ones only.
 */
#ifndef MPANEL_WEB_FASTCGI_H
#define MPANEL_WEB_FASTCGI_H

#include "web/gate.h"

struct fastcgi;

/* One per process.  listen_fd is borrowed and does not block.  E_SYS. */
enum err fastcgi_new(int listen_fd, struct fastcgi **out) MUST_USE;
void fastcgi_free(struct fastcgi **take_f);

/* Take a waiting connection and read the request's parameters, which may wait
 * for the web server.  False when there is none, none with a request, or when
 * nobody waits for its answer any more: what stood in line for too long is not
 * worked on. */
bool fastcgi_accept(struct fastcgi *f);
/* The request that was accepted, until it is finished. */
struct wire fastcgi_wire(struct fastcgi *f);
/* Let the web server have the whole answer. */
void fastcgi_send(struct fastcgi *f, const struct buf *answer);
void fastcgi_finish(struct fastcgi *f);

/* Safe in a signal handler: no more connections are accepted. */
void fastcgi_stop(void);

#endif
