/* frame.h - what puller and executor say to each other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A frame is length-prefixed and typed; the executor trusts none of it.
 *
 *	u32 length of what follows (FRAME_HEAD-4 .. FRAME_BODY_MAX)
 *	u8 kind   u8 verb   u16 number of fields   u32 serial
 *	then per field:  u8 tag   u8 zero   u16 length   bytes
 *
 * All numbers are little-endian.  A tag says whether its bytes are a number
 * (8 bytes, two's complement) or text (UTF-8 without NUL, at most so long) and
 * whether it may come more than once: one const table in frame.c.
 */
#ifndef MPANEL_AGENT_FRAME_H
#define MPANEL_AGENT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/verb.h"

#define FRAME_HEAD	 12
#define FRAME_BODY_MAX	 (64 * 1024)
#define FRAME_FIELDS_MAX 40

enum frame_kind {
	FRAME_REQUEST,	/* puller -> executor: do this verb */
	FRAME_PROGRESS, /* executor -> puller: percent and message */
	FRAME_NOTE, /* executor -> puller: a nightly backup, or what a site uses
		     */
	FRAME_REPLY, /* executor -> puller: the outcome */
	FRAME__MAX
};

enum frame_tag {
	TAG_DOMAIN,
	TAG_SITE_ID,
	TAG_SYSTEM_USER,
	TAG_PLAN,
	TAG_PHP,
	TAG_PHP_VERSION,
	TAG_ALIAS,
	TAG_RETENTION_DAYS,
	TAG_ARCHIVE,	/* its name, without directories */
	TAG_SHA256,	/* that the archive must have */
	TAG_RESTORE_ID, /* of one wish to restore, however often it comes */
	TAG_OK,
	TAG_PERCENT,
	TAG_MESSAGE,
	TAG_RESULT,
	TAG_AFRESH,
	TAG__MAX
};

struct frame_field {
	enum frame_tag tag;
	const char *text; /* NULL for a number */
	int64_t num;
};

struct frame {
	enum frame_kind kind;
	enum verb verb;
	uint32_t serial; /* a reply bears that of its request */
	size_t n;
	struct frame_field field[FRAME_FIELDS_MAX];
};

/* Append a field; more than FRAME_FIELDS_MAX is a bug (assert). */
void frame_text(struct frame *f, enum frame_tag tag, const char *text);
void frame_num(struct frame *f, enum frame_tag tag, int64_t num);
/* The first field of that tag, or NULL. */
const struct frame_field *frame_find(const struct frame *f, enum frame_tag tag);
/* Its text, or `fallback` when there is none. */
const char *frame_get(
    const struct frame *f, enum frame_tag tag, const char *fallback);
int64_t frame_get_num(
    const struct frame *f, enum frame_tag tag, int64_t fallback);
/* The tags present, as a bit set. */
uint32_t frame_tags(const struct frame *f);

/* Append the bytes of f.  E_LIMIT when a field or the whole is too long. */
enum err frame_encode(const struct frame *f, struct buf *b) MUST_USE;

/* Take the first frame off in[0..n): *used_out bytes, values copied into a.
 * E_NOTFOUND: not whole yet; E_INPUT: this is no frame, the peer is broken. */
enum err frame_decode(struct arena *a, const void *in, size_t n,
    struct frame *f_out, size_t *used_out) MUST_USE;

#endif
