/* memory.h - the allocator of a test, which refuses when it is told to.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Linked into a test program it is malloc() for all of it, libraries included
 * (glibc allows that: "Replacing malloc" in its manual).
 */
#ifndef MPANEL_T_MEMORY_H
#define MPANEL_T_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the nth request for memory (from 1) is refused, and if `lasting`
 * all that follow.  n 0: none is; they are only counted. */
void memory_refuse(int64_t nth, bool lasting);
/* No more; how many were asked for since. */
int64_t memory_stop(void);
/* Pieces that are not freed yet; 0 where a sanitizer looks after that. */
int64_t memory_live(void);

#endif
