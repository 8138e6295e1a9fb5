/* invoice_paper_pages.c - an invoice or a credit note as a file: their /pdf.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/invoice_paper.h"
#include "billing/invoice_pdf.h"
#include "billing/invoice_show_pages.h"
#include "billing/invoices_pages.h"
#include "face/show.h"
#include "tenancy/tenant_setting.h"

/* As the company has it now; what it is for is the reference. */
static enum err
say_pay(struct request *rq, const struct shown_invoice *s, const char **out)
{
	const char *bank;
	enum err e = OK;

	*out = NULL;
	if (!str_eq(s->status, "open"))
		return OK;
	e = tenant_setting_text(rq->tx, "bankInstructions", &bank);
	if (e == OK && bank[0])
		*out = arena_printf(
		    rq->arena, "%s\nReference: %s", bank, s->number);
	return e;
}

static enum err
fill_paper(
    struct request *rq, const struct shown_invoice *s, struct paper *paper)
{
	struct paper_line *line;
	enum err e;

	if ((e = say_pay(rq, s, &paper->pay)) != OK)
		return e;
	paper->title = str_eq(s->status, "draft") ? "Draft" : "Invoice";
	paper->number = s->number ? s->number : "Not issued yet";
	paper->notes = s->notes ? s->notes : "";
	paper->written_at = s->issued_at ? s->issued_at : s->created_at;
	if ((e = invoice_say_parties(rq, s, &paper->from, &paper->to)) != OK ||
	    (e = invoice_say_lines(rq, s, &line, &paper->n_lines)) != OK)
		return e;
	paper->line = line;
	paper->seller =
	    paper->from.n > 0 ? paper->from.line[0].text : rq->tenant_name;
	invoice_say_dates(rq, s, &paper->dates);
	invoice_say_sums(
	    rq, s, &paper->sums, &paper->total_label, &paper->total);
	return OK;
}

enum err
paper_reply(struct request *rq, const struct paper *paper, const char *name)
{
	struct buf b;
	enum err e;

	buf_init(&b, 0);
	e = invoice_pdf(paper, &b);
	if (e == OK) {
		reply_bytes(rq, 200, "application/pdf", buf_str(&b), b.len);
		reply_header(rq, "Content-Disposition",
		    arena_printf(
			rq->arena, "inline; filename=\"%s.pdf\"", name));
	}
	buf_fini(&b);
	return e;
}

enum err
show_invoice_pdf(struct request *rq)
{
	struct paper *paper = ARENA_NEW(rq->arena, struct paper);
	struct shown_invoice s;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = shown_invoice_get(rq, &id, &s)) != OK)
		return e;
	if (!paper)
		return E_BUSY;
	e = fill_paper(rq, &s, paper);
	return e == OK ? paper_reply(rq, paper, s.number ? s.number : "draft")
		       : e;
}

/* ---- a credit note ---- */

/* What is taken back stands on one line: the reason. */
static void
fill_sums(struct request *rq, const struct rows *r, struct paper *paper)
{
	const char *currency = row_text(r, 4);
	struct paper_line *line = ARENA_NEW(rq->arena, struct paper_line);

	if (!line)
		return; /* the arena has failed, and with it the request */
	*line = (struct paper_line){
	    .text = row_strdup(r, 3),
	    .qty = "",
	    .each = "",
	    .rate = "",
	    .net = show_money(rq->arena, row_int(r, 5), currency),
	};
	paper->line = line;
	paper->n_lines = 1;
	said_add(&paper->sums, "Net", line->net, false);
	said_add(&paper->sums, "Tax",
	    show_money(rq->arena, row_int(r, 6), currency), false);
	paper->total_label = arena_printf(rq->arena, "Credited, %s", currency);
	paper->total = show_money(rq->arena, row_int(r, 7), currency);
}

static void
fill_note(struct request *rq, const struct rows *r, struct paper *paper)
{
	paper->title = "Credit note";
	paper->number = row_strdup(r, 0);
	paper->notes = "";
	paper->written_at = row_int(r, 2);
	said_add(&paper->dates, NULL,
	    arena_printf(rq->arena, "Written %s",
		show_long_date(rq->arena, paper->written_at)),
	    false);
	said_add(&paper->dates, NULL,
	    arena_printf(rq->arena, "For invoice %s", row_text(r, 1)), false);
	invoice_say_party(rq, &paper->from, row_text(r, 8));
	invoice_say_party(rq, &paper->to, row_text(r, 9));
	paper->seller =
	    paper->from.n > 0 ? paper->from.line[0].text : rq->tenant_name;
	fill_sums(rq, r, paper);
}

static enum err
read_note(struct request *rq, const struct id *id, struct paper *paper)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT n.number, i.number, n.created_at, n.reason, n.currency, "
	    "n.net_minor, n.tax_minor, n.total_minor, n.seller, n.buyer "
	    "FROM credit_notes n JOIN invoices i "
	    "ON i.tenant_id = n.tenant_id AND i.id = n.invoice_id "
	    "WHERE n.tenant_id = $1 AND n.id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	fill_note(rq, &r, paper);
	return rows_done(&r);
}

enum err
show_credit_pdf(struct request *rq)
{
	struct paper *paper = ARENA_NEW(rq->arena, struct paper);
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK)
		return e;
	if (!paper)
		return E_BUSY;
	e = read_note(rq, &id, paper);
	return e == OK ? paper_reply(rq, paper, paper->number) : e;
}

/* ---- without a page ---- */

/* What says an invoice needs of a request its transaction, and who sells. */
static struct request
asking(struct tx *tx, const char *company)
{
	return (struct request){
	    .arena = tx->arena,
	    .tx = tx,
	    .now = tx->now,
	    .tenant = tx->tenant,
	    .tenant_name = company,
	};
}

enum err
invoice_on_paper(struct tx *tx, const char *company, const struct id *invoice,
    struct buf *out, const char **number_out)
{
	struct request *rq = ARENA_NEW(tx->arena, struct request);
	struct paper *paper = ARENA_NEW(tx->arena, struct paper);
	struct shown_invoice s;
	enum err e;

	if (!rq || !paper)
		return tx_fail(tx, E_BUSY);
	*rq = asking(tx, company);
	if ((e = shown_invoice_get(rq, invoice, &s)) != OK ||
	    (e = fill_paper(rq, &s, paper)) != OK)
		return e;
	*number_out = s.number ? s.number : arena_strdup(tx->arena, s.id.s);
	return invoice_pdf(paper, out);
}

enum err
credit_note_on_paper(struct tx *tx, const char *company, const struct id *note,
    struct buf *out, const char **number_out)
{
	struct request *rq = ARENA_NEW(tx->arena, struct request);
	struct paper *paper = ARENA_NEW(tx->arena, struct paper);
	enum err e;

	if (!rq || !paper)
		return tx_fail(tx, E_BUSY);
	*rq = asking(tx, company);
	if ((e = read_note(rq, note, paper)) != OK)
		return e;
	*number_out = paper->number;
	return invoice_pdf(paper, out);
}
