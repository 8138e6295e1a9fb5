/* invoice_rows_pages.c - what an invoice's page says: parties, lines, sums, and
 * what came of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_show_pages.h"
#include "billing/payment_said.h"
#include "face/part.h"
#include "face/show.h"
#include "resource/field.h"

#define SHOWN_LINES 1000

/* ---- who, and when ---- */

static void
put_said(struct view *list, const struct said *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct view *v = view_item(list);

		view_text(v, "label", s->line[i].label);
		view_text(v, "value", s->line[i].text);
		view_text(v, "text", s->line[i].text);
		view_flag(v, "strong", s->line[i].strong);
	}
}

/* The first of two members that says something. */
static const char *
one_of(struct request *rq, const json_t *o, const char *a, const char *b)
{
	const char *s = json_string_value(json_object_get(o, a));

	if ((!s || !s[0]) && b)
		s = json_string_value(json_object_get(o, b));
	return s ? arena_strdup(rq->arena, s) : "";
}

void
invoice_say_party(struct request *rq, struct said *s, const char *snapshot)
{
	json_t *o = json_own(rq->arena, snapshot);
	const char *firm = one_of(rq, o, "companyName", "legalName");
	const char *name = one_of(rq, o, "name", NULL);
	const char *tax_id = one_of(rq, o, "taxId", NULL);

	said_add(s, NULL, firm[0] ? firm : name, true);
	said_add(s, NULL, firm[0] && !str_eq(firm, name) ? name : "", false);
	said_add(s, NULL, one_of(rq, o, "line1", NULL), false);
	said_add(s, NULL, one_of(rq, o, "line2", NULL), false);
	said_add(s, NULL,
	    str_trim(rq->arena, arena_printf(rq->arena, "%s %s",
				    one_of(rq, o, "postalCode", NULL),
				    one_of(rq, o, "city", NULL))),
	    false);
	said_add(s, NULL, one_of(rq, o, "state", NULL), false);
	said_add(s, NULL, one_of(rq, o, "country", NULL), false);
	said_add(s, NULL, one_of(rq, o, "email", NULL), false);
	if (tax_id[0])
		said_add(s, NULL, arena_printf(rq->arena, "Tax id %s", tax_id),
		    false);
	said_add(s, NULL, one_of(rq, o, "registration", NULL), false);
	json_decref(o);
}

/* A draft has no snapshots yet: as it would be issued now. */
enum err
invoice_say_parties(struct request *rq, const struct shown_invoice *s,
    struct said *from, struct said *to)
{
	const char *seller = s->seller, *buyer = s->buyer;
	struct customer c;
	struct rows r;
	enum err e;

	if (!s->number &&
	    ((e = invoice_seller_ask(rq->tx, &r)) != OK ||
		(e = invoice_seller_read(&r, &seller)) != OK ||
		(e = customer_get(rq->tx, &s->customer, &c)) != OK ||
		(e = invoice_buyer(rq->tx, &c, &buyer)) != OK))
		return e;
	invoice_say_party(rq, from, seller);
	invoice_say_party(rq, to, buyer);
	return OK;
}

enum err
invoice_put_parties(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct said from = {.n = 0}, to = {.n = 0};
	enum err e = invoice_say_parties(rq, s, &from, &to);

	put_said(view_list(root, "from"), &from);
	put_said(view_list(root, "to"), &to);
	return e;
}

const char *
invoice_date(struct request *rq, const char *date)
{
	int64_t t;

	return date && time_parse(date, &t) ? show_long_date(rq->arena, t) : "";
}

void
invoice_say_dates(
    struct request *rq, const struct shown_invoice *s, struct said *out)
{
	said_add(out, NULL,
	    s->issued_at ? arena_printf(rq->arena, "Issued %s",
			       show_long_date(rq->arena, s->issued_at))
			 : "Not issued yet",
	    false);
	if (s->due_date)
		said_add(out, NULL,
		    arena_printf(
			rq->arena, "Due %s", invoice_date(rq, s->due_date)),
		    false);
	if (s->paid_at)
		said_add(out, NULL,
		    arena_printf(rq->arena, "Paid %s",
			show_long_date(rq->arena, s->paid_at)),
		    false);
	if (str_eq(s->status, "void"))
		said_add(out, NULL, "Void: nothing is owed", true);
}

void
invoice_put_dates(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct said dates = {.n = 0};

	invoice_say_dates(rq, s, &dates);
	put_said(view_list(root, "dates"), &dates);
}

/* ---- lines and sums ---- */

static const char *
percent(struct request *rq, int64_t ppm)
{
	const struct field f = {"", "", FIELD_PERCENT};
	const char *raw = arena_printf(rq->arena, "%" PRId64, ppm);
	const char *text = raw ? field_show(rq->arena, &f, raw, "") : NULL;

	return arena_printf(rq->arena, "%s%%", text ? text : "");
}

/* NULL: the line is for no time. */
static const char *
period_text(struct request *rq, const struct rows *r)
{
	if (!row_text(r, 5) || !row_text(r, 6))
		return NULL;
	return arena_printf(rq->arena, "%s – %s",
	    invoice_date(rq, row_text(r, 5)), invoice_date(rq, row_text(r, 6)));
}

enum err
invoice_say_lines(struct request *rq, const struct shown_invoice *s,
    struct paper_line **out, size_t *n_out)
{
	struct paper_line *list =
	    arena_array(rq->arena, SHOWN_LINES, sizeof(*list));
	struct rows r;
	size_t n = 0;
	enum err e;

	if (!list)
		return E_BUSY;
	e = db_query(rq->tx, &r,
	    "SELECT description, quantity, unit_price_minor, tax_rate_ppm, "
	    "amount_minor, period_start, period_end FROM invoice_items "
	    "WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY position "
	    "LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&s->id), DB_INT(SHOWN_LINES));
	if (e != OK)
		return e;
	while (rows_next(&r) && n < SHOWN_LINES)
		list[n++] = (struct paper_line){
		    .text = row_strdup(&r, 0),
		    .qty = show_count(rq->arena, row_int(&r, 1)),
		    .each = show_money(rq->arena, row_int(&r, 2), s->currency),
		    .rate = percent(rq, row_int(&r, 3)),
		    .net = show_money(rq->arena, row_int(&r, 4), s->currency),
		    .period = period_text(rq, &r),
		};
	*out = list;
	*n_out = n;
	return rows_done(&r);
}

enum err
invoice_put_lines(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *list = view_list(root, "lines");
	struct paper_line *line = NULL;
	size_t n = 0;
	enum err e = invoice_say_lines(rq, s, &line, &n);

	for (size_t i = 0; i < n; i++) {
		struct view *v = view_item(list);

		view_text(v, "text", line[i].text);
		view_text(v, "qty", line[i].qty);
		view_text(v, "each", line[i].each);
		view_text(v, "rate", line[i].rate);
		view_text(v, "net", line[i].net);
		view_text(v, "period", line[i].period);
	}
	return e;
}

static void
say_sum(struct request *rq, struct said *s, const char *label, int64_t minor,
    const char *currency)
{
	said_add(s, label, show_money(rq->arena, minor, currency), false);
}

void
invoice_say_sums(struct request *rq, const struct shown_invoice *s,
    struct said *out, const char **label_out, const char **total_out)
{
	bool is_open = str_eq(s->status, "open");
	int64_t paid = s->settled - s->offset;

	say_sum(rq, out, "Net", s->net, s->currency);
	if (s->discount > 0)
		say_sum(rq, out, "Discount", -s->discount, s->currency);
	say_sum(rq, out, "Tax", s->tax, s->currency);
	if (is_open && s->settled > 0) {
		say_sum(rq, out, "Total", s->total, s->currency);
		if (s->offset > 0)
			say_sum(rq, out, "Credited", -s->offset, s->currency);
		if (paid > 0)
			say_sum(rq, out, "Paid", -paid, s->currency);
	}
	*label_out = arena_printf(
	    rq->arena, "%s, %s", is_open ? "Owed" : "Total", s->currency);
	*total_out = show_money(
	    rq->arena, is_open ? s->total - s->settled : s->total, s->currency);
}

void
invoice_put_sums(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *total = view_object(root, "total");
	struct said sums = {.n = 0};
	const char *label, *text;

	invoice_say_sums(rq, s, &sums, &label, &text);
	put_said(view_list(root, "sums"), &sums);
	view_text(total, "label", label);
	view_text(total, "value", text);
}

void
invoice_put_notes(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *list;
	char *line, *rest = arena_strdup(rq->arena, s->notes);

	if (!rest || !rest[0])
		return;
	list = view_list(view_object(root, "notes"), "lines");
	while ((line = strsep(&rest, "\n")))
		view_text(view_item(list), "text", line);
}

/* ---- what came of it ---- */

static const char *
how_paid(struct request *rq, const struct rows *r)
{
	const char *means = row_text(r, 3), *how = "Stripe";

	if (!str_eq(row_text(r, 2), "stripe"))
		how = payment_means_label(means);
	return row_text(r, 4)[0]
		   ? arena_printf(rq->arena, "%s, “%s”", how, row_text(r, 4))
		   : how;
}

static void
put_payment(struct request *rq, const struct rows *r, const char *currency,
    struct view *v)
{
	int64_t left = row_int(r, 6) - row_int(r, 7);

	view_textf(v, "href", "/payments/%s", row_text(r, 0));
	if (row_is_null(r, 5))
		put_time(v, "received", row_int(r, 1), rq->now);
	else
		put_date(v, "received", row_text(r, 5), rq->now);
	view_text(v, "how", how_paid(rq, r));
	put_badge(v, row_text(r, 8));
	put_money(v, "amount", row_int(r, 6), currency);
	if (left > 0 && request_may(rq, PERM_PAYMENTS_REFUND)) {
		struct view *refund = view_object(v, "refund");

		view_textf(
		    refund, "href", "/payments/%s/refund", row_text(r, 0));
		view_text(refund, "label",
		    show_money(rq->arena, row_int(r, 6), currency));
	}
}

enum err
invoice_put_payments(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *list = NULL;
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_PAYMENTS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT id, created_at, method, means, reference, received_on, "
	    "amount_minor, refunded_minor, status FROM payments "
	    "WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY id LIMIT 200",
	    DB_ID(&rq->tx->tenant), DB_ID(&s->id));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (!list)
			list = view_list(view_object(root, "payments"), "rows");
		put_payment(rq, &r, s->currency, view_item(list));
	}
	return rows_done(&r);
}

enum err
invoice_put_credits(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *list = NULL;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, number, reason, created_at, total_minor "
	    "FROM credit_notes WHERE tenant_id = $1 AND invoice_id = $2 "
	    "ORDER BY id LIMIT 200",
	    DB_ID(&rq->tx->tenant), DB_ID(&s->id));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v;

		if (!list)
			list = view_list(view_object(root, "credits"), "rows");
		v = view_item(list);
		view_textf(v, "href", "/credit-notes/%s", row_text(&r, 0));
		view_text(v, "number", row_text(&r, 1));
		view_text(v, "reason", row_text(&r, 2));
		put_time(v, "written", row_int(&r, 3), rq->now);
		put_money(v, "amount", row_int(&r, 4), s->currency);
	}
	return rows_done(&r);
}

enum err
invoice_put_ledger(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *list = NULL;
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_PAYMENTS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT e.description, t.created_at, d.code, d.name, c.code, "
	    "c.name, t.amount_minor FROM ledger_transfers t "
	    "JOIN ledger_entries e ON e.tenant_id = t.tenant_id "
	    "AND e.id = t.entry_id "
	    "JOIN ledger_accounts d ON d.tenant_id = t.tenant_id "
	    "AND d.id = t.debit_account_id "
	    "JOIN ledger_accounts c ON c.tenant_id = t.tenant_id "
	    "AND c.id = t.credit_account_id "
	    "WHERE t.tenant_id = $1 AND t.invoice_id = $2 "
	    "ORDER BY t.id LIMIT 200",
	    DB_ID(&rq->tx->tenant), DB_ID(&s->id));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v;

		if (!list)
			list = view_list(view_object(root, "ledger"), "rows");
		v = view_item(list);
		view_text(v, "entry", row_text(&r, 0));
		put_time(v, "at", row_int(&r, 1), rq->now);
		view_textf(
		    v, "debit", "%s %s", row_text(&r, 2), row_text(&r, 3));
		view_textf(
		    v, "credit", "%s %s", row_text(&r, 4), row_text(&r, 5));
		put_money(v, "amount", row_int(&r, 6), s->currency);
	}
	return rows_done(&r);
}
