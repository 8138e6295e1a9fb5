/* no_valgrind.h - tests of what valgrind can't run.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_AGENT_NO_VALGRIND_H
#define MPANEL_T_AGENT_NO_VALGRIND_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Valgrind 3.19 answers openat2(2), which all files of the agent go through,
 * with ENOSYS: skip the whole test and say so.  (The address sanitizer runs
 * it.) */
static inline void
skip_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	if (preload == NULL || strstr(preload, "vgpreload") == NULL)
		return;
	puts("1..0 # SKIP valgrind does not know openat2");
	exit(0);
}

#endif
