/* acts.c - what is done in a shop, each act one call that may be made again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "acts.h"

const struct money act_money_none = {
    MONEY_ASKED, true, false, true, true, 0, "USD"};
const struct money act_money_later = {.state = MONEY_PENDING};
const struct money act_money_starter = {
    MONEY_ASKED, true, true, true, true, 2988, "USD"};

enum err
act_take(struct shop *s, struct act *a)
{
	return shop_take(s, a->body, a->money, &a->taken);
}

/* ---- decisions ---- */

static enum err
accept_order(struct tx *tx, void *arg)
{
	const struct act *a = arg;

	return order_accept(tx, &a->order);
}

enum err
act_accept(struct shop *s, struct act *a)
{
	return shop_run(s, accept_order, a);
}

static enum err
correct_order(struct tx *tx, void *arg)
{
	const struct act *a = arg;
	const struct order_correction c = {
	    .position = 1, .product_code = "starter", .period = "year"};

	return order_correct(tx, &a->order, &c, 1);
}

enum err
act_correct(struct shop *s, struct act *a)
{
	return shop_run(s, correct_order, a);
}

static enum err
refund_order(struct tx *tx, void *arg)
{
	const struct act *a = arg;
	int64_t minor;

	return order_refund(tx, &a->order, true, "asked for", &minor);
}

enum err
act_refund(struct shop *s, struct act *a)
{
	return shop_run(s, refund_order, a);
}

static enum err
cancel_order(struct tx *tx, void *arg)
{
	const struct act *a = arg;

	return order_cancel(tx, &a->order, "never paid");
}

enum err
act_cancel(struct shop *s, struct act *a)
{
	return shop_run(s, cancel_order, a);
}

static enum err
confirm_order(struct tx *tx, void *arg)
{
	const struct act *a = arg;

	return order_confirm(tx, &a->order, a->money);
}

enum err
act_confirm(struct shop *s, struct act *a)
{
	return shop_run(s, confirm_order, a);
}

/* ---- tasks ---- */

struct claiming {
	struct task_claim claim;
	struct act *act;
};

static enum err
claim_task(struct tx *tx, void *arg)
{
	struct claiming *c = arg;

	return task_claim(
	    tx, &c->claim, &c->act->task, c->act->token, &c->act->found);
}

enum err
act_claim(struct shop *s, struct act *a)
{
	struct claiming c = {
	    .claim = {.server = s->server, .lease_seconds = 60},
	    .act = a,
	};

	a->found = false;
	return shop_run(s, claim_task, &c);
}

struct reporting {
	struct task_report report;
	struct act *act;
};

static enum err
complete_task(struct tx *tx, void *arg)
{
	struct reporting *r = arg;

	return task_complete(tx, &r->report, &r->act->verdict);
}

enum err
act_complete(struct shop *s, struct act *a)
{
	/* what an agent says of a backup; a website's kind ignores it */
	json_t *result = json_pack("{s:s, s:i, s:i, s:s}", "archive",
	    "first.tar.gz", "bytes", 123, "files", 4, "sha256", "ab");
	struct reporting r = {
	    .report =
		{
		    .task = a->task,
		    .server = s->server,
		    .token = a->token,
		    .success = a->success,
		    .error = a->success ? NULL : "disk full",
		    .result = a->success ? result : NULL,
		},
	    .act = a,
	};
	enum err e = shop_run(s, complete_task, &r);

	json_decref(result);
	return e;
}
