/* replay.c - run a fuzz target over its corpus, as a test.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * FUZZ_SEED sets the seed, FUZZ_TURNS how often each file is changed.
 */
#include "config.h"

#include "replay.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define INPUT_MAX ((size_t)64 * 1024)
#define CUTS_MAX  256

static uint64_t state;

/* xorshift64* (Vigna, ACM TOMS 42:4, 2016). */
static uint32_t
draw(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)(state * UINT64_C(2685821657736338717) >> 32);
}

static uint64_t
setting(const char *name, uint64_t fallback)
{
	const char *s = getenv(name);

	return s != NULL ? strtoull(s, NULL, 10) : fallback;
}

/* A copy of exactly n bytes, so that a sanitizer sees what reads past it. */
static void
feed(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		bail("no memory");
	memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

/* Overwrite a few bytes, by chance or with bytes from elsewhere. */
static void
mutate(uint8_t *data, size_t n)
{
	for (uint32_t k = 1 + draw() % 6; k > 0; k--) {
		size_t at = draw() % n, from = draw() % n;
		size_t left = n - (at > from ? at : from);
		size_t len = 1 + draw() % 16;

		if (draw() % 2 == 0)
			data[at] = (uint8_t)draw();
		else
			memmove(
			    data + at, data + from, len < left ? len : left);
	}
}

static size_t
read_file(const char *path, uint8_t *data)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return 0;
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	return n;
}

static void
replay(const char *path, const char *name, uint64_t turns)
{
	static uint8_t data[INPUT_MAX], work[INPUT_MAX];
	size_t n = read_file(path, data);

	for (size_t i = 0; i < n; i += 1 + n / CUTS_MAX)
		feed(data, i);
	feed(data, n);
	for (uint64_t i = 0; i < turns && n > 0; i++) {
		memcpy(work, data, n);
		mutate(work, n);
		feed(work, n);
	}
	ok(n > 0, "%s holds, whole, cut and changed", name);
}

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int
main(void)
{
	uint64_t turns = setting("FUZZ_TURNS", 100);
	uint64_t seed = setting("FUZZ_SEED", 20261120) | 1;
	const char *src = getenv("MPANEL_SRC");
	char dir[2048], path[4096];
	struct dirent **files;
	int n;

	note("FUZZ_SEED=%" PRIu64 " FUZZ_TURNS=%" PRIu64, seed, turns);
	snprintf(dir, sizeof(dir), "%s/t/fuzz/corpus/%s", src ? src : ".",
	    fuzz_name);
	n = scandir(dir, &files, is_visible, alphasort);
	if (n <= 0)
		bail("%s has no files", dir);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		state = seed;
		replay(path, files[i]->d_name, turns);
		free(files[i]);
	}
	free(files);
	return tap_done();
}
