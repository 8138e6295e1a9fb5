/* acts.h - what is done in a shop, each act one call that may be made again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	struct act a = {.run = act_take, .body = SHOP_EXAMPLE};
 *
 *	e = a.run(&shop, &a);		// a.taken
 *
 * An act returns what the flow says, which has committed when it is OK.
 */
#ifndef MPANEL_T_ACTS_H
#define MPANEL_T_ACTS_H

#include "shop.h"

struct act {
	enum err (*run)(struct shop *s, struct act *a);
	const char *name;
	/* act_take */
	const char *body;
	const struct money *money; /* NULL: trusted; also act_confirm */
	struct order_taken taken;
	/* accept, correct, refund, cancel, confirm */
	struct id order;
	/* act_claim finds them, act_complete needs them */
	struct id task;
	char token[64];
	bool found, success;
	enum task_verdict verdict;
};

enum err act_take(struct shop *s, struct act *a);
enum err act_accept(struct shop *s, struct act *a);
/* The first item becomes a starter for a year. */
enum err act_correct(struct shop *s, struct act *a);
enum err act_refund(struct shop *s, struct act *a);
enum err act_cancel(struct shop *s, struct act *a);
enum err act_confirm(struct shop *s, struct act *a);
/* Of the shop's own server. */
enum err act_claim(struct shop *s, struct act *a);
enum err act_complete(struct shop *s, struct act *a);

/* Money that Stripe says never came, that it can't tell, and the 29.88 of a
 * starter. */
extern const struct money act_money_none, act_money_later, act_money_starter;

#define ACT_STARTER                                                            \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"
#define ACT_WRONG_PRICE                                                        \
	"{\"productSlug\":\"starter\",\"unitPrice\":19.99,"                    \
	"\"billingPeriod\":\"year\"}"
#define ACT_CONSULTING                                                         \
	"{\"productSlug\":\"consulting\",\"unitPrice\":123.45,"                \
	"\"billingPeriod\":\"once\"}"

#endif
