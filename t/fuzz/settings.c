/* settings.c - a configuration file is taken whole, or refused in words.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Files that the input names (@/path) are left out: a fuzzer would open
 * whatever it thinks of.  The input is also the file of a secret, and a value
 * of the command line.
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

static bool
is_text(const char *s)
{
	return utf8_valid(s, strlen(s)) && text_is_printable(s);
}

/* A secret is the first line of its file. */
static void
check_secret(struct settings *s, const void *p, size_t n, struct buf *complaint)
{
	int fd = memfd_create("secret", MFD_CLOEXEC);
	char path[40], *line = part_text((struct part){p, n});
	enum err e;

	line[strcspn(line, "\r\n")] = '\0';
	assert(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	snprintf(path, sizeof(path), "@/proc/self/fd/%d", fd);
	buf_reset(complaint);
	e = settings_put(s, "secret", path, complaint);
	assert((e == OK) == (complaint->len == 0));
	assert(e != OK || str_eq(setting_text(s, "secret"), line));
	assert(e != OK || is_text(line));
	close(fd);
	free(line);
}

static void
check_put(struct settings *s, struct part text, struct buf *complaint)
{
	char *value = part_text(text);

	for (size_t i = 0; table[i].name; i++) {
		enum err e;

		buf_reset(complaint);
		e = settings_put(s, table[i].name, value, complaint);
		assert(e == OK || e == E_INPUT);
		assert((e == OK) == (complaint->len == 0));
	}
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		assert(is_text(setting_text(s, texts[i])));
	free(value);
}

static void
check_values(const uint8_t *data, size_t n, struct buf *complaint)
{
	struct settings *s = NULL;

	if (settings_load(table, NULL, &s, complaint) != OK)
		abort();
	check_secret(s, data, n, complaint);
	check_put(s, (struct part){(const char *)data, n}, complaint);
	settings_free(&s);
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
	check_values(data, n, &complaint);
	buf_fini(&complaint);
	return 0;
}
