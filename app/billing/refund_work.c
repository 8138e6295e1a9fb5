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

static enum err
complain(struct work *w, const char *why, enum err e)
{
	w->complaint = arena_strdup(w->arena, why);
	return e;
}

/* A try whose answer was lost may lie longer back than Stripe remembers its
 * key, so it is asked first.  One that failed there needs a key of its own: by
 * the old one Stripe only says again that it failed. */
static enum err
pay_back(struct stripe *stripe, struct paying *p)
{
	struct arena *a = p->work->arena;
	struct stripe_refunds before;
	const char *key = p->refund.s;
	enum err e = stripe_refunds_find(
	    stripe, a, p->intent, p->currency, p->refund.s, &before);

	if (e == OK && before.is_there) {
		p->paid = before.refund;
		return OK;
	}
	if (e == OK && before.n_failed > 0)
		key = arena_printf(a, "%s-%d", p->refund.s, before.n_failed);
	if (e == OK)
		e = stripe_refund_create(stripe, a, p->intent, p->amount_minor,
		    p->currency, p->refund.s, key, &p->paid);
	if (e != OK)
		return complain(p->work, stripe_reason(stripe), e);
	if (stripe_refund_failed(&p->paid))
		return complain(p->work,
		    arena_printf(a, "Stripe could not pay it: %s is %s",
			p->paid.id, p->paid.status),
		    E_CONFLICT);
	return OK;
}

enum err
refund_work(struct work *w)
{
	struct paying p = {.work = w};
	struct stripe *stripe = stripe_client(w->settings);
	enum err e;

	if (!stripe)
		return E_BUSY;
	if ((e = work_do(w, TX_READ, load, &p)) != OK)
		return e;
	if (!str_eq(p.status, "pending"))
		return OK;
	if ((e = pay_back(stripe, &p)) != OK)
		return e;
	return work_do(w, TX_WRITE, record, &p);
}

/* ---- given up ---- */

static enum err
refund_of(struct tx *tx, const struct id *outbox, struct outbox_row *row,
    struct id *refund_out)
{
	enum err e = outbox_get(tx, outbox, row);

	if (e == OK)
		*refund_out = id_of(row->dedupe_key);
	return e;
}

/* `pending` and `failed` stand for the same in the books: the customer is owed
 * it, and it counts as refunded. */
static enum err
set_status(struct tx *tx, const struct id *refund, const char *from,
    const char *status, bool *changed_out)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE refunds SET status = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND status IN ('failed', $5)",
	    DB_ID(&tx->tenant), DB_ID(refund), DB_TEXT(status), DB_INT(tx->now),
	    DB_TEXT(from));

	if (e == OK)
		*changed_out = n > 0;
	return e;
}

static enum err
not_owed(struct tx *tx)
{
	problem_add(tx->problems, "", "conflict",
	    "This refund has been paid back already.");
	return E_CONFLICT;
}

/* A person has paid back what failed here. */
static enum err
settle_by_hand(struct tx *tx, const struct id *refund)
{
	bool changed;
	enum err e = set_status(tx, refund, "failed", "manual", &changed);

	if (e != OK)
		return e;
	return changed ? audit(tx, "refund.by_hand", "refunds", refund, NULL)
		       : not_owed(tx);
}

enum err
refund_dismiss(struct tx *tx, const struct id *outbox)
{
	struct outbox_row row;
	struct id refund;
	bool changed;
	enum err e = refund_of(tx, outbox, &row, &refund);

	if (e != OK)
		return e;
	if (str_eq(row.status, "cancelled"))
		return settle_by_hand(tx, &refund);
	if ((e = outbox_dismiss(tx, outbox)) != OK ||
	    (e = set_status(tx, &refund, "pending", "failed", &changed)) != OK)
		return e;
	return changed ? audit(tx, "refund.fail", "refunds", &refund, NULL)
		       : OK;
}

enum err
refund_again(struct tx *tx, const struct id *outbox)
{
	struct outbox_row row;
	struct id refund;
	bool changed;
	enum err e = refund_of(tx, outbox, &row, &refund);

	if (e == OK)
		e = set_status(tx, &refund, "pending", "pending", &changed);
	if (e != OK)
		return e;
	if (!changed)
		return not_owed(tx);
	e = outbox_resume(tx, outbox);
	return e == OK ? audit(tx, "refund.retry", "refunds", &refund, NULL)
		       : e;
}

enum err
refund_is_owed(struct tx *tx, const struct id *outbox, bool *out)
{
	struct outbox_row row;
	struct id refund;
	int64_t n;
	enum err e = refund_of(tx, outbox, &row, &refund);

	if (e == OK)
		e = db_int(tx, 0, &n,
		    "SELECT COUNT(*) FROM refunds WHERE tenant_id = $1 "
		    "AND id = $2 AND status = 'failed'",
		    DB_ID(&tx->tenant), DB_ID(&refund));
	if (e == OK)
		*out = n > 0;
	return e;
}

enum err
refunds_owed(struct tx *tx, int64_t *n_out)
{
	return db_int(tx, 0, n_out,
	    "SELECT COUNT(*) FROM refunds "
	    "WHERE tenant_id = $1 AND status = 'failed'",
	    DB_ID(&tx->tenant));
}
