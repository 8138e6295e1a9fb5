/* input.h - take the bytes of a fuzz target apart.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_FUZZ_INPUT_H
#define MPANEL_T_FUZZ_INPUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEBIBYTE ((size_t)1024 * 1024)

struct part {
	const char *s;
	size_t n;
};

/* The bytes before the next separator, or all; *in begins behind it. */
__attribute__((unused)) static struct part
next_part(struct part *in, char separator)
{
	const char *at = in->n > 0 ? memchr(in->s, separator, in->n) : NULL;
	struct part part = {in->s, at ? (size_t)(at - in->s) : in->n};
	size_t used = part.n + (at != NULL);

	in->s += used;
	in->n -= used;
	return part;
}

/* Heap copy up to the first NUL, as long as it is: a sanitizer sees what reads
 * past it. */
__attribute__((unused)) static char *
part_text(struct part part)
{
	char *s = strndup(part.n > 0 ? part.s : "", part.n);

	assert(s);
	return s;
}

/* A number from up to eight bytes, which are used up. */
__attribute__((unused)) static int64_t
next_number(struct part *in)
{
	uint64_t v = 0;

	for (int i = 0; i < 8 && in->n > 0; i++, in->n--)
		v |= (uint64_t)(unsigned char)*in->s++ << (8 * i);
	return (int64_t)v;
}

#define SCRATCH_MAX 256

/* Make a directory for this process, in memory where there is such a place:
 * what the targets do is slow on a disk. */
__attribute__((unused)) static void
scratch_make(char dir[static SCRATCH_MAX])
{
	const char *top = access("/dev/shm", W_OK | X_OK) == 0
			      ? "/dev/shm"
			      : getenv("TMPDIR");
	int n = snprintf(dir, SCRATCH_MAX, "%s/mpf.XXXXXX", top ? top : "/tmp");

	if (n >= SCRATCH_MAX || !mkdtemp(dir))
		abort();
}

#endif
