/* payment.h - money that came in, where it went, and how it goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_PAYMENT_H
#define MPANEL_BILLING_PAYMENT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "billing/invoice.h"
#include "store/store.h"

struct payment_new {
	struct id customer;
	struct id order;	    /* may be unset */
	const char *method;	    /* "stripe", "manual" */
	const char *transaction_id; /* unique per method: the intent */
	/* Of "manual": see payment_said.h.  NULL: not said. */
	const char *means, *received_on, *reference;
	int64_t amount_minor; /* > 0 */
	const char *currency;
	const struct ledger_accounts *accounts; /* NULL: looked up */
};
/* Record money received: processor -> deposits, not applied to anything yet.
 * E_CONFLICT: this transaction has been recorded before. */
enum err payment_receive(
    struct tx *tx, const struct payment_new *p, struct id *out) MUST_USE;

/* Record money received that pays a booked invoice before it is issued, of
 * the same customer and currency and in full. */
enum err payment_receive_for(
    struct tx *tx, const struct payment_new *p, struct invoice *inv) MUST_USE;

/* Apply a payment to an issued invoice of the same customer and currency: as
 * much as is due; what is over becomes the customer's credit.  Once each.
 * E_CONFLICT with a problem: their credit is kept in another currency. */
enum err payment_apply(
    struct tx *tx, const struct id *payment, const struct id *invoice) MUST_USE;

/* The payment of an order; E_NOTFOUND when there is none. */
enum err payment_of_order(
    struct tx *tx, const struct id *order, struct id *out) MUST_USE;

/* Give back what is left of a payment.  Books it and, when pay_back (a Stripe
 * key is set), asks the outbox to return it at Stripe; otherwise the refund
 * is `manual`: staff return it by hand.  *refund_out is unset when nothing
 * was left. */
enum err payment_refund(struct tx *tx, const struct id *payment, bool pay_back,
    const char *reason, struct id *refund_out, int64_t *minor_out) MUST_USE;

/* A part of one that was applied to an invoice, or is held for none, asked for
 * by staff.  First goes back what the customer has as credit from that invoice
 * (paid too much, or credited), then revenue and tax in its proportion.  Of an
 * open invoice it is owed again. */
struct refund_asked {
	int64_t amount_minor; /* 0: all that is left */
	const char *reason;
	int64_t version; /* of the payment; 0: whatever is there */
};
struct refund_terms {
	int64_t amount_minor; /* that will go back */
	int64_t left_minor;   /* that could at most */
	int64_t before_minor; /* of its invoice and order, went back already */
	const char *currency, *title; /* of what: "INV-2026-000001" */
	bool by_stripe;		      /* otherwise a person pays it back */
	bool is_open;		      /* its invoice: it is owed again then */
};
/* What it would do, locked unless the transaction only reads: E_INPUT,
 * E_CONFLICT with problems. */
enum err payment_refund_terms(struct tx *tx, const struct id *payment,
    const struct refund_asked *asked, struct refund_terms *out) MUST_USE;
enum err payment_refund_part(struct tx *tx, const struct id *payment,
    const struct refund_asked *asked, bool pay_back,
    struct id *refund_out) MUST_USE;

#endif
