/* zone.c - time zones by the names of the IANA database.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

#define ZONES	      "/usr/share/zoneinfo"
#define MAGIC	      "TZif" /* RFC 8536 section 3.1 */
#define ZONE_NAME_MAX 64

static bool
is_name(const char *s)
{
	static const char known[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_+-/";
	size_t n = strlen(s);

	return n > 0 && n <= ZONE_NAME_MAX && strspn(s, known) == n &&
	       s[0] >= 'A' && s[0] <= 'Z' && strstr(s, "//") == NULL &&
	       s[n - 1] != '/';
}

bool
zone_valid(const char *name)
{
	char path[sizeof(ZONES) + ZONE_NAME_MAX + 1], head[sizeof(MAGIC) - 1];
	bool found = false;
	int fd;

	if (!is_name(name))
		return false;
	snprintf(path, sizeof(path), ZONES "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;
	found = fd_read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
		memcmp(head, MAGIC, sizeof(head)) == 0;
	close(fd);
	return found;
}

/* The library keeps one zone at a time.  The variable stays ours and is written
 * over, because each setenv() would keep its copy for ever. */
static void
turn_to(const char *name)
{
	static char variable[sizeof("TZ=:") + ZONE_NAME_MAX];
	static bool is_there;
	const size_t head = sizeof("TZ=:") - 1;

	if (is_there && str_eq(variable + head, name))
		return;
	snprintf(variable, sizeof(variable), "TZ=:%s", name);
	if (!is_there)
		is_there = putenv(variable) == 0;
	tzset();
}

int32_t
zone_offset(const char *name, int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;

	if (str_eq(name, "UTC") || !is_name(name))
		return 0;
	turn_to(name);
	return localtime_r(&when, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}
