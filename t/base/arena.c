/* arena.c - tests of base/arena.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/arena.h"

#include <stdint.h>

#include "tap.h"

static bool
is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i])
			return false;
	}
	return true;
}

static void
pieces_are_aligned_zeroed_and_apart(void)
{
	struct arena *a = arena_new(1 << 20);
	unsigned char *last = NULL;
	bool aligned = true, zero = true, apart = true;

	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < 300; n++) {
			unsigned char *p = arena_alloc(a, n);

			aligned &= (uintptr_t)p % _Alignof(max_align_t) == 0;
			zero &= is_zero(p, n);
			apart &= p != last;
			memset(p, 0xff, n);
			last = p;
		}
		arena_reset(a);
	}
	ok(aligned, "every piece is aligned for any type");
	ok(zero, "every piece is zeroed, also after a reset");
	ok(apart, "pieces are apart");
	ok(!arena_failed(a), "nothing was refused");
	arena_free(&a);
	ok(a == NULL, "arena_free() clears the pointer");
	arena_free(&a);
	ok(true, "arena_free() accepts NULL");
}

static void
limits(void)
{
	struct arena *a = arena_new(100 * 1024);
	volatile size_t huge = SIZE_MAX; /* not seen by the compiler */

	ok(arena_alloc(a, 90 * 1024) != NULL,
	    "a piece larger than a block is given");
	ok(arena_used(a) >= 90 * 1024, "it counts as used");
	ok(arena_alloc(a, 11 * 1024) == NULL, "the limit is kept");
	ok(arena_failed(a), "the refusal is remembered");
	ok(arena_alloc(a, 10) != NULL, "a smaller piece is still given");
	ok(arena_failed(a), "but the refusal sticks");
	arena_reset(a);
	ok(!arena_failed(a), "a reset forgets it");
	is_int((int64_t)arena_used(a), 0, "after a reset nothing is used");
	ok(arena_array(a, huge / 2, 3) == NULL && arena_failed(a),
	    "an array whose size overflows is refused");
	arena_reset(a);
	ok(arena_alloc(a, huge) == NULL && arena_failed(a),
	    "SIZE_MAX bytes are refused");
	arena_reset(a);
	ok(arena_alloc(a, 100 * 1024) != NULL, "the whole limit can be used");
	ok(arena_alloc(a, 1) == NULL, "and not one byte more");
	arena_free(&a);
}

static void
copies(void)
{
	struct arena *a = arena_new(1 << 20);
	char source[] = "abcdef";
	char *s = arena_strdup(a, source);

	source[0] = 'X';
	is_str(s, "abcdef", "arena_strdup() copies");
	is_str(arena_strndup(a, "abcdef", 3), "abc", "arena_strndup() cuts");
	is_str(arena_strndup(a, "ab", 100), "ab",
	    "arena_strndup() stops at the NUL");
	ok(memcmp(arena_memdup(a, "a\0b", 3), "a\0b", 3) == 0,
	    "arena_memdup() copies NULs");
	is_str(arena_printf(a, "%d-%s-%0200d", 7, "x", 1) + 200, "0001",
	    "arena_printf() makes room for all of it");
	ok(arena_strdup(a, NULL) == NULL && arena_memdup(a, NULL, 9) == NULL &&
		arena_strndup(a, NULL, 9) == NULL,
	    "NULL in gives NULL out");
	ok(!arena_failed(a), "which is no refusal");
	arena_free(&a);
}

int
main(void)
{
	pieces_are_aligned_zeroed_and_apart();
	limits();
	copies();
	return tap_done();
}
