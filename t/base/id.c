/* id.c - tests of base/id.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/id.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tap.h"

#define NOW INT64_C(0x019a0b1c2d3e)

static void
layout(void)
{
	struct id id = id_new(NOW);

	ok(id_valid(id.s), "a new id is valid: %s", id.s);
	ok(strncmp(id.s, "019a0b1c-2d3e-7", 15) == 0,
	    "it begins with the milliseconds and version 7");
	ok(strchr("89ab", id.s[19]) != NULL, "its variant is RFC 9562's");
	ok(id_is_set(&id) && !id_is_set(&(struct id){{0}}),
	    "a zeroed id is not set");
	is_str(id_of(id.s).s, id.s, "id_of() keeps the text");
}

static bool
rises(int64_t ms, int n)
{
	struct id last = id_new(ms);
	bool good = true;

	for (int i = 0; i < n; i++) {
		struct id next = id_new(ms);

		good &= strcmp(last.s, next.s) < 0;
		last = next;
	}
	return good;
}

static void
order(void)
{
	struct id before, after;

	ok(rises(NOW, 20000),
	    "20000 ids of one millisecond rise (the counter runs over)");
	before = id_new(NOW + 1000);
	after = id_new(NOW + 999);
	ok(strcmp(before.s, after.s) < 0,
	    "they rise when the clock steps back a little");
	after = id_new(NOW - 60000);
	ok(strncmp(after.s, "019a0b1b-42de-7", 15) == 0,
	    "a clock set back by a minute is followed");
	ok(strncmp(id_new(-5).s, "00000000-0000-7", 15) == 0,
	    "a moment before 1970 counts as 1970");
}

/* The child must not repeat what the parent makes. */
static void
fork_apart(void)
{
	struct id mine, theirs = {{0}};
	int fd[2], status = -1;
	pid_t pid;

	id_new(NOW);
	if (pipe(fd) < 0 || (pid = fork()) < 0)
		bail("no fork");
	if (pid == 0) {
		theirs = id_new(NOW);
		_exit(write(fd[1], theirs.s, 37) == 37 ? 0 : 1);
	}
	mine = id_new(NOW);
	ok(read(fd[0], theirs.s, 37) == 37 && waitpid(pid, &status, 0) == pid &&
		status == 0,
	    "a child made an id");
	ok(strcmp(mine.s, theirs.s) != 0 && id_valid(theirs.s),
	    "parent and child make different ids");
	close(fd[0]);
	close(fd[1]);
}

/* clang-format off */
static const struct valid_case {
	const char *in;
	bool good;
} valid_cases[] = {
	{ "019a0b1c-2d3e-7abc-8def-0123456789ab", true },
	{ "00000000-0000-0000-0000-000000000000", true },
	{ "", false },
	{ "019a0b1c-2d3e-7abc-8def-0123456789a", false },
	{ "019a0b1c-2d3e-7abc-8def-0123456789ab0", false },
	{ "019A0B1C-2D3E-7ABC-8DEF-0123456789AB", false },
	{ "019a0b1c2d3e7abc8def0123456789ab0000", false },
	{ "019a0b1c-2d3e-7abc-8def-0123456789ag", false },
	{ "019a0b1c-2d3e-7abc-8def0-123456789ab", false },
	{ "{19a0b1c-2d3e-7abc-8def-0123456789a}", false },
	{ "019a0b1c-2d3e-7abc-8def-0123456789a\n", false },
	{ "' OR 1=1 --' OR 1=1 --' OR 1=1 -- ab", false },
};
/* clang-format on */

int
main(void)
{
	layout();
	order();
	fork_apart();
	for (size_t i = 0; i < N_ELEMS(valid_cases); i++)
		ok(id_valid(valid_cases[i].in) == valid_cases[i].good,
		    "id text case %zu", i);
	return tap_done();
}
