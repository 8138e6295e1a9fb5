/* buf.h - a growing byte buffer with a sticky failure.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Writers don't check each append; the reader asks buf_failed() once.  The
 * buffer is always NUL-terminated behind its length.  Appending past
 * `limit_bytes` fails the buffer, so that a reply can't grow without bound.
 */
#ifndef MPANEL_BASE_BUF_H
#define MPANEL_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t limit_bytes;
	bool failed;
	bool starved; /* because memory was refused, not by the limit */
};

/* Caller's storage; the bytes are heap.  limit_bytes 0 means 1 MiB. */
void buf_init(struct buf *b, size_t limit_bytes);
void buf_fini(struct buf *b);
/* Empty it and clear the failure; the memory is kept. */
void buf_reset(struct buf *b);
/* Back to an earlier length. */
void buf_truncate(struct buf *b, size_t len);
static inline bool
buf_failed(const struct buf *b)
{
	return b->failed;
}
static inline bool
buf_starved(const struct buf *b)
{
	return b->starved;
}
/* The text so far, "" when empty; borrowed until the next append. */
const char *buf_str(const struct buf *b);
/* The text so far, kept in a, and buf_fini().  A starved buffer's text would
 * be cut: NULL, and a has failed. */
char *buf_move(struct arena *a, struct buf *b);

void buf_add(struct buf *b, const void *p, size_t n);
/* The same without a call where there is room already, for the busiest loops.
 */
static inline void
buf_add_inline(struct buf *b, const void *p, size_t n)
{
	if (b->failed || n >= b->cap - b->len || n > b->limit_bytes - b->len) {
		buf_add(b, p, n);
		return;
	}
	__builtin_memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}
/* Where to write up to n bytes oneself, NULL when the buffer has failed; then
 * buf_took() with the end of what was written. */
char *buf_room(struct buf *b, size_t n);
void buf_took(struct buf *b, const char *end);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_int(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);
/* s with & < > " ' replaced by entities: safe as HTML text and as a quoted
 * attribute value. */
void buf_html(struct buf *b, const char *s, size_t n);
/* s as the inside of a JSON string (RFC 8259), without the quotes. */
void buf_json(struct buf *b, const char *s, size_t n);
/* Is s such an inside as it is, and ASCII? */
bool json_is_plain(const char *s, size_t n);
/* s as a cell of CSV (RFC 4180), in quotes.  What a spreadsheet would run as a
 * formula gets a leading quote (OWASP, CSV injection). */
void buf_csv(struct buf *b, const char *s);
/* s percent-encoded as one URI component (RFC 3986 unreserved kept). */
void buf_uri(struct buf *b, const char *s, size_t n);

#endif
