/* frame_io.c - frames over descriptors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/frame_io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum err
frame_send(int fd, const struct frame *f)
{
	struct buf b;
	size_t done = 0;
	enum err e;

	buf_init(&b, 2 * FRAME_BODY_MAX);
	e = frame_encode(f, &b);
	while (e == OK && done < b.len) {
		ssize_t n = write(fd, b.data + done, b.len - done);

		if (n < 0 && errno != EINTR)
			e = E_SYS;
		if (n > 0)
			done += (size_t)n;
	}
	buf_fini(&b);
	return e;
}

bool
frame_take(struct buf *in, frame_taker *take, void *ctx)
{
	struct arena *a = arena_new(4 * FRAME_BODY_MAX);
	enum err e = a != NULL ? OK : E_LIMIT;
	size_t at = 0;

	while (e == OK && in->len > at) {
		struct frame f;
		size_t used = 0;

		e = frame_decode(a, in->data + at, in->len - at, &f, &used);
		if (e != OK)
			break;
		take(ctx, &f, in->data + at, used);
		at += used;
		arena_reset(a);
	}
	arena_free(&a);
	if (at > 0) {
		memmove(in->data, in->data + at, in->len - at);
		buf_truncate(in, in->len - at);
	}
	return e == OK || e == E_NOTFOUND;
}
