/* static_version.c - the version of static files changes when they do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/serve.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "tap.h"

static char dir[] = "/tmp/mpstatic.XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		bail("can't write %s", path);
}

static void
drop(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (remove(path) != 0)
		bail("can't remove %s", path);
}

static const char *
version(void)
{
	static char v[2][17];
	static int i;

	i = !i;
	if (static_version(dir, v[i]) != OK)
		bail("no version of %s", dir);
	return v[i];
}

int
main(void)
{
	char first[17], none[17] = "unset", sub[64];

	if (!mkdtemp(dir))
		bail("no directory");
	snprintf(sub, sizeof(sub), "%s/css", dir);
	mkdir(sub, 0755);
	put("a.js", "one");
	put("css/b.css", "two");
	snprintf(first, sizeof(first), "%s", version());
	is_int((int)strspn(first, "0123456789abcdef"), 16, "16 hex digits");
	is_str(version(), first, "the same files have the same version");
	put("css/b.css", "twO");
	ok(strcmp(version(), first) != 0, "another byte is another version");
	put("css/b.css", "two");
	is_str(version(), first, "times of files don't count");
	put("c.js", "");
	ok(strcmp(version(), first) != 0, "one file more is another version");
	drop("c.js");
	drop("a.js");
	put("z.js", "one");
	ok(strcmp(version(), first) != 0, "a new name is another version");
	drop("z.js");
	drop("css/b.css");
	drop("css");
	rmdir(dir);
	log_set_level(LOG__MAX);
	is_int(static_version(dir, none), E_SYS, "no directory, no version");
	is_str(none, "unset", "and nothing is said");
	return tap_done();
}
