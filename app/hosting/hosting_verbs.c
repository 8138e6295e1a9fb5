/* hosting_verbs.c - what is done to websites, and to subscriptions with them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A subscription and its website change together, so its verbs are here and not
 * in billing/.  A task is queued; the website's row follows when its agent has
 * reported.
 */
#include "config.h"
#include "hosting/hosting_verbs.h"

#include "base/error.h"
#include "billing/billing_nouns.h"
#include "billing/subscription.h"
#include "hosting/hosting_nouns.h"
#include "hosting/removal.h"
#include "hosting/restore.h"
#include "hosting/website.h"

/* ---- what is asked ---- */

static const struct field why_fields[] = {
    {"reason", "reason", FIELD_TEXT, NEW, NULL, .label = "Reason",
	.hint = "The customer does not see it.", .max = 500},
};
static const struct noun why = VERB_ARGS("reason", why_fields);

static const char *
reason_of(const struct verb_call *c)
{
	const char *reason = verb_arg(c, "reason");

	return reason[0] ? reason : "By staff.";
}

/* ---- websites ---- */

static enum err
suspend_website(const struct verb_call *c)
{
	return website_suspend(c->tx, &c->id, reason_of(c));
}

static enum err
unsuspend_website(const struct verb_call *c)
{
	return website_unsuspend(c->tx, &c->id);
}

static enum err
remove_website(const struct verb_call *c)
{
	return website_remove(c->tx, &c->id, reason_of(c));
}

/* ---- backups ---- */

static enum err
restore_backup(const struct verb_call *c)
{
	struct id website, task;
	struct rows r;
	enum err e = db_one(c->tx, &r,
	    "SELECT website_id FROM backups WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&c->tx->tenant), DB_ID(&c->id));

	if (e != OK)
		return e;
	website = row_id(&r, 0);
	e = rows_done(&r);
	return e == OK ? website_restore(c->tx, &website, &c->id, &task) : e;
}

/* ---- subscriptions ---- */

static enum err
suspend(const struct verb_call *c)
{
	enum err e = subscription_suspend(c->tx, &c->id);

	return e == OK
		   ? hosting_suspend_subscription(c->tx, &c->id, reason_of(c))
		   : e;
}

static enum err
reactivate(const struct verb_call *c)
{
	enum err e = subscription_reactivate(c->tx, &c->id);

	return e == OK ? hosting_unsuspend_subscription(c->tx, &c->id) : e;
}

static const char *const running[] = {"active", NULL};
static const char *const on_hold[] = {"suspended", NULL};
static const char *const there[] = {
    "pending", "active", "suspended", "failed", NULL};
static const char *const verified[] = {"ok", NULL};
static const char *const billed[] = {"active", "past_due", NULL};

const struct verb hosting_verbs[] = {
    {
	.noun = &websites_noun,
	.name = "suspend",
	.label = "Suspend…",
	.icon = "pause",
	.ask = "Suspend %s?",
	.text = "It will show a notice within a minute. Data and mail stay. "
		"You can reactivate at any time.",
	.yes = "Suspend %s",
	.no = "Keep it running",
	.done = "%s is being suspended.",
	.all = "%s are being suspended.",
	.perm = PERM_WEBSITES_WRITE,
	.flags = VERB_DANGER,
	.from = running,
	.args = &why,
	.run = suspend_website,
    },
    {
	.noun = &websites_noun,
	.name = "unsuspend",
	.label = "Unsuspend…",
	.icon = "retry",
	.ask = "Put %s back?",
	.text = "It answers again within a minute, as it was.",
	.yes = "Put %s back",
	.no = "Leave it suspended",
	.done = "%s is being put back.",
	.all = "%s are being put back.",
	.perm = PERM_WEBSITES_WRITE,
	.from = on_hold,
	.run = unsuspend_website,
    },
    {
	.noun = &websites_noun,
	.name = "remove",
	.label = "Remove…",
	.icon = "x",
	.ask = "Remove %s?",
	.text = "Its files are taken off the server. The order and its invoice "
		"stay on record. You can’t undo this.",
	.yes = "Remove %s",
	.no = "Keep the website",
	.done = "%s is being removed.",
	.all = "%s are being removed.",
	.perm = PERM_WEBSITES_WRITE,
	.flags = VERB_DANGER,
	.from = there,
	.args = &why,
	.run = remove_website,
	.look = removal_look,
    },
    {
	.noun = &backups_noun,
	.name = "restore",
	.label = "Restore…",
	.icon = "retry",
	.ask = "Restore %s?",
	.text = "Its files become those of this backup. What is there now is "
		"kept on its server for 7 days, where no visitor sees it. "
		"Databases stay as they are.",
	.yes = "Restore %s",
	.no = "Leave it as it is",
	.done = "%s is being restored.",
	.perm = PERM_WEBSITES_WRITE,
	.flags = VERB_DANGER,
	.from = verified,
	.run = restore_backup,
    },
    {
	.noun = &subscriptions_noun,
	.name = "suspend",
	.label = "Suspend…",
	.icon = "pause",
	.ask = "Suspend %s?",
	.text = "Its website shows a notice within a minute, and it is not "
		"billed. Data and mail stay. You can reactivate at any time.",
	.yes = "Suspend %s",
	.no = "Keep it running",
	.done = "%s is suspended.",
	.all = "%s are suspended.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.flags = VERB_DANGER,
	.from = billed,
	.args = &why,
	.run = suspend,
    },
    {
	.noun = &subscriptions_noun,
	.name = "reactivate",
	.label = "Reactivate…",
	.icon = "retry",
	.ask = "Reactivate %s?",
	.text = "Its website answers again within a minute, and it is billed "
		"as before.",
	.yes = "Reactivate %s",
	.no = "Leave it suspended",
	.done = "%s is active again.",
	.all = "%s are active again.",
	.perm = PERM_SUBSCRIPTIONS_WRITE,
	.from = on_hold,
	.run = reactivate,
    },
    {.noun = NULL},
};
