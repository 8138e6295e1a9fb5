/* stamp.c - an instant as part of a file name: 20261120T180203Z.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/stamp.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

void
stamp_of_time(int64_t t, char out[static STAMP_SIZE])
{
	char iso[21];

	time_iso(t, iso);
	snprintf(out, STAMP_SIZE, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", iso, iso + 5,
	    iso + 8, iso + 11, iso + 14, iso + 17);
}

bool
stamp_parse(const char *s, int64_t *t_out)
{
	char iso[21];

	if (strnlen(s, STAMP_SIZE - 1) < STAMP_SIZE - 1)
		return false;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.3s%.2s:%.2s:%.3s", s, s + 4,
	    s + 6, s + 9, s + 11, s + 13);
	return time_parse(iso, t_out);
}
