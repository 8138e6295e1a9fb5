/* device.c - what a User-Agent means to a person.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/device.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 60

/* The first that is found counts: most browsers say that they are others,
 * too. */
static const struct mark {
	const char *said, *label;
} browsers[] =
    {
	{"Edg/", "Edge"},
	{"OPR/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"Vivaldi/", "Vivaldi"},
	{"Firefox/", "Firefox"},
	{"FxiOS/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
},
  systems[] = {
      {"iPhone", "iPhone"},
      {"iPad", "iPad"},
      {"Android", "Android"},
      {"Windows", "Windows"},
      {"Mac OS X", "macOS"},
      {"CrOS", "ChromeOS"},
      {"Linux", "Linux"},
};

static const char *
find(const struct mark *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(s, list[i].said))
			return list[i].label;
	return NULL;
}

const char *
device_label(struct arena *a, const char *user_agent)
{
	const char *s = user_agent ? user_agent : "";
	const char *browser = find(browsers, N_ELEMS(browsers), s);
	const char *system = find(systems, N_ELEMS(systems), s);
	size_t n = strcspn(s, " ");

	if (browser && system)
		return arena_printf(a, "%s on %s", browser, system);
	if (n == 0)
		return "An unknown device";
	return arena_strndup(a, s, n < WORD_MAX ? n : WORD_MAX);
}
