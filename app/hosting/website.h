/* website.h - sites on servers, and the tasks that make and change them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A verb queues a typed task; the row changes when the agent has reported that
 * the real thing has changed (hosting_kinds.c).
 */
#ifndef MPANEL_HOSTING_WEBSITE_H
#define MPANEL_HOSTING_WEBSITE_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "hosting/server.h"
#include "store/store.h"

struct website_order {
	const char *domain; /* NULL: a preview name made from code */
	const char *code;   /* product code: the preview name and the plan */
	const char *plan;   /* the product's plan, JSON object */
	struct id customer;
	const char *customer_name, *customer_email;
	struct id subscription;
	struct id order;
};
/* The website's row (pending) and its create task.  *domain_out is the name
 * used, in tx->arena. */
enum err website_order(struct tx *tx, const struct website_order *w,
    struct id *website_out, struct id *task_out,
    const char **domain_out) MUST_USE;

/* The customer's live website of that domain; E_NOTFOUND.  *create_task_out is
 * unset when the site exists already. */
enum err website_find(struct tx *tx, const struct id *customer,
    const char *domain, struct id *website_out,
    struct id *create_task_out) MUST_USE;

/* E_CONFLICT with a problem from states where the verb makes no sense. */
enum err website_suspend(
    struct tx *tx, const struct id *website, const char *why) MUST_USE;
enum err website_unsuspend(struct tx *tx, const struct id *website) MUST_USE;
/* What is still to be done to it is cancelled; a site that no agent has begun
 * is removed at once. */
enum err website_remove(
    struct tx *tx, const struct id *website, const char *why) MUST_USE;

/* The website of a subscription, if it has a live one: OK without one. */
enum err hosting_suspend_subscription(
    struct tx *tx, const struct id *subscription, const char *why) MUST_USE;
enum err hosting_unsuspend_subscription(
    struct tx *tx, const struct id *subscription) MUST_USE;
/* Its website and its backups. */
enum err hosting_remove_subscription(
    struct tx *tx, const struct id *subscription, const char *why) MUST_USE;

#endif
