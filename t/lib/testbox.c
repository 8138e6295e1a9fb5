/* testbox.c - a box of keys for tests that seal or sign.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "testbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "tap.h"

#define HEX_LEN 65

static char keys[2][HEX_LEN]; /* [0]: test_box()'s */
static struct secret_box *box;

static void
new_key(char out[static HEX_LEN])
{
	unsigned char bytes[32];

	if (secret_init() != OK)
		bail("secret_init");
	random_bytes(bytes, sizeof(bytes));
	hex_encode(out, bytes, sizeof(bytes));
}

static struct secret_box *
box_of(const char *text)
{
	char file[] = "/tmp/mpbox.XXXXXX";
	int fd = mkstemp(file);
	struct secret_box *made;

	if (fd < 0 || fchmod(fd, 0400) < 0 || dprintf(fd, "%s", text) < 0)
		bail("%s: %m", file);
	close(fd);
	if (secret_box_open(file, &made) != OK)
		bail("no box");
	unlink(file);
	return made;
}

static void
forget_box(void)
{
	secret_box_close(&box);
}

const struct secret_box *
test_box(void)
{
	char text[HEX_LEN + 1];

	if (box != NULL)
		return box;
	new_key(keys[0]);
	snprintf(text, sizeof(text), "%s\n", keys[0]);
	box = box_of(text);
	atexit(forget_box);
	return box;
}

struct secret_box *
test_box_rotated(void)
{
	char text[2 * HEX_LEN + 1];

	(void)test_box();
	new_key(keys[1]);
	snprintf(text, sizeof(text), "%s\n%s\n", keys[1], keys[0]);
	return box_of(text);
}
