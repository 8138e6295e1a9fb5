/* refund_work.c - pay a refund back at Stripe (a kind of `mpanel work`).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/refund_work.h"

#include "base/text.h"
#include "billing/stripe_client.h"
#include "identity/audit.h"
#include "jobs/outbox.h"

struct paying {
	struct work *work;
	struct id refund;
	const char *status, *intent, *currency;
	int64_t amount_minor;
	struct stripe_refund paid;
};

static enum err
load(struct tx *tx, void *arg)
{
	struct paying *p = arg;
	struct outbox_row row;
	struct rows r;
	enum err e = outbox_get(tx, &p->work->ref, &row);

	if (e != OK)
		return e;
	/* the outbox key is the refund's id */
	p->refund = id_of(row.dedupe_key);
	e = db_one(tx, &r,
	    "SELECT f.status, y.transaction_id, f.currency, f.amount_minor "
	    "FROM refunds f JOIN payments y ON y.tenant_id = f.tenant_id "
	    "AND y.id = f.payment_id "
	    "WHERE f.tenant_id = $1 AND f.id = $2",
	    DB_ID(&tx->tenant), DB_ID(&p->refund));
	if (e != OK)
		return e;
	p->status = row_strdup(&r, 0);
	p->intent = row_strdup(&r, 1);
	p->currency = row_strdup(&r, 2);
	p->amount_minor = row_int(&r, 3);
	return rows_done(&r);
}

static enum err
record(struct tx *tx, void *arg)
{
	const struct paying *p = arg;
	enum err e = db_exec(tx,
	    "UPDATE refunds SET status = 'succeeded', remote_ref = $3, "
	    "updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'pending'",
	    DB_ID(&tx->tenant), DB_ID(&p->refund), DB_TEXT(p->paid.id),
	    DB_INT(tx->now));

	return e == OK ? audit(tx, "refund.paid", "refunds", &p->refund, NULL)
		       : e;
}

enum err
refund_work(struct work *w)
{
	struct paying p = {.work = w};
	struct stripe *stripe = stripe_client(w->settings);
	struct tx tx;
	enum err e;

	if (!stripe)
		return E_BUSY;
	work_tx(w, &tx);
	if ((e = tx_run(w->db, TX_READ, &tx, load, &p)) != OK)
		return e;
	if (!str_eq(p.status, "pending"))
		return OK;
	e = stripe_refund_create(stripe, w->arena, p.intent, p.amount_minor,
	    p.currency, p.refund.s, &p.paid);
	if (e != OK) {
		w->complaint = arena_strdup(w->arena, stripe_reason(stripe));
		return e;
	}
	work_tx(w, &tx);
	return tx_run(w->db, TX_WRITE, &tx, record, &p);
}
