/* website.h - sites on servers, and the tasks that make and change them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_WEBSITE_H
#define MPANEL_HOSTING_WEBSITE_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* The server that gets the next site: active, role web, below its capacity,
 * seen lately before never seen, fewest sites.  E_NOTFOUND: there is none. */
enum err server_place(struct tx *tx, struct id *out) MUST_USE;

struct website_order {
	const char *domain;   /* NULL: a preview name from code */
	const char *code;     /* product code, for the preview name and plan */
	const char *plan;     /* product's plan JSON */
	struct id customer;
	const char *customer_name, *customer_email;
	struct id subscription;
	struct id order;
};
/* The website row (pending) and its create task.  *domain_out is the name
 * used, in tx->arena. */
enum err website_order(struct tx *tx, const struct website_order *w,
    struct id *website_out, struct id *task_out,
    const char **domain_out) MUST_USE;

struct backup_order {
	struct id website;     /* whose backup it is */
	struct id after;       /* that site's create task, or unset */
	const char *plan;      /* {"retentionDays":30} */
	struct id subscription;
	struct id order;
};
enum err backup_order(struct tx *tx, const struct backup_order *b,
    struct id *task_out) MUST_USE;

/* The customer's live website of that domain; E_NOTFOUND. create_task_out is
 * unset when the site exists already. */
enum err website_find(struct tx *tx, const struct id *customer,
    const char *domain, struct id *website_out,
    struct id *create_task_out) MUST_USE;

/* Verbs: each queues its task; the row changes when the agent reports. */
enum err website_suspend(struct tx *tx, const struct id *website,
    const char *why) MUST_USE;
enum err website_unsuspend(struct tx *tx, const struct id *website) MUST_USE;
enum err website_remove(struct tx *tx, const struct id *website,
    const char *why) MUST_USE;
/* The websites and backups of a subscription. */
enum err hosting_suspend_subscription(struct tx *tx,
    const struct id *subscription, const char *why) MUST_USE;
enum err hosting_unsuspend_subscription(struct tx *tx,
    const struct id *subscription) MUST_USE;
enum err hosting_remove_subscription(struct tx *tx,
    const struct id *subscription, const char *why) MUST_USE;

#endif
