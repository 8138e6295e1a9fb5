/* path.c - a decoded path can be read in one way only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "web/params.h"

const char fuzz_name[] = "path";

static size_t
count_slashes(struct part path)
{
	size_t slashes = 0;

	for (size_t i = 0; i < path.n; i++)
		slashes += path.s[i] == '/';
	return slashes;
}

static void
check_segment(struct part segment)
{
	assert(!(segment.n == 1 && segment.s[0] == '.'));
	assert(!(segment.n == 2 && memcmp(segment.s, "..", 2) == 0));
}

/* Encoded again, segment by segment, it decodes to the same. */
static void
check_again(struct arena *a, const char *path)
{
	struct part rest = {path + 1, strlen(path + 1)};
	size_t slashes = count_slashes(rest) + 1;
	struct problems p;
	struct buf b;
	const char *again = NULL;
	enum err e;

	problems_init(&p, a);
	buf_init(&b, 0);
	while (slashes-- > 0) {
		struct part segment = next_part(&rest, '/');

		check_segment(segment);
		buf_putc(&b, '/');
		buf_uri(&b, segment.s, segment.n);
	}
	e = path_decode(a, buf_str(&b), b.len, &p, &again);
	assert(e == OK && str_eq(path, again));
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part raw = {(const char *)data, n};
	struct arena *a = arena_new(4 * MEBIBYTE);
	struct problems p;
	const char *path = NULL;
	enum err e;

	problems_init(&p, a);
	e = path_decode(a, raw.s, raw.n, &p, &path);
	assert(e == OK || e == E_INPUT);
	assert(p.n == (e == E_INPUT));
	if (e == OK) {
		size_t len = strlen(path);

		assert(path[0] == '/' && raw.s[0] == '/');
		assert(utf8_valid(path, len) && text_is_printable(path));
		assert(count_slashes((struct part){path, len}) ==
		       count_slashes(raw));
		check_again(a, path);
	}
	arena_free(&a);
	return 0;
}
