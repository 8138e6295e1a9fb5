/* settings.c - a configuration file is taken whole, or refused in words.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Secrets read from other files (@/path) are left out: a fuzzer would open
 * whatever it thinks of.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/settings.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

const char fuzz_name[] = "settings";

/* clang-format off */
static const struct setting table[] = {
	{"text",   SETTING_TEXT,   "a text", 0,  0,   ""},
	{"number", SETTING_INT,    "5",      -3, 100, ""},
	{"yes",    SETTING_BOOL,   "no",     0,  0,   ""},
	{"path",   SETTING_PATH,   "/",      0,  0,   ""},
	{"url",    SETTING_URL,    "",       0,  0,   ""},
	{"secret", SETTING_SECRET, "",       0,  0,   ""},
	{NULL,     SETTING_TEXT,   NULL,     0,  0,   NULL},
};
/* clang-format on */
static const char *const texts[] = {"text", "path", "url", "secret"};

static enum err
load(const void *p, size_t n, struct settings **out, struct buf *complaint)
{
	int fd = memfd_create("settings", MFD_CLOEXEC);
	char path[40];
	enum err e;

	assert(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	e = settings_load(table, path, out, complaint);
	close(fd);
	return e;
}

static void
put_all(const struct settings *s, struct buf *b)
{
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		buf_printf(b, "%s = %s\n", texts[i], setting_text(s, texts[i]));
	buf_printf(b, "number=%d\n  yes=%s\n", (int)setting_int(s, "number"),
	    setting_bool(s, "yes") ? "on" : "off");
}

static void
check_equal(const struct settings *s, const struct settings *t)
{
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		assert(str_eq(
		    setting_text(s, texts[i]), setting_text(t, texts[i])));
	assert(setting_int(s, "number") == setting_int(t, "number"));
	assert(setting_bool(s, "yes") == setting_bool(t, "yes"));
}

/* The values, written as a file again, are the same. */
static void
check_loaded(const struct settings *s, struct buf *complaint)
{
	struct settings *again = NULL;
	struct buf b;
	enum err e;

	assert(setting_int(s, "number") >= -3);
	assert(setting_int(s, "number") <= 100);
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		assert(text_is_printable(setting_text(s, texts[i])));
	buf_init(&b, 0);
	put_all(s, &b);
	e = load(buf_str(&b), b.len, &again, complaint);
	assert(e == OK);
	check_equal(s, again);
	assert(str_eq(setting_source(again, "text"), "file"));
	settings_free(&again);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct settings *s = NULL;
	struct buf complaint;
	enum err e;

	if (memmem(data, n, "@/", 2))
		return 0;
	buf_init(&complaint, 0);
	e = load(data, n, &s, &complaint);
	assert(e == OK || e == E_INPUT);
	assert((e == E_INPUT) == (complaint.len > 0));
	if (e == OK) {
		/* Nothing hides behind a NUL. */
		assert(n == 0 || !memchr(data, '\0', n));
		check_loaded(s, &complaint);
	}
	settings_free(&s);
	buf_fini(&complaint);
	return 0;
}
