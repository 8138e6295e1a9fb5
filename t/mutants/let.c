/* let.c - whether a check of permissions is passed by.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "let.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LETS_MAX 512

static struct let {
	_Atomic uint64_t refused, is_taken;
} nobody[LETS_MAX], *lets;

static struct let *
lets_open(void)
{
	const char *file = getenv("MPANEL_LETS");
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	void *map;

	if (fd < 0)
		return nobody;
	map = mmap(
	    NULL, sizeof(nobody), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return map == MAP_FAILED ? nobody : map;
}

bool
let_pass(unsigned n, bool is_held)
{
	if (is_held)
		return true;
	if (!lets)
		lets = lets_open();
	lets[n].refused++;
	return lets[n].is_taken != 0;
}
