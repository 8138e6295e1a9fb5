/* task.c - what the puller makes of a task the executor takes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "agent/executor.h"
#include "agent/task.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

const char fuzz_name[] = "task";

static void
check_request(struct arena *a, const struct frame *f)
{
	struct frame back;
	size_t used = 0;
	struct buf b;
	enum err e;

	assert(f->kind == FRAME_REQUEST && f->verb != VERB_HOUSEKEEP);
	assert(!executor_refuses(f));
	buf_init(&b, 2 * FRAME_BODY_MAX);
	e = frame_encode(f, &b);
	assert(e == OK);
	e = frame_decode(a, b.data, b.len, &back, &used);
	assert(e == OK && used == b.len && back.n == f->n);
	buf_fini(&b);
}

static void
check_task(struct arena *a, const json_t *v)
{
	static struct task task;
	struct buf why;
	enum err e;

	buf_init(&why, 0);
	e = task_read(a, v, &task, &why);
	assert(e == OK || e == E_INPUT || e == E_DENIED);
	assert((e == E_DENIED) == (why.len > 0));
	if (e != E_INPUT)
		assert(id_valid(task.id) && *task.lease_token);
	if (e == OK)
		check_request(a, &task.request);
	buf_fini(&why);
}

static void
check_starved(const json_t *v, size_t n)
{
	static struct task task;
	struct arena *a = arena_new(n % 61 * 32);
	struct buf why;

	if (!a)
		return;
	buf_init(&why, 0);
	if (task_read(a, v, &task, &why) == OK)
		assert(!executor_refuses(&task.request));
	buf_fini(&why);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(4 * MEBIBYTE);
	struct problems p;
	json_t *v = NULL;

	log_set_level(LOG__MAX);
	problems_init(&p, a);
	if (json_parse((const char *)data, n, &p, &v) == OK) {
		check_task(a, v);
		check_starved(v, n);
	}
	json_decref(v);
	arena_free(&a);
	return 0;
}
