/* arena.h - memory that lives as long as one request or one job.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A function whose first parameter is `struct arena *a` puts its result in a;
 * it is valid until arena_reset().  When memory is refused the function
 * returns NULL and the arena remembers it (arena_failed()), so that a
 * transaction can't be committed over a value that was never made: tx_commit()
 * looks.  Single pieces may be large; the whole is limited by `limit_bytes`.
 */
#ifndef MPANEL_BASE_ARENA_H
#define MPANEL_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

struct arena;

/* Heap.  NULL when even the first block is refused. */
struct arena *arena_new(size_t limit_bytes);
void arena_free(struct arena **take_a);

/* Forget everything, keep the first block for the next request. */
void arena_reset(struct arena *a);

/* True after any refusal since the last reset. */
bool arena_failed(const struct arena *a);
/* As if it had refused: what should have come into it was lost elsewhere. */
void arena_fail(struct arena *a);
size_t arena_used(const struct arena *a);

/* Zeroed, aligned for any type; NULL when refused (also for size overflow). */
void *arena_alloc(struct arena *a, size_t size)
    __attribute__((malloc, alloc_size(2)));
void *arena_array(struct arena *a, size_t n, size_t size)
    __attribute__((malloc, alloc_size(2, 3)));
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* Copies; NULL in gives NULL out without counting as a refusal. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);

#endif
