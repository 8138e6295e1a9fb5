/* receipt_pages.c - money that came, as its receipt shows it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/receipt_pages.h"

#include "base/clock.h"
#include "base/text.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_show_pages.h"
#include "billing/ledger.h"
#include "billing/payment_said.h"
#include "face/show.h"

const char *
payment_how(const char *method, const char *means)
{
	return str_eq(method, "stripe") ? "Online, by Stripe"
					: payment_means_label(means);
}

static void
read_row(struct request *rq, const struct rows *r, struct shown_receipt *out)
{
	char day[11];

	date_iso(row_int(r, 9), day);
	*out = (struct shown_receipt){
	    .id = row_id(r, 0),
	    .invoice = row_id(r, 1),
	    .number = row_strdup(r, 2),
	    .amount = row_int(r, 3),
	    .refunded = row_int(r, 4),
	    .currency = row_strdup(r, 5),
	    .reference = row_strdup(r, 6),
	    .how = payment_how(row_text(r, 7), row_text(r, 8)),
	    .created_at = row_int(r, 9),
	    .day = row_is_null(r, 10) ? arena_strdup(rq->arena, day)
				      : row_strdup(r, 10),
	    .seller = row_strdup(r, 11),
	    .buyer = row_strdup(r, 12),
	    .customer = row_id(r, 13),
	    .status = row_strdup(r, 14),
	    .credit = row_int(r, 15),
	};
}

enum err
shown_receipt_get(
    struct request *rq, const struct id *payment, struct shown_receipt *out)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT y.id, y.invoice_id, i.number, y.amount_minor, "
	    "y.refunded_minor, y.currency, CASE WHEN y.method = 'manual' "
	    "THEN y.reference ELSE y.transaction_id END, y.method, "
	    "y.means, y.created_at, y.received_on, i.seller, i.buyer, "
	    "y.customer_id, y.status, "
	    "(SELECT SUM(t.amount_minor) FROM ledger_entries n "
	    "JOIN ledger_transfers t ON t.tenant_id = n.tenant_id "
	    "AND t.entry_id = n.id JOIN ledger_accounts a "
	    "ON a.tenant_id = t.tenant_id AND a.id = t.credit_account_id "
	    "AND a.code = $3 WHERE n.tenant_id = y.tenant_id "
	    "AND n.kind = 'allocation' AND n.subject_id = y.id) "
	    "FROM payments y LEFT JOIN invoices i "
	    "ON i.tenant_id = y.tenant_id AND i.id = y.invoice_id "
	    "WHERE y.tenant_id = $1 AND y.id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(payment),
	    DB_TEXT(account_info(ACCOUNT_CREDIT)->code));

	if (e != OK)
		return e;
	read_row(rq, &r, out);
	return rows_done(&r);
}

/* ---- on paper ---- */

/* As on the invoice; money that is held has none, and the parties of now. */
static enum err
say_parties(
    struct request *rq, const struct shown_receipt *s, struct paper *paper)
{
	const char *seller = s->seller, *buyer = s->buyer;
	struct customer c;
	struct rows r;
	enum err e;

	if (!seller && ((e = invoice_seller_ask(rq->tx, &r)) != OK ||
			   (e = invoice_seller_read(&r, &seller)) != OK ||
			   (e = customer_get(rq->tx, &s->customer, &c)) != OK ||
			   (e = invoice_buyer(rq->tx, &c, &buyer)) != OK))
		return e;
	invoice_say_party(rq, &paper->from, seller);
	invoice_say_party(rq, &paper->to, buyer);
	paper->seller =
	    paper->from.n > 0 ? paper->from.line[0].text : rq->tenant_name;
	return OK;
}

static void
say_sums(struct request *rq, const struct shown_receipt *s, struct paper *paper)
{
	if (s->credit > 0)
		said_add(&paper->sums, "Of it kept as credit",
		    show_money(rq->arena, s->credit, s->currency), false);
	if (s->refunded > 0)
		said_add(&paper->sums, "Given back since",
		    show_money(rq->arena, -s->refunded, s->currency), false);
	paper->total_label =
	    arena_printf(rq->arena, "Received, %s", s->currency);
	paper->total = show_money(rq->arena, s->amount, s->currency);
}

static enum err
fill_paper(
    struct request *rq, const struct shown_receipt *s, struct paper *paper)
{
	struct paper_line *line = ARENA_NEW(rq->arena, struct paper_line);

	if (!line)
		return E_BUSY;
	paper->title = "Receipt";
	paper->number = s->number ? s->number : s->reference;
	paper->notes = "";
	paper->written_at = s->created_at;
	said_add(&paper->dates, NULL,
	    arena_printf(rq->arena, "Received %s", invoice_date(rq, s->day)),
	    false);
	said_add(&paper->dates, NULL, s->how, false);
	*line = (struct paper_line){
	    .text = s->number ? arena_printf(rq->arena, "Payment of invoice %s",
				    s->number)
			      : "Payment",
	    .period = s->reference[0] ? s->reference : NULL,
	    .qty = "",
	    .each = "",
	    .rate = "",
	    .net = show_money(rq->arena, s->amount, s->currency),
	};
	paper->line = line;
	paper->n_lines = 1;
	say_sums(rq, s, paper);
	return say_parties(rq, s, paper);
}

enum err
show_receipt_pdf(struct request *rq)
{
	struct paper *paper = ARENA_NEW(rq->arena, struct paper);
	struct shown_receipt s;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = shown_receipt_get(rq, &id, &s)) != OK)
		return e;
	if (!paper)
		return E_BUSY;
	e = fill_paper(rq, &s, paper);
	return e == OK ? paper_reply(rq, paper,
			     arena_printf(rq->arena, "receipt-%s-%s",
				 s.number ? s.number : "payment", s.day))
		       : e;
}
