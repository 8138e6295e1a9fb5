/* running.c - a job answers, dies or is killed when its time is up.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include "agent/running.h"
#include "base/clock.h"
#include "tap.h"

static const struct node node = {.root_fd = -1, .is_private = true};
static int let_go_means; /* what the child does before its work */
enum { GO_ON, DIE, HANG };

static void
let_go(void *ctx)
{
	(void)ctx;
	if (let_go_means == DIE)
		_exit(3);
	while (let_go_means == HANG)
		pause();
}

static void
nothing_else(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	++*(int *)ctx;
	note("a frame of kind %d", (int)f->kind);
}

/* No site is called so: refused before anything is touched. */
static void
start(struct running *r, int means)
{
	struct frame f = {
	    .kind = FRAME_REQUEST, .verb = VERB_WEBSITE_SUSPEND, .serial = 7};
	const char *why;

	frame_text(&f, TAG_DOMAIN, "not a domain");
	frame_text(&f, TAG_SITE_ID, "nor an id");
	let_go_means = means;
	why = running_start(r, &node, &f, let_go);
	if (why != NULL)
		bail("%s", why);
}

static bool
end(struct running *r, char why[static RUNNING_WHY_MAX])
{
	int status;

	if (waitpid(r->pid, &status, 0) != r->pid)
		bail("no child");
	return running_end(r, status, why);
}

static void
test_reply(struct running *r)
{
	struct arena *a = arena_new(1 << 20);
	char why[RUNNING_WHY_MAX] = "";
	struct frame f;
	size_t used;

	start(r, GO_ON);
	ok(running_due_us(r) > clock_mono_us(), "a job has a time limit");
	ok(end(r, why), "a job that ends has replied");
	ok(frame_decode(a, r->reply.data, r->reply.len, &f, &used) == OK &&
		used == r->reply.len && f.kind == FRAME_REPLY && f.serial == 7,
	    "with one frame that bears the request's number");
	ok(r->pid == 0 && running_due_us(r) == INT64_MAX,
	    "then its place is free");
	arena_free(&a);
}

static void
test_death(struct running *r)
{
	char why[RUNNING_WHY_MAX] = "";

	start(r, DIE);
	ok(!end(r, why), "a job that dies has not replied");
	is_str(why, "the job died (wait status 768)", "and its death is told");
}

static void
test_limit(struct running *r)
{
	char why[RUNNING_WHY_MAX] = "";
	int64_t due;

	start(r, HANG);
	due = running_due_us(r);
	running_tick(r, due - 1);
	ok(running_due_us(r) == due, "a job that hangs has its whole time");
	running_tick(r, due);
	ok(running_due_us(r) == INT64_MAX, "and is killed once");
	ok(!end(r, why), "it has not replied");
	is_str(why, "it took longer than 60 seconds", "and that is told");
}

int
main(void)
{
	struct running r;
	int others = 0;

	running_init(&r, nothing_else, &others);
	running_kill(&r);
	ok(running_due_us(&r) == INT64_MAX, "a free place waits for nothing");
	test_limit(&r);
	test_death(&r);
	test_reply(&r);
	is_int(others, 0, "a reply is not handed on before the end");
	running_fini(&r);
	return tap_done();
}
