/* checkout.c - the ways to Stripe's page: begun, opened, ended.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/checkout.h"

#include "base/clock.h"
#include "base/text.h"
#include "billing/invoice_held.h"
#include "identity/audit.h"

#define NEW_LOOK_S  900	 /* the answer to a session has got lost by then */
#define OPEN_LOOK_S 3600 /* people pay, or don't */

static const char *const words[CHECKOUT__MAX] = {
    [CHECKOUT_NEW] = "new",
    [CHECKOUT_OPEN] = "open",
    [CHECKOUT_ENDING] = "ending",
    [CHECKOUT_PROCESSING] = "processing",
    [CHECKOUT_PAID] = "paid",
    [CHECKOUT_FAILED] = "failed",
    [CHECKOUT_EXPIRED] = "expired",
};

/* ---- the row ---- */

#define COLUMNS                                                                \
	"c.id, c.invoice_id, c.payment_id, c.status, c.amount_minor, "         \
	"c.currency, c.session_id, c.intent_id, c.url, c.livemode, c.look_at "

static struct checkout
read_row(const struct rows *r)
{
	struct checkout c = {
	    .id = row_id(r, 0),
	    .invoice = row_id(r, 1),
	    .payment = row_id(r, 2),
	    .status = CHECKOUT_NEW,
	    .amount_minor = row_int(r, 4),
	    .currency = row_strdup(r, 5),
	    .session = row_strdup(r, 6),
	    .intent = row_strdup(r, 7),
	    .url = row_strdup(r, 8),
	    .livemode = row_is_null(r, 9) ? -1 : (int)row_int(r, 9),
	    .look_at = row_int(r, 10),
	};

	while (c.status < CHECKOUT__MAX - 1 &&
	       !str_eq(words[c.status], row_text(r, 3)))
		c.status++;
	return c;
}

static enum err
take_row(struct rows *r, struct checkout *out)
{
	*out = read_row(r);
	return rows_done(r);
}

enum err
checkout_get(struct tx *tx, const struct id *checkout, struct checkout *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM invoice_checkouts c "
	    "WHERE c.tenant_id = $1 AND c.id = $2",
	    DB_ID(&tx->tenant), DB_ID(checkout));

	return e == OK ? take_row(&r, out) : e;
}

enum err
checkout_of_session(struct tx *tx, const struct id *invoice,
    const char *session, struct checkout *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM invoice_checkouts c "
	    "WHERE c.tenant_id = $1 AND c.session_id = $2 "
	    "AND c.invoice_id = $3",
	    DB_ID(&tx->tenant), DB_TEXT(session), DB_ID(invoice));

	return e == OK ? take_row(&r, out) : e;
}

enum err
checkout_latest(struct tx *tx, const struct id *invoice, struct checkout *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM invoice_checkouts c "
	    "WHERE c.tenant_id = $1 AND c.invoice_id = $2 "
	    "ORDER BY CASE WHEN c.status = 'processing' THEN 0 ELSE 1 END, "
	    "c.id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	return e == OK ? take_row(&r, out) : e;
}

enum err
checkouts_to_ask(
    struct tx *tx, struct checkout *list, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT " COLUMNS ", CASE WHEN i.status = 'open' THEN 0 ELSE 1 END "
	    "FROM invoice_checkouts c JOIN invoices i ON i.tenant_id = c.tenant_id "
	    "AND i.id = c.invoice_id "
	    "WHERE c.tenant_id = $1 "
	    "AND c.status IN ('new', 'open', 'ending', 'processing') "
	    "AND (c.look_at <= $2 OR c.status = 'open' "
	    "AND i.status <> 'open') ORDER BY c.look_at, c.id LIMIT $3",
	    DB_ID(&tx->tenant), DB_INT(tx->now), DB_INT((int64_t)max));

	if (e != OK)
		return e;
	while (n < max && rows_next(&r)) {
		list[n] = read_row(&r);
		list[n++].is_over = row_int(&r, 11) != 0;
	}
	*n_out = n;
	return rows_done(&r);
}

/* ---- begun ---- */

/* Of an invoice that is locked, so that there are no two who begin. */
static enum err
find_live(struct tx *tx, const struct id *invoice, struct checkout *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM invoice_checkouts c "
	    "WHERE c.tenant_id = $1 AND c.invoice_id = $2 "
	    "AND c.status IN ('new', 'open')",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	return e == OK ? take_row(&r, out) : e;
}

static enum err
refuse_second(struct tx *tx, const struct held_invoice *inv)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM invoice_checkouts WHERE tenant_id = $1 "
	    "AND invoice_id = $2 AND status = 'processing'",
	    DB_ID(&tx->tenant), DB_ID(&inv->id));

	if (e != OK || n == 0)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "Money for %s is on its way already. Banks take some days.",
	    inv->number);
	return E_CONFLICT;
}

/* For another amount than is owed now. */
static enum err
end_live(struct tx *tx, const struct checkout *c)
{
	return db_exec(tx,
	    "UPDATE invoice_checkouts SET status = $3, look_at = $4, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&c->id),
	    DB_TEXT(words[c->session ? CHECKOUT_ENDING : CHECKOUT_EXPIRED]),
	    DB_INT(tx->now));
}

static enum err
insert(struct tx *tx, const struct held_invoice *inv, struct checkout *out)
{
	struct checkout c = {
	    .id = id_new(clock_now_ms()),
	    .invoice = inv->id,
	    .status = CHECKOUT_NEW,
	    .amount_minor = inv->total - inv->settled,
	    .currency = inv->currency,
	    .livemode = -1,
	    .look_at = tx->now + NEW_LOOK_S,
	    .is_new = true,
	};
	enum err e = db_exec(tx,
	    "INSERT INTO invoice_checkouts (tenant_id, id, invoice_id, "
	    "user_id, amount_minor, currency, status, look_at, created_at, "
	    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'new', $7, $8, $8)",
	    DB_ID(&tx->tenant), DB_ID(&c.id), DB_ID(&c.invoice),
	    DB_ID(&tx->actor->id), DB_INT(c.amount_minor), DB_TEXT(c.currency),
	    DB_INT(c.look_at), DB_INT(tx->now));

	if (e == OK)
		*out = c;
	return e;
}

enum err
checkout_begin(struct tx *tx, const struct id *invoice, struct checkout *out)
{
	struct held_invoice inv;
	struct checkout live;
	enum err e;

	if ((e = invoice_hold(tx, invoice, 0, &inv)) != OK ||
	    (e = invoice_must_be(tx, &inv, "open", "be paid")) != OK ||
	    (e = refuse_second(tx, &inv)) != OK)
		return e;
	e = find_live(tx, invoice, &live);
	if (e == OK && live.amount_minor == inv.total - inv.settled) {
		*out = live;
	} else {
		if (e == OK)
			e = end_live(tx, &live);
		if (e == OK || e == E_NOTFOUND)
			e = insert(tx, &inv, out);
	}
	return e == OK ? audit(tx, "invoice.checkout", "invoices", invoice,
			     audit_detail(tx->arena, "checkout", out->id.s))
		       : e;
}

/* ---- opened, ended ---- */

enum err
checkout_opened(struct tx *tx, const struct id *checkout,
    const struct stripe_session *s, bool *live_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "UPDATE invoice_checkouts SET session_id = $3, url = $4, "
	    "livemode = $5, status = CASE status WHEN 'new' THEN 'open' "
	    "WHEN 'expired' THEN 'ending' ELSE status END, "
	    "look_at = CASE status WHEN 'new' THEN CAST($6 AS bigint) "
	    "ELSE CAST($7 AS bigint) END, "
	    "version = version + 1, updated_at = $7 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "RETURNING CASE WHEN status = 'open' THEN 1 ELSE 0 END",
	    DB_ID(&tx->tenant), DB_ID(checkout), DB_TEXT(s->id),
	    DB_TEXT(s->url), DB_INT(s->livemode ? 1 : 0),
	    DB_INT(tx->now + OPEN_LOOK_S), DB_INT(tx->now));

	if (e != OK)
		return e;
	*live_out = row_int(&r, 0) == 1;
	return rows_done(&r);
}

enum err
checkout_expired(struct tx *tx, const struct id *checkout)
{
	return db_exec(tx,
	    "UPDATE invoice_checkouts SET status = 'expired', url = NULL, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('new', 'open', 'ending')",
	    DB_ID(&tx->tenant), DB_ID(checkout), DB_INT(tx->now));
}

enum err
checkout_failed(struct tx *tx, const struct id *checkout)
{
	return db_exec(tx,
	    "UPDATE invoice_checkouts SET status = 'failed', url = NULL, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND status <> 'paid'",
	    DB_ID(&tx->tenant), DB_ID(checkout), DB_INT(tx->now));
}

enum err
checkout_look_in(struct tx *tx, const struct id *checkout, int64_t seconds)
{
	return db_exec(tx,
	    "UPDATE invoice_checkouts SET look_at = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(checkout), DB_INT(tx->now + seconds),
	    DB_INT(tx->now));
}
