/* order.h - from a paid order to subscriptions, invoice, payment and tasks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An order is made once per payment intent.  It is checked against the
 * catalogue; without a reason to wait it is fulfilled in the same transaction,
 * otherwise it stands in `review` with its reasons until staff decide.  The
 * money, where it is known to have arrived, is recorded either way.
 */
#ifndef MPANEL_ORDERS_ORDER_H
#define MPANEL_ORDERS_ORDER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "billing/customer.h"
#include "billing/refund_all.h"
#include "catalog/product.h"
#include "hosting/placement.h"
#include "orders/intake.h"
#include "store/store.h"

enum order_status {
	ORDER_VERIFYING,
	ORDER_REVIEW,
	ORDER_AWAITING_PAYMENT, /* placed by hand, its invoice is open */
	ORDER_PROCESSING,
	ORDER_COMPLETED,
	ORDER_FAILED,
	ORDER_CANCELLED,
	ORDER_REFUNDED,
	ORDER__MAX
};
extern const char *const order_status_names[ORDER__MAX];
/* E.g. of a row's text; asserts that it is one. */
enum order_status order_status_of(const char *word);

/* What is known about the money of an intake. */
enum money_state {
	MONEY_TRUSTED, /* no Stripe key: the caller's word */
	MONEY_PENDING, /* Stripe gave no answer yet */
	MONEY_ASKED,   /* Stripe answered: the members below */
	MONEY_BY_HAND, /* staff have it: means to reference say how */
	MONEY_NONE     /* none is due, or not yet */
};
struct money {
	enum money_state state;
	bool is_known; /* Stripe has such an intent */
	bool is_succeeded;
	bool is_live;
	bool wants_live; /* setting stripe_livemode */
	int64_t received_minor;
	const char *currency;
	const char *means, *received_on, *reference; /* see payment.h */
};

struct order_item {
	struct id id;
	int64_t position; /* 1.. */
	const char *product_code;
	bool is_known;
	struct product product; /* when known */
	int64_t quantity;
	enum period period;
	int64_t unit_price_minor; /* per unit, before the coupon */
	int64_t discount_minor;	  /* that it took off the line */
	int64_t coupon_minor;	  /* that it should have */
	bool is_price_given;	  /* by the caller */
	bool is_own_price;	  /* by staff: it need not be the catalogue's */
	bool is_sold;		  /* for this period and currency */
	struct price price;	  /* when sold */
	const char *domain;	  /* as written, or NULL */
	const char *wanted_domain; /* its own or the order's, or NULL */
	const char *site_domain;   /* canonical and fit, or NULL */
	bool is_preview;	   /* site_domain is a name that we made */
	struct placement place;	   /* of its website */
};

struct order {
	struct id id;
	const char *number;
	enum order_status status;
	struct customer customer;
	const char *payment_intent_id;
	const char *currency;
	int64_t total_minor; /* with the discount taken off */
	int64_t discount_minor;
	const char *primary_domain;
	const char *coupon_code;
	/* that took something off, and whose use is to be counted; or NULL */
	const struct coupon *coupon;
	const char *placed_by; /* by hand, by this person; or NULL */
	const char *notes;     /* of that person; or NULL */
	struct order_item *item;
	size_t n_items;
	int64_t version;
};

/* A reason to wait for a person. */
struct order_reason {
	int64_t item; /* position, 0: the whole order */
	const char *code;
	const char *message; /* English, as it is kept */
	const char *said;    /* in the reader's language, as far as it can be */
};
#define ORDER_REASONS_MAX 256
struct order_reasons {
	struct order_reason reason[ORDER_REASONS_MAX];
	size_t n;
};

/* ---- taking an order in ---- */

struct order_taken {
	struct id order;
	bool is_replay;	 /* this intent was taken before ... */
	bool is_same;	 /* ... with the same body */
	int http_status; /* 201 or 202 (of the first answer) */
	/* JSON text behind `"replayed":...,`; known when the transaction has
	 * been committed (or settled). */
	const char *answer;
	enum order_status status;
};
/* In one transaction, idempotency row first.  A replay writes nothing. */
enum err order_take(struct tx *tx, const struct intake *in,
    const struct money *money, struct order_taken *out) MUST_USE;
/* What an intent has become, without writing; E_NOTFOUND: nothing yet. */
enum err order_replay(
    struct tx *tx, const struct intake *in, struct order_taken *out) MUST_USE;

/* Stripe has answered about an order in `verifying`: place it or hold it.
 * An order in another state is left alone. */
enum err order_confirm(
    struct tx *tx, const struct id *order, const struct money *money) MUST_USE;

/* Stripe never answered: an order in `verifying` is held for staff, who read
 * why. */
enum err order_not_verified(
    struct tx *tx, const struct id *order, const char *why) MUST_USE;

/* ---- decisions of staff ---- */

/* review -> processing, honouring the prices that were paid.  E_INPUT with a
 * problem for each item that can't be fulfilled as it is (correct it first). */
enum err order_accept(struct tx *tx, const struct id *order) MUST_USE;

struct order_correction {
	int64_t position;
	const char *product_code; /* NULL: as it was */
	const char *domain;	  /* NULL: as it was, "": none */
	const char *period;	  /* NULL: as it was */
	int64_t quantity;	  /* 0: as it was */
};
/* Change items of an order in review and check it again; it stays in review
 * until it is accepted.  E_INPUT names what is wrong with the correction.
 * E_CONFLICT with a problem: it is not in review, or it has been invoiced and
 * something else than a domain would change. */
enum err order_correct(struct tx *tx, const struct id *order,
    const struct order_correction *c, size_t n) MUST_USE;

/* Stop what runs, end its subscriptions, take down its sites, and give the
 * money back (refund; cancel: only an order of whose money none is here).  What
 * the customer's credit paid goes back to it.  pay_back: a Stripe key is set;
 * *minor_out is what goes back as money. */
enum err order_refund(struct tx *tx, const struct id *order, bool pay_back,
    const char *reason, int64_t *minor_out) MUST_USE;
enum err order_cancel(
    struct tx *tx, const struct id *order, const char *reason) MUST_USE;
/* Refuse what order_refund() would refuse, and change nothing: the order,
 * locked, and what it would give back. */
enum err order_check_refund(struct tx *tx, const struct id *order,
    struct order *out, struct refund_all *terms) MUST_USE;

/* ---- reading ---- */

/* The order with customer and items, locked in a writing transaction. */
enum err order_get(
    struct tx *tx, const struct id *order, struct order *out) MUST_USE;
/* Its open reasons. */
enum err order_reasons_get(
    struct tx *tx, const struct id *order, struct order_reasons *out) MUST_USE;
/* The members of the intake's answer as they are now, behind `"replayed":`:
 * `"orderId":...}` text in tx->arena. */
enum err order_answer(
    struct tx *tx, const struct id *order, const char **answer_out) MUST_USE;

/* What has become of an order, as the members invoice, subscriptions,
 * provisioningTasks and problems of an open JSON object. */
enum err order_write_made(
    struct tx *tx, struct json_out *w, const struct id *order) MUST_USE;

/* Facts of other rooms: an order whose tasks are all done is completed, one
 * with a task that was given up is failed, until that one is tried again. */
/* A site that had no name has one: so has its item. */
enum err order_site_named(
    struct tx *tx, const struct id *subscription) MUST_USE;
enum err order_task_succeeded(struct tx *tx, const struct id *task) MUST_USE;
enum err order_task_failed(struct tx *tx, const struct id *task) MUST_USE;
enum err order_task_retried(struct tx *tx, const struct id *task) MUST_USE;

#endif
