/* subscription_verbs.c - what staff do to a subscription alone.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What changes its website with it is in hosting/hosting_verbs.c.
 */
#include "config.h"
#include "billing/subscription_verbs.h"

#include "base/error.h"
#include "billing/billing_nouns.h"
#include "billing/subscription_end.h"

static const struct field end_fields[] = {
    {"reason", "reason", FIELD_WORD, NEW, NULL, .label = "Why",
	.choice = end_reasons},
    {"note", "note", FIELD_AREA, NEW, NULL, .label = "In their own words",
	.hint = "The customer can see it.", .max = END_NOTE_MAX},
};
static const struct noun end = VERB_ARGS("end", end_fields);

static enum err
cancel(const struct verb_call *c)
{
	return subscription_cancel_at_end(c->tx, &c->id,
	    &(struct subscription_end){
		.reason = verb_arg(c, "reason"), .note = verb_arg(c, "note")});
}

static enum err
resume(const struct verb_call *c)
{
	return subscription_keep(c->tx, &c->id);
}

static const char *const living[] = {
    "trialing", "active", "past_due", "suspended", "paused", NULL};

const struct verb subscription_verbs[] = {
    {
	.noun = &subscriptions_noun,
	.name = "cancel",
	.label = "Cancel…",
	.icon = "ban",
	.ask = "Cancel %s at the end of what is paid for?",
	.text = "It works until then, and nothing is billed for it any more. "
		"Then it ends by itself: its website and the backups of it are "
		"taken down. Until that day it can be taken back. The customer "
		"gets a mail.",
	.yes = "Cancel %s",
	.no = "Let it go on",
	.done = "%s is cancelled.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.flags = VERB_DANGER,
	.from = living,
	.if_unset = "endsOn",
	.args = &end,
	.run = cancel,
    },
    {
	.noun = &subscriptions_noun,
	.name = "resume",
	.label = "Keep it…",
	.icon = "retry",
	.ask = "Keep %s after all?",
	.text = "It goes on and is billed as before. The customer gets a mail.",
	.yes = "Keep %s",
	.no = "Leave it cancelled",
	.done = "%s goes on.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.from = living,
	.if_set = "endsOn",
	.run = resume,
    },
    {.noun = NULL},
};
