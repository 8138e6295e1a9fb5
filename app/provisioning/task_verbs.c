/* task_verbs.c - what staff do to a task.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "provisioning/task_verbs.h"

#include "base/error.h"
#include "provisioning/task.h"
#include "provisioning/tasks_noun.h"

static enum err
retry(const struct verb_call *c)
{
	return task_retry(c->tx, &c->id);
}

static enum err
cancel(const struct verb_call *c)
{
	return task_cancel(c->tx, &c->id, "Cancelled by staff.");
}

static const char *const over[] = {"failed", "cancelled", NULL};
static const char *const not_done[] = {
    "failed", "pending", "in_progress", NULL};

const struct verb task_verbs[] = {
    {
	.noun = &tasks_noun,
	.name = "retry",
	.label = "Retry",
	.icon = "retry",
	.done = "Started again from the first attempt.",
	.perm = PERM_TASKS_WRITE,
	.flags = VERB_FIRST,
	.from = over,
	.run = retry,
    },
    {
	.noun = &tasks_noun,
	.name = "cancel",
	.label = "Cancel",
	.done = "Cancelled. If the agent has finished it meanwhile, that is "
		"undone.",
	.perm = PERM_TASKS_WRITE,
	.from = not_done,
	.run = cancel,
    },
    {.noun = NULL},
};
