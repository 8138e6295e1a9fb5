/* tasks.c - leases, reports and what staff do: each task ends once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "shop.h"
#include "tap.h"

/* Bare tasks of a kind that nobody knows, so that only the queue is seen. */
struct queueing {
	struct task_new task;
	struct id out;
};

static enum err
queue_task(struct tx *tx, void *arg)
{
	struct queueing *q = arg;

	return task_queue(tx, &q->task, &q->out);
}

static struct id
add(struct shop *s, const char *key, const char *type, const struct id *after)
{
	struct queueing q = {
	    .task =
		{
		    .type = type,
		    .step = "create",
		    .server = s->server,
		    .dedupe_key = key,
		    .payload = "{}",
		},
	};

	if (after)
		q.task.after = *after;
	if (shop_run(s, queue_task, &q) != OK)
		bail("can't queue %s", key);
	return q.out;
}

static const char *
status_of(struct shop *s, const struct id *task)
{
	return shop_text(s,
	    "SELECT status FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(task));
}

static int64_t
events(struct shop *s, const struct id *task, const char *event)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM task_events "
	    "WHERE tenant_id = $1 AND task_id = $2 AND event = $3",
	    DB_ID(task), DB_TEXT(event));
}

static void
is_task(const struct id *got, const struct id *want, const char *claim)
{
	is_str(got->s, want->s, claim);
}

struct claiming {
	struct task_claim claim;
	struct id task;
	char token[64];
	bool found;
};

static enum err
claim_types(struct tx *tx, void *arg)
{
	struct claiming *c = arg;

	return task_claim(tx, &c->claim, &c->task, c->token, &c->found);
}

struct verb {
	struct id task, server;
	const char *token;
	int64_t n;
};

static enum err
heartbeat(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return task_heartbeat(tx, &v->task, &v->server, v->token, 40, "half");
}

static enum err
retry(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return task_retry(tx, &v->task);
}

static enum err
retry_failed(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return task_retry_failed(tx, &v->n);
}

static enum err
cancel(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return task_cancel(tx, &v->task, "not wanted");
}

static enum err
expire_all(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return task_expire(tx, &v->n);
}

static enum err
look(struct tx *tx, void *arg)
{
	return task_any_expired(tx, arg);
}

static bool
any_expired(struct shop *s)
{
	bool any;

	if (shop_run(s, look, &any) != OK)
		bail("look");
	return any;
}

/* ---- the queue ---- */

static void
test_order(struct testdb *t)
{
	static const char *const wanted[] = {"mail", "beta"};
	struct id a, b, c, got, none = {""};
	struct claiming k;
	struct shop s;
	char token[64];

	shop_open(&s, t, "acme");
	a = add(&s, "a", "alpha", NULL);
	b = add(&s, "b", "beta", &a);
	got = add(&s, "a", "alpha", NULL);
	is_task(&got, &a, "the same key again is the same task");
	c = add(&s, "c", "beta", NULL);
	k = (struct claiming){.claim = {.server = s.server,
				  .types = wanted,
				  .n_types = 2,
				  .lease_seconds = 60}};
	is_int(shop_run(&s, claim_types, &k), OK, "one type is asked for");
	is_task(&k.task, &c, "only those are given, and none before its turn");
	k.found = true;
	is_int(shop_run(&s, claim_types, &k), OK, "again");
	ok(!k.found, "there is nothing more of them");
	got = shop_claim(&s, &s.server, token);
	is_task(&got, &a, "the oldest of all types");
	got = shop_claim(&s, &s.server, token);
	is_task(&got, &none, "what comes after waits");
	if (shop_exec(&s,
		"UPDATE provisioning_tasks SET status = 'success', "
		"lease_hash = NULL WHERE tenant_id = $1 AND id = $2",
		DB_ID(&a)) != OK)
		bail("success");
	got = shop_claim(&s, &s.server, token);
	is_task(&got, &b, "until that has succeeded");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM provisioning_tasks "
		   "WHERE tenant_id = $1 AND lease_hash = $2",
		   DB_TEXT(token)),
	    0, "the token itself is not stored");
}

static void
test_servers(struct testdb *t)
{
	struct id a, got, other;
	struct shop s, rival;
	char token[64];

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	other = shop_add_server(&s, "node2");
	a = add(&s, "a", "alpha", NULL);
	got = shop_claim(&s, &other, token);
	ok(!id_is_set(&got), "another server does not get it");
	got = shop_claim(&rival, &s.server, token);
	ok(!id_is_set(&got), "nor does another tenant");
	got = shop_claim(&s, &s.server, token);
	is_task(&got, &a, "its server does");
	{
		struct verb v = {a, other, token, 0};

		is_int(shop_run(&s, heartbeat, &v), E_CONFLICT,
		    "another server has no lease on it");
	}
}

/* ---- leases ---- */

static void
test_lease(struct testdb *t)
{
	struct id a, got;
	struct verb v;
	struct shop s;
	char first[64], second[64];

	shop_open(&s, t, "acme");
	a = add(&s, "a", "alpha", NULL);
	got = shop_claim(&s, &s.server, first);
	v = (struct verb){a, s.server, first, 0};
	clock_freeze(SHOP_NOW + 50);
	is_int(shop_run(&s, heartbeat, &v), OK, "a heartbeat");
	clock_freeze(SHOP_NOW + 100);
	got = shop_claim(&s, &s.server, second);
	ok(!id_is_set(&got), "extends the lease");
	is_str(shop_text(&s, "SELECT message FROM provisioning_tasks "
			     "WHERE tenant_id = $1 AND progress = 40"),
	    "half", "and says how far it is");
	clock_freeze(SHOP_NOW + 111);
	got = shop_claim(&s, &s.server, second);
	ok(!id_is_set(&got), "an expired lease backs off first");
	is_str(status_of(&s, &a), "pending", "pending again");
	is_int(
	    shop_run(&s, heartbeat, &v), E_CONFLICT, "its holder has lost it");
	is_int(shop_report(&s, &s.server, &a, first, true), TASK_LOST,
	    "and can't report");
	clock_freeze(SHOP_NOW + 111 + 14);
	got = shop_claim(&s, &s.server, second);
	ok(!id_is_set(&got), "not before 15 seconds");
	clock_freeze(SHOP_NOW + 111 + 15);
	got = shop_claim(&s, &s.server, second);
	is_task(&got, &a, "then it is claimed anew");
	is_int(shop_report(&s, &s.server, &a, first, true), TASK_LOST,
	    "the first holder still can't report");
	is_int(shop_report(&s, &s.server, &a, second, true), TASK_RECORDED,
	    "the second can");
	is_int(events(&s, &a, "succeeded"), 1, "once");
}

static void
test_late_but_first(struct testdb *t)
{
	struct id a, other;
	struct shop s;
	char token[64];

	shop_open(&s, t, "acme");
	a = add(&s, "a", "alpha", NULL);
	shop_claim(&s, &s.server, token);
	clock_freeze(SHOP_NOW + 600);
	is_int(shop_report(&s, &s.server, &a, NULL, true), TASK_LOST,
	    "without a token a lease that ran out is lost");
	is_int(shop_report(&s, &s.server, &a, token, true), TASK_RECORDED,
	    "with it a late report counts while nobody else got the task");
	other = add(&s, "b", "alpha", NULL);
	shop_claim(&s, &s.server, token);
	is_int(shop_report(&s, &s.server, &other, NULL, true), TASK_RECORDED,
	    "without a token the live lease counts");
	is_int(shop_report(&s, &s.server, &other, NULL, true), TASK_RECORDED,
	    "and may be told again");
	is_int(events(&s, &other, "succeeded"), 1, "but happens once");
}

static void
test_repeat(struct testdb *t)
{
	struct id a, b;
	struct shop s;
	char token[64], wrong[64];

	shop_open(&s, t, "acme");
	a = add(&s, "a", "alpha", NULL);
	b = add(&s, "b", "alpha", NULL);
	shop_claim(&s, &s.server, token);
	shop_claim(&s, &s.server, wrong);
	is_int(shop_report(&s, &s.server, &a, wrong, true), TASK_LOST,
	    "another task's token is worth nothing");
	is_int(shop_report(&s, &s.server, &a, token, true), TASK_RECORDED,
	    "a success");
	is_int(shop_report(&s, &s.server, &a, token, true), TASK_RECORDED,
	    "told twice is the same");
	is_int(shop_report(&s, &s.server, &a, token, false), TASK_LOST,
	    "against the outcome is not");
	is_str(status_of(&s, &a), "success", "which stays");
	is_int(events(&s, &a, "succeeded"), 1, "and happened once");
	is_int(shop_report(&s, &s.server, &b, wrong, false), TASK_RECORDED,
	    "a failure");
	is_int(shop_report(&s, &s.server, &b, wrong, false), TASK_RECORDED,
	    "told twice is the same");
	is_int(shop_report(&s, &s.server, &b, wrong, true), TASK_LOST,
	    "success against it is not");
	is_int(events(&s, &b, "failed"), 1, "it failed once");
	is_str(shop_text(&s,
		   "SELECT error_message FROM provisioning_tasks "
		   "WHERE tenant_id = $1 AND id = $2",
		   DB_ID(&b)),
	    "disk full", "and says why");
}

/* ---- giving up ---- */

static const int64_t backoffs[] = {15, 30, 60, 120};

static void
test_give_up(struct testdb *t)
{
	struct verb v = {.n = 0};
	struct order_taken taken;
	struct id task = {""};
	struct shop s;
	char token[64];
	int64_t now = SHOP_NOW;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	if (shop_exec(&s, "DELETE FROM task_events WHERE tenant_id = $1") != OK)
		bail("events");
	for (size_t i = 0; i < 5; i++) {
		task = shop_claim(&s, &s.server, token);
		ok(id_is_set(&task), "attempt %zu is given out", i + 1);
		ok(!any_expired(&s), "its lease holds");
		now += 61;
		clock_freeze(now);
		ok(any_expired(&s), "for a minute");
		is_int(shop_run(&s, expire_all, &v), OK, "its lease runs out");
		is_int(v.n, 1, "alone");
		if (i == 4)
			break;
		ok(shop_int(&s,
		       "SELECT due_at FROM provisioning_tasks "
		       "WHERE tenant_id = $1 AND id = $2",
		       DB_ID(&task)) == now + backoffs[i],
		    "%zu: it waits %d s", i, (int)backoffs[i]);
		/* the others are another server's for now */
		if (shop_exec(&s,
			"UPDATE provisioning_tasks SET due_at = $3 "
			"WHERE tenant_id = $1 AND id <> $2",
			DB_ID(&task), DB_INT(now + 100000)) != OK)
			bail("others");
		now += backoffs[i];
		clock_freeze(now);
	}
	is_str(status_of(&s, &task), "failed", "after five it has failed");
	is_str(shop_text(&s, "SELECT status FROM orders WHERE tenant_id = $1"),
	    "failed", "and its order");
	is_str(shop_text(&s,
		   "SELECT w.status FROM websites w "
		   "JOIN provisioning_tasks t "
		   "ON t.tenant_id = w.tenant_id "
		   "AND t.website_id = w.id "
		   "WHERE w.tenant_id = $1 AND t.id = $2",
		   DB_ID(&task)),
	    "failed", "and its site");
	is_int(shop_report(&s, &s.server, &task, token, true), TASK_LOST,
	    "a success after that is lost");
	is_int(shop_exec(&s,
		   "UPDATE provisioning_tasks SET due_at = $2 "
		   "WHERE tenant_id = $1",
		   DB_INT(now)),
	    OK, "the others are due");
	v.task = task;
	is_int(shop_run(&s, retry, &v), OK, "staff try it again");
	is_str(shop_text(&s, "SELECT status FROM orders WHERE tenant_id = $1"),
	    "processing", "the order goes on");
	is_int(shop_work(&s, &s.server), 3, "the agent does all of it");
	is_str(shop_text(&s, "SELECT status FROM orders WHERE tenant_id = $1"),
	    "completed", "and the order is completed");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, retry, &v), E_CONFLICT,
	    "what succeeded can't be tried again");
}

/* ---- staff ---- */

static void
test_staff(struct testdb *t)
{
	struct order_taken taken;
	struct verb v = {.n = 0};
	struct shop s;
	char token[64];
	struct id task;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	for (int i = 0; i < 2; i++) {
		task = shop_claim(&s, &s.server, token);
		if (shop_report(&s, &s.server, &task, token, false) !=
		    TASK_RECORDED)
			bail("failure");
	}
	task = shop_claim(&s, &s.server, token);
	ok(!id_is_set(&task), "a backup waits for a site that failed");
	is_int(shop_run(&s, retry_failed, &v), OK, "staff retry all");
	is_int(v.n, 2, "both that failed");
	task = shop_claim(&s, &s.server, token);
	v.task = task;
	is_int(shop_run(&s, retry, &v), E_CONFLICT,
	    "a running task can't be retried");
	is_int(shop_run(&s, cancel, &v), OK, "but cancelled");
	is_int(shop_run(&s, cancel, &v), OK, "twice is once");
	is_int(events(&s, &task, "cancelled"), 1, "in its log too");
	is_int(shop_report(&s, &s.server, &task, token, true), TASK_UNDONE,
	    "its success comes too late");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND step = 'remove'"),
	    1, "and is undone");
	is_int(
	    shop_report(&s, &s.server, &task, token, true), TASK_LOST, "once");
	v.task = task;
	is_int(shop_run(&s, retry, &v), E_CONFLICT,
	    "what a later step has overtaken can't be tried again");
	is_int(shop_work(&s, &s.server), 2, "the other site and the removal");
	is_int(shop_run(&s, retry_failed, &v), OK, "retry all");
	is_int(v.n, 0, "finds nothing");
	is_int(shop_run(&s, cancel, &v), OK, "a cancelled task stays so");
	v.task = id_of(shop_text(&s, "SELECT id FROM provisioning_tasks "
				     "WHERE tenant_id = $1 "
				     "AND status = 'success' LIMIT 1"));
	is_int(shop_run(&s, cancel, &v), E_CONFLICT,
	    "what succeeded can't be cancelled");
	v.task = id_new(1);
	is_int(shop_run(&s, cancel, &v), E_NOTFOUND, "nor what is not there");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_order);
	testdb_each(test_servers);
	testdb_each(test_lease);
	testdb_each(test_late_but_first);
	testdb_each(test_repeat);
	testdb_each(test_give_up);
	testdb_each(test_staff);
	return tap_done();
}
