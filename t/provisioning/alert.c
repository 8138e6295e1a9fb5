/* alert.c - staff are told of tasks that fail.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "shop.h"
#include "tap.h"

#define ALERTS                                                                 \
	"SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "                    \
	"AND template = 'mail/staff-task-failed'"

static enum err
retry(struct tx *tx, void *arg)
{
	return task_retry(tx, arg);
}

static struct id
fail_next(struct shop *s)
{
	char token[64];
	struct id task = shop_claim(s, &s->server, token);

	if (!id_is_set(&task) ||
	    shop_report(s, &s->server, &task, token, false) != TASK_RECORDED)
		bail("no task to fail");
	return task;
}

static void
test_alert(struct testdb *t)
{
	struct order_taken taken;
	struct id task;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("no order");
	is_int(shop_int(&s, ALERTS), 0, "nothing has failed yet");
	task = fail_next(&s);
	is_int(shop_int(&s, ALERTS), 1, "a task that fails alerts staff");
	is_str(shop_text(&s, "SELECT payload FROM outbox WHERE tenant_id = $1 "
			     "AND template = 'mail/staff-task-failed'"),
	    arena_printf(t->arena, "{\"taskId\":\"%s\"}", task.s),
	    "and says which");
	is_int(shop_run(&s, retry, &task), OK, "staff try it again");
	fail_next(&s);
	is_int(shop_int(&s, ALERTS), 2, "its next failure is a new alert");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_alert);
	return tap_done();
}
