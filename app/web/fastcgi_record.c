/* fastcgi_record.c - the answer to a FastCGI request, as records.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/fastcgi_record.h"

#include <errno.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/error.h"

enum {
	FCGI_VERSION = 1,
	FCGI_END_REQUEST = 3,
	FCGI_STDOUT = 6,
	CONTENT_MAX = 65528 /* a multiple of 8 needs no padding */
};

struct header {
	uint8_t version, type;
	uint8_t id[2], length[2]; /* the higher byte first */
	uint8_t padding, reserved;
};

/* What ends a request: status 0 of the program, FCGI_REQUEST_COMPLETE. */
struct end {
	struct header no_more, end;
	uint8_t body[8];
};

static struct header
header_of(uint8_t type, int request_id, size_t length)
{
	return (struct header){FCGI_VERSION, type,
	    {(uint8_t)(request_id >> 8), (uint8_t)request_id},
	    {(uint8_t)(length >> 8), (uint8_t)length}, 0, 0};
}

/* The first n bytes are written. */
static void
skip(struct iovec **iov, int *count, size_t n)
{
	while (*count > 0 && n >= (*iov)->iov_len) {
		n -= (*iov)->iov_len;
		++*iov;
		--*count;
	}
	if (*count > 0) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + n;
		(*iov)->iov_len -= n;
	}
}

static bool
write_all(int fd, struct iovec *iov, int count)
{
	while (count > 0) {
		ssize_t n = writev(fd, iov, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		skip(&iov, &count, (size_t)n);
	}
	return true;
}

bool
fastcgi_write_answer(int fd, int request_id, const struct buf *answer)
{
	struct end end = {
	    .no_more = header_of(FCGI_STDOUT, request_id, 0),
	    .end = header_of(FCGI_END_REQUEST, request_id, sizeof(end.body)),
	};
	size_t at = 0;
	bool is_last;

	assert(answer->len > 0); /* an empty record would end the stream */
	do {
		size_t left = answer->len - at;
		size_t n = left > CONTENT_MAX ? CONTENT_MAX : left;
		struct header head = header_of(FCGI_STDOUT, request_id, n);
		struct iovec iov[] = {{&head, sizeof(head)},
		    {answer->data + at, n}, {&end, sizeof(end)}};

		is_last = n == left;
		if (!write_all(fd, iov, is_last ? 3 : 2))
			return false;
		at += n;
	} while (!is_last);
	return true;
}
