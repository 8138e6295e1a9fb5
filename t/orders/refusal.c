/* refusal.c - a refused call is kept, counted, and decided once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "orders/refusal.h"
#include "shop.h"
#include "tap.h"

struct verb {
	struct refusal_new new;
	struct refusal got;
	struct id id, order;
	int days;
};

static enum err
keep(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return refusal_keep(tx, &v->new, &v->id);
}

static enum err
get(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return refusal_get(tx, &v->id, &v->got);
}

static enum err
placed(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return refusal_placed(tx, &v->id, &v->order);
}

static enum err
dismiss(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return refusal_dismiss(tx, &v->id);
}

static enum err
forget(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return refusal_forget(tx, v->days);
}

static int64_t
count(struct shop *s)
{
	return shop_int(
	    s, "SELECT COUNT(*) FROM intake_refusals WHERE tenant_id = $1");
}

static void
test_refusals(struct testdb *t)
{
	static const char body[] = "{\"items\":[]}\0\xff tail";
	static char huge[REFUSAL_BODY_MAX + 1000];
	struct problems reasons;
	struct order_taken taken;
	struct verb v = {.days = 90};
	struct shop s;
	struct id first;

	shop_open(&s, t, "acme");
	problems_init(&reasons, t->arena);
	problem_add(&reasons, "items[0].qty", "out_of_range", "Not \"%s\".",
	    "\xc3\xbc");
	v.new = (struct refusal_new){
	    .source = "api",
	    .payment_intent_id = "pi_1",
	    .http_status = 422,
	    .reasons = &reasons,
	    .body = body,
	    .body_len = sizeof(body) - 1,
	};
	is_int(shop_run(&s, keep, &v), OK, "a refused call is kept");
	first = v.id;
	is_str(shop_text(&s, "SELECT reasons FROM intake_refusals "
			     "WHERE tenant_id = $1"),
	    "[{\"field\":\"items[0].qty\",\"code\":\"out_of_range\","
	    "\"message\":\"Not \\\"\xc3\xbc\\\".\"}]",
	    "with its reasons");
	is_int(shop_run(&s, get, &v), OK, "it can be read");
	ok(v.got.body_len == sizeof(body) - 1 &&
		memcmp(v.got.body, body, sizeof(body) - 1) == 0,
	    "to the byte");
	is_int(shop_run(&s, keep, &v), OK, "the same call again");
	is_str(v.id.s, first.s, "is the same row");
	is_int(shop_int(&s, "SELECT seen_count FROM intake_refusals "
			    "WHERE tenant_id = $1"),
	    2, "seen twice");
	v.new.http_status = 409;
	is_int(shop_run(&s, keep, &v), OK, "refused for another reason");
	is_int(count(&s), 2, "it is another row");

	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	v.id = first;
	v.order = taken.order;
	is_int(shop_run(&s, placed, &v), OK, "staff have placed it");
	is_int(shop_run(&s, placed, &v), E_CONFLICT, "once");
	is_int(
	    shop_run(&s, dismiss, &v), E_CONFLICT, "and it can't be dismissed");
	is_int(shop_run(&s, get, &v), OK, "it is kept");
	ok(strcmp(v.got.status, "placed") == 0 &&
		strcmp(v.got.order.s, taken.order.s) == 0,
	    "and names its order");
	v.new.http_status = 422;
	is_int(shop_run(&s, keep, &v), OK, "the same call after that");
	is_int(count(&s), 3, "is a new case");
	is_int(shop_run(&s, dismiss, &v), OK, "which is dismissed");
	v.id = id_new(1);
	is_int(shop_run(&s, get, &v), E_NOTFOUND, "what is not there");

	memset(huge, 'x', sizeof(huge));
	v.new.body = huge;
	v.new.body_len = sizeof(huge);
	v.new.payment_intent_id = NULL;
	is_int(shop_run(&s, keep, &v), OK, "a huge call is kept");
	is_int(shop_run(&s, get, &v), OK, "and read");
	is_int((int64_t)v.got.body_len, REFUSAL_BODY_MAX, "up to the limit");
	is_int(shop_int(&s, "SELECT MAX(body_bytes) FROM intake_refusals "
			    "WHERE tenant_id = $1"),
	    sizeof(huge), "its size is known");
	clock_freeze(SHOP_NOW + 90 * 86400);
	is_int(shop_run(&s, forget, &v), OK, "on the 90th day");
	is_int(count(&s), 4, "all are there");
	clock_freeze(SHOP_NOW + 90 * 86400 + 1);
	is_int(shop_run(&s, forget, &v), OK, "after it");
	is_int(count(&s), 0, "they are forgotten");
}

int
main(void)
{
	testdb_each(test_refusals);
	return tap_done();
}
