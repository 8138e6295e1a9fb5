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
#include "hosting/placement.h"
#include "store/store.h"

/* A website with what its tasks need. */
struct website {
	struct id id, server, customer, subscription;
	const char *domain, *status, *system_user;
	const char *aliases; /* JSON list of its further names */
	const char *plan;    /* product code of its subscription, or "" */
	const char *customer_name, *customer_email, *server_name;
	bool php;
	const char *php_version;
	int64_t version;
};

struct website_order {
	const char *domain;
	struct placement place;
	const char *code; /* the product's: what the agent calls the plan */
	const char *plan; /* the product's plan, JSON object */
	struct id customer;
	const char *customer_name, *customer_email;
	struct id subscription;
	struct id order;
};
/* The website's row (pending) and its create task; without a server they wait
 * for one, and staff are told.  E_RETRY: another customer has just got the
 * name; run again. */
enum err website_order(struct tx *tx, const struct website_order *w,
    struct website *out, struct id *task_out) MUST_USE;
/* A name for a site on that server that has none, from its product's code.
 * server NULL: there is none yet; such a name is made again when there is. */
const char *website_preview_name(
    struct tx *tx, const char *code, const struct server *server);
bool website_has_no_name(const char *domain);

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
