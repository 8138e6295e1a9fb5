/* logo.c - what is taken as a picture is one, and nothing else is in it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a file.  Check sums keep a fuzzer out, so they are put right
 * first wherever a chunk is whole.
 */
#include "config.h"

#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "tenancy/logo.h"

const char fuzz_name[] = "logo";

static uint32_t
crc(const uint8_t *p, size_t n)
{
	uint32_t c = 0xffffffff;

	while (n-- > 0) {
		c ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return ~c;
}

static void
mend(uint8_t *p, size_t n)
{
	for (size_t at = 8; at + 12 <= n;) {
		size_t len = (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 |
			     (size_t)p[at + 2] << 8 | p[at + 3];
		uint32_t sum;

		if (len > n - at - 12)
			return;
		sum = crc(p + at + 4, len + 4);
		for (int i = 0; i < 4; i++)
			p[at + 8 + len + (size_t)i] =
			    (uint8_t)(sum >> (24 - 8 * i));
		at += len + 12;
	}
}

static void
check(struct arena *a, const char *data, size_t n)
{
	struct problems p;
	struct logo logo, again;

	problems_init(&p, a);
	if (logo_read(a, &p, data, n, &logo) != OK) {
		assert(p.n == 1);
		return;
	}
	assert(logo.len <= n && logo.len <= LOGO_BYTES_MAX);
	assert(logo.width >= LOGO_SIDE_MIN && logo.width <= LOGO_SIDE_MAX);
	assert(logo.height >= LOGO_SIDE_MIN && logo.height <= LOGO_SIDE_MAX);
	assert(memcmp(logo.data + logo.len - 8, "IEND", 4) == 0);
	assert(!memmem(logo.data, logo.len < 41 ? logo.len : 41, "tEXt", 4));
	/* what was put together is taken as it is */
	assert(logo_read(a, &p, logo.data, logo.len, &again) == OK);
	assert(again.len == logo.len && str_eq(again.hash, logo.hash));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(4 * MEBIBYTE);
	uint8_t *mended = malloc(n + 1);

	assert(a && mended);
	check(a, (const char *)data, n);
	if (n > 0)
		memcpy(mended, data, n);
	mend(mended, n);
	check(a, (const char *)mended, n);
	free(mended);
	arena_free(&a);
	return 0;
}
