/* summary.h - how the company does, and what waits for a person.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One read for the dashboard and for the API's summary.  Money is in minor
 * units of the tenant's own currency; what is in other currencies is not
 * mixed in.  Revenue is money that was received and applied to an invoice,
 * less what was paid back: what waits in review is still the customer's.
 */
#ifndef MPANEL_ORDERS_SUMMARY_H
#define MPANEL_ORDERS_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "store/store.h"

/* Things of one kind that wait; `since` is the oldest one's instant, 0 when
 * there is none. */
struct summary_wait {
	int64_t n;
	int64_t since;
};

struct summary {
	const char *currency;
	/* since midnight UTC, 29 days ago */
	int64_t revenue_30d_minor;
	int64_t revenue_all_minor;
	/* of subscriptions that are active or past due */
	int64_t mrr_minor, arr_minor;
	int64_t subscriptions; /* active or past due */
	int64_t customers;     /* active */
	int64_t open_invoices, open_minor;

	struct summary_wait review; /* orders held for staff */
	int64_t review_minor;
	struct summary_wait refusals;	  /* open refused intakes */
	struct summary_wait plan_changes; /* asked for by customers */
	struct summary_wait failed_tasks;
	struct summary_wait silent_servers; /* since: last report */
	struct summary_wait dead_jobs;	    /* outbox rows given up */
};
enum err summary_read(struct tx *tx, struct summary *out) MUST_USE;

/* Revenue by UTC day, the oldest first, today last. */
#define SUMMARY_DAYS 30
enum err summary_days(struct tx *tx, int64_t minor_out[SUMMARY_DAYS]) MUST_USE;

/* Do the newest issued invoices owe what the ledger's receivables say?  Looks
 * at a bounded number; `mpanel doctor` looks at all. */
enum err summary_ledger_agrees(struct tx *tx, bool *agrees_out) MUST_USE;

#endif
