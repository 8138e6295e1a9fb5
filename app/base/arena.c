/* arena.c - a chain of blocks that is freed as a whole.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In a sanitizer build memory behind the last piece is poisoned, so that a
 * use after arena_reset() is reported like a use after free. */
#ifdef MP_SANITIZE
#include <sanitizer/asan_interface.h>
/* It takes a pointer to const, but reads nothing: no warning, please. */
void __asan_poison_memory_region(void const volatile *addr, size_t size)
    __attribute__((access(none, 1)));
#define POISON(p, n)   __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

/* Fits a page; pages of memory that nobody has used cost nothing. */
#define FIRST_BLOCK_BYTES ((size_t)256 * 1024)
#define BLOCK_BYTES	  ((size_t)64 * 1024)
#define ALIGNMENT	  _Alignof(max_align_t)

struct block {
	struct block *older;
	size_t size, used; /* bytes of data */
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *newest; /* the first block is at the end of the chain */
	size_t used;
	size_t limit;
	bool failed;
};

static struct block *
block_new(size_t size, struct block *older)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		return NULL;
	b->older = older;
	b->size = size;
	POISON(b->data, size);
	return b;
}

static void
block_free(struct block *b)
{
	UNPOISON(b->data, b->size);
	free(b);
}

struct arena *
arena_new(size_t limit_bytes)
{
	struct arena *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct arena){.limit = limit_bytes};
	a->newest = block_new(FIRST_BLOCK_BYTES, NULL);
	if (!a->newest) {
		free(a);
		return NULL;
	}
	return a;
}

/* What was given out is cleared here, in one piece: what is behind `used` is
 * zero, so that no allocation has to clear its own. */
void
arena_reset(struct arena *a)
{
	struct block *b;

	while ((b = a->newest)->older) {
		a->newest = b->older;
		block_free(b);
	}
	UNPOISON(b->data, b->used);
	memset(b->data, 0, b->used);
	b->used = 0;
	POISON(b->data, b->size);
	a->used = 0;
	a->failed = false;
}

void
arena_free(struct arena **take_a)
{
	struct arena *a = *take_a;

	if (!a)
		return;
	arena_reset(a);
	block_free(a->newest);
	free(a);
	*take_a = NULL;
}

bool
arena_failed(const struct arena *a)
{
	return a->failed;
}

void
arena_fail(struct arena *a)
{
	a->failed = true;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

static size_t
aligned(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/* The next size bytes of the newest block, which has them. */
static inline void *
take(struct arena *a, size_t size)
{
	struct block *b = a->newest;
	unsigned char *p = b->data + b->used;

	b->used += size;
	/* Rounding may step over the limit by less than one alignment. */
	a->used = a->limit - a->used < size ? a->limit : a->used + size;
	UNPOISON(p, size);
	return p;
}

/* From a new block; apart, so that the other way saves no registers. */
static __attribute__((noinline)) void *
alloc_further(struct arena *a, size_t size)
{
	struct block *b = NULL;

	if (size <= a->limit - a->used && size <= SIZE_MAX - BLOCK_BYTES) {
		size = aligned(size);
		b = block_new(
		    size > BLOCK_BYTES ? size : BLOCK_BYTES, a->newest);
	}
	if (!b) {
		a->failed = true;
		return NULL;
	}
	a->newest = b;
	return take(a, size);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const struct block *b = a->newest;

	if (size == 0)
		size = 1;
	/* What is left of a block is so many whole alignments. */
	if (size <= a->limit - a->used && size <= b->size - b->used)
		return take(a, aligned(size));
	return alloc_further(a, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, all);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	if (!s)
		return NULL;
	n = strnlen(s, n);
	p = arena_alloc(a, n + 1);
	if (p)
		memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_memdup(a, s, s ? strlen(s) + 1 : 0);
}

void *
arena_memdup(struct arena *a, const void *src, size_t n)
{
	void *p;

	if (!src)
		return NULL;
	p = arena_alloc(a, n);
	if (p)
		memcpy(p, src, n);
	return p;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char small[128], *p = NULL; /* most results are short */
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n < 0)
		a->failed = true;
	else
		p = arena_alloc(a, (size_t)n + 1);
	if (p && (size_t)n < sizeof(small))
		memcpy(p, small, (size_t)n + 1);
	else if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}
