/* frame_io.h - frames over descriptors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_FRAME_IO_H
#define MPANEL_AGENT_FRAME_IO_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/error.h"
#include "agent/frame.h"

/* Write all of f to a pipe or socket.  E_LIMIT: it is too long; E_SYS: the
 * peer is gone.  SIGPIPE must be ignored. */
enum err frame_send(int fd, const struct frame *f) MUST_USE;

/* Called for each whole frame; bytes are those of the frame as they came.  The
 * frame's texts are valid during the call. */
typedef void frame_taker(
    void *ctx, const struct frame *f, const char *bytes, size_t n);
/* Take the whole frames off the front of `in`, in order.  False when it holds
 * something that is no frame. */
bool frame_take(struct buf *in, frame_taker *take, void *ctx);

#endif
