/* memory.c - the allocator of a test, which refuses when it is told to.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Under AddressSanitizer its allocator is asked instead of glibc's, so that
 * every piece is watched as before.
 */
#include "config.h"
#include "memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifdef MP_SANITIZE
#define BELOW(name) __interceptor_##name
#else
#define BELOW(name) __libc_##name
#endif

void *BELOW(malloc)(size_t);
void *BELOW(calloc)(size_t, size_t);
void *BELOW(realloc)(void *, size_t);
void *BELOW(memalign)(size_t, size_t);
void BELOW(free)(void *);

static atomic_bool watching;
static _Atomic int64_t asked, live;
static int64_t refused_nth;
static bool is_lasting;

void
memory_refuse(int64_t nth, bool lasting)
{
	refused_nth = nth;
	is_lasting = lasting;
	atomic_store(&asked, 0);
	atomic_store(&watching, true);
}

int64_t
memory_stop(void)
{
	atomic_store(&watching, false);
	return atomic_load(&asked);
}

int64_t
memory_live(void)
{
#ifdef MP_SANITIZE
	return 0;
#else
	return atomic_load(&live);
#endif
}

static bool
is_refused(void)
{
	int64_t n;

	if (!atomic_load_explicit(&watching, memory_order_relaxed))
		return false;
	n = atomic_fetch_add(&asked, 1) + 1;
	if (refused_nth == 0 || n < refused_nth ||
	    (n > refused_nth && !is_lasting))
		return false;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	if (p)
		atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return p;
}

void *
malloc(size_t n)
{
	return is_refused() ? NULL : counted(BELOW(malloc)(n));
}

void *
calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : counted(BELOW(calloc)(n, size));
}

void *
realloc(void *p, size_t n)
{
	if (is_refused())
		return NULL;
	return p ? BELOW(realloc)(p, n) : counted(BELOW(malloc)(n));
}

void *
memalign(size_t alignment, size_t n)
{
	return is_refused() ? NULL : counted(BELOW(memalign)(alignment, n));
}

void *
aligned_alloc(size_t alignment, size_t n)
{
	return memalign(alignment, n);
}

int
posix_memalign(void **out, size_t alignment, size_t n)
{
	void *p = memalign(alignment, n);

	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

void
free(void *p)
{
	if (p)
		atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	BELOW(free)(p);
}
