/* frame.c - a frame that is taken is the only way to write what it says.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "agent/executor.h"
#include "agent/frame.h"
#include "agent/frame_io.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

const char fuzz_name[] = "frame";

static void
check_frame(const struct frame *f, const char *bytes, size_t n)
{
	struct buf b;
	enum err e;

	buf_init(&b, 2 * FRAME_BODY_MAX);
	e = frame_encode(f, &b);
	assert(e == OK && b.len == n && memcmp(b.data, bytes, n) == 0);
	buf_fini(&b);
	assert(f->kind < FRAME__MAX && f->verb < VERB__MAX);
	for (size_t i = 0; i < f->n; i++) {
		const char *text = f->field[i].text;

		assert(f->field[i].tag < TAG__MAX);
		assert(!text || utf8_valid(text, strlen(text)));
	}
	(void)executor_refuses(f);
}

struct count {
	size_t frames, bytes;
};

static void
count_frame(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	struct count *c = ctx;

	check_frame(f, bytes, n);
	c->frames++;
	c->bytes += n;
}

/* All frames at the front; true when what follows may become one. */
static bool
decode_all(struct arena *a, struct part in, struct count *c)
{
	struct frame f;
	size_t used = 0;
	enum err e;

	while ((e = frame_decode(a, in.s, in.n, &f, &used)) == OK) {
		struct frame part;
		size_t unused;

		assert(used <= in.n);
		assert(frame_decode(a, in.s, used - 1, &part, &unused) ==
		       E_NOTFOUND);
		c->frames++;
		c->bytes += used;
		in.s += used;
		in.n -= used;
		arena_reset(a);
	}
	assert(e == E_NOTFOUND || e == E_INPUT);
	return e == E_NOTFOUND;
}

/* In pieces of `step` bytes, as from a pipe. */
static bool
take_all(struct part in, size_t step, struct count *c)
{
	bool good = true;
	struct buf b;

	buf_init(&b, 4 * FRAME_BODY_MAX);
	for (size_t at = 0; good && at < in.n; at += step) {
		size_t left = in.n - at;

		buf_add(&b, in.s + at, left < step ? left : step);
		good = frame_take(&b, count_frame, c);
	}
	assert(!good || c->bytes + b.len == in.n);
	buf_fini(&b);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part in = {(const char *)data, n};
	struct arena *a = arena_new(4 * FRAME_BODY_MAX);
	struct count whole = {0}, pieces = {0};
	size_t step = 1 + (n > 0 ? (size_t)data[n - 1] : 0) + n / 8;
	bool good = decode_all(a, in, &whole);

	assert(take_all(in, step, &pieces) == good);
	assert(whole.frames == pieces.frames && whole.bytes == pieces.bytes);
	arena_free(&a);
	return 0;
}
