/* tap.h - test anything protocol for tests in C.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A test's name is a claim: ok(x == 1, "an issued invoice cannot be edited").
 * Standard output is line-buffered, so that a crash loses nothing.
 */
#ifndef MPANEL_T_TAP_H
#define MPANEL_T_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_n, tap_bad;

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5), unused)) static bool
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (tap_n == 0)
		setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%sok %d - ", good ? "" : "not ", ++tap_n);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good) {
		tap_bad++;
		printf("# failed at %s:%d\n", file, line);
	}
	return good;
}

__attribute__((unused)) static bool
tap_is_int(
    int64_t got, int64_t want, const char *file, int line, const char *what)
{
	bool good = tap_ok(got == want, file, line, "%s", what);

	if (!good)
		printf("# got %" PRId64 ", want %" PRId64 "\n", got, want);
	return good;
}
#define is_int(got, want, what)                                                \
	tap_is_int((got), (want), __FILE__, __LINE__, (what))

__attribute__((unused)) static bool
tap_is_str(const char *got, const char *want, const char *file, int line,
    const char *what)
{
	bool good = tap_ok(got && want ? strcmp(got, want) == 0 : got == want,
	    file, line, "%s", what);

	if (!good)
		printf("# got \"%s\", want \"%s\"\n", got ? got : "(null)",
		    want ? want : "(null)");
	return good;
}
#define is_str(got, want, what)                                                \
	tap_is_str((got), (want), __FILE__, __LINE__, (what))

/* A line of explanation. */
#define note(...) (printf("# "), printf(__VA_ARGS__), putchar('\n'))

/* Give up: the rest makes no sense. */
#define bail(...)                                                              \
	(printf("Bail out! "), printf(__VA_ARGS__), putchar('\n'), exit(1))

/* Last line of main(): prints the plan, returns the exit status. */
__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_bad ? 1 : 0;
}

#endif
