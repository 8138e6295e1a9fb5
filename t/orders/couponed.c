/* couponed.c - orders with a coupon, for tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "couponed.h"
#include "tap.h"

int64_t
uses(struct shop *s, const char *code)
{
	return shop_int(s,
	    "SELECT uses FROM coupons WHERE tenant_id = $1 AND code = $2",
	    DB_TEXT(code));
}

int64_t
all_uses(struct shop *s)
{
	return shop_int(
	    s, "SELECT SUM(uses) FROM coupons WHERE tenant_id = $1");
}

void
set(struct shop *s, const char *code, const char *what)
{
	if (shop_exec(s,
		arena_printf(s->t->arena,
		    "UPDATE coupons SET %s WHERE tenant_id = $1 AND code = $2 "
		    "AND deleted_at IS NULL",
		    what),
		DB_TEXT(code)) != OK)
		bail("%s", what);
}

enum order_status
take(struct shop *s, const char *intent, const char *items, const char *domain,
    struct order_taken *out)
{
	static struct order_taken mine;
	struct order_taken *taken = out ? out : &mine;

	if (shop_take(s, shop_body(s, intent, "a@b.test", items, domain), NULL,
		taken) != OK)
		bail("%s is not taken in", intent);
	return taken->status;
}

int64_t
discount(struct shop *s, const char *intent, int64_t position)
{
	return shop_int(s,
	    "SELECT x.discount_minor FROM order_items x JOIN orders o "
	    "ON o.tenant_id = x.tenant_id AND o.id = x.order_id "
	    "WHERE o.tenant_id = $1 AND o.payment_intent_id = $2 "
	    "AND x.position = $3",
	    DB_TEXT(intent), DB_INT(position));
}

const char *
reasons(struct shop *s, const char *intent)
{
	const char *text = "", *code;

	for (int64_t i = 0;; i++) {
		code = shop_text(s,
		    "SELECT p.code FROM order_problems p JOIN orders o "
		    "ON o.tenant_id = p.tenant_id AND o.id = p.order_id "
		    "WHERE o.tenant_id = $1 AND o.payment_intent_id = $2 "
		    "AND p.resolved_at IS NULL ORDER BY p.id "
		    "LIMIT 1 OFFSET $3",
		    DB_TEXT(intent), DB_INT(i));
		if (!code)
			return text;
		text = arena_printf(s->t->arena, "%s%s ", text, code);
	}
}
