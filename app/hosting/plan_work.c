/* plan_work.c - another plan: of the subscription and of its website together.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/plan_work.h"

#include "billing/billing_nouns.h"
#include "billing/plan_change.h"
#include "billing/plan_changes_noun.h"
#include "catalog/product.h"
#include "hosting/configure.h"
#include "hosting/website_parts.h"
#include "jobs/due.h"

/* ---- carrying it out ---- */

static enum err
change_site(struct tx *tx, const struct plan_change *c)
{
	struct product product;
	struct id website;
	enum err e = website_of_subscription(tx, &c->subscription, &website);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	e = product_get(tx, &c->to, &product);
	if (e != OK)
		return e;
	return website_change_plan(
	    tx, &website, &(struct website_plan){product.code, product.plan});
}

enum err
hosting_carry_out_plan(struct tx *tx, const struct id *change)
{
	struct plan_change c;
	bool done;
	enum err e = plan_change_carry_out(tx, change, &c, &done);

	return e == OK && done ? change_site(tx, &c) : e;
}

enum err
hosting_accept_plan(struct tx *tx, const struct id *change)
{
	struct plan_change c;
	enum err e = plan_change_accept(tx, change, &c);

	return e == OK ? hosting_carry_out_plan(tx, change) : e;
}

/* ---- clockwork ---- */

static const struct due due = {
    .event = "plan_change_failed",
    .noun = "change",
    .find = plan_changes_due,
    .run = hosting_carry_out_plan,
    .later = E_CONFLICT, /* its website is suspended or being changed */
};

enum err
plan_work(struct work *w)
{
	return due_work(w, &due);
}

/* ---- verbs of staff ---- */

static const struct field reason_fields[] = {
    {"reason", "reason", FIELD_TEXT, NEW | REQUIRED, NULL, .label = "Why not",
	.hint = "The customer reads it.", .max = PLAN_REASON_MAX},
};
static const struct noun reason = VERB_ARGS("why_not", reason_fields);
static const struct field plan_fields[] = {
    {"product", "product", FIELD_CODE, NEW | REQUIRED, NULL,
	.label = "Code of the plan",
	.hint = "Of the same kind, and sold for its period and currency."},
};
static const struct noun plan = VERB_ARGS("other_plan", plan_fields);

static enum err
accept(const struct verb_call *c)
{
	return hosting_accept_plan(c->tx, &c->id);
}

static enum err
decline(const struct verb_call *c)
{
	return plan_change_decline(c->tx, &c->id, verb_arg(c, "reason"));
}

/* Asked for and accepted in one. */
static enum err
change_plan(const struct verb_call *c)
{
	struct id change;
	enum err e = plan_change_ask(c->tx, &c->id,
	    &(struct plan_wish){.code = verb_arg(c, "product"), .note = ""},
	    &change);

	return e == OK ? hosting_accept_plan(c->tx, &change) : e;
}

static const char *const asked[] = {"open", NULL};
static const char *const undone[] = {"open", "accepted", NULL};
static const char *const billed[] = {"trialing", "active", "past_due", NULL};

const struct verb plan_verbs[] = {
    {
	.noun = &plan_changes_noun,
	.name = "accept",
	.label = "Accept…",
	.icon = "check",
	.ask = "Accept another plan for %s?",
	.text = "A plan that costs no less is set up on its server at once; a "
		"smaller one when the paid period is over. The new price "
		"holds from the next period on: nothing is charged or paid "
		"back for the running one. The customer gets a mail.",
	.yes = "Accept for %s",
	.no = "Decide later",
	.done = "The other plan for %s is accepted.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.flags = VERB_FIRST,
	.from = asked,
	.run = accept,
    },
    {
	.noun = &plan_changes_noun,
	.name = "decline",
	.label = "Decline…",
	.icon = "x",
	.ask = "Decline another plan for %s?",
	.text = "Nothing is changed. The customer gets a mail with the reason.",
	.yes = "Decline for %s",
	.no = "Decide later",
	.done = "The other plan for %s is declined.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.from = undone,
	.args = &reason,
	.run = decline,
    },
    {
	.noun = &subscriptions_noun,
	.name = "change-plan",
	.label = "Change plan…",
	.icon = "refund",
	.ask = "Change the plan of %s?",
	.text = "As when you accept a customer’s wish: a plan that costs no "
		"less is set up at once, a smaller one when the paid period "
		"is over. The price holds from the next period on.",
	.yes = "Change the plan of %s",
	.no = "Leave it",
	.done = "The plan of %s is changed.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.from = billed,
	.if_unset = "endsOn",
	.args = &plan,
	.run = change_plan,
    },
    {.noun = NULL},
};
