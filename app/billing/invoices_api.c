/* invoices_api.c - invoices for programs: made by hand, and what happens then.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoices_api.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing_api.h"
#include "billing/billing_nouns.h"
#include "billing/credit_note.h"
#include "billing/invoice_verbs.h"
#include "billing/invoices_pages.h"
#include "billing/refund_limit_api.h"
#include "face/list_api.h"
#include "face/noun_faces.h"
#include "face/waiting.h"

/* ---- an invoice with its lines ---- */

/* Parts per million as percent, without a float: 81250 is 8.125. */
static void
write_rate(struct json_out *w, const char *name, int64_t ppm)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 ".%04" PRId64, ppm / 10000,
	    ppm % 10000);
	json_raw(w, name, text);
}

static void
write_line(struct json_out *w, const struct rows *r, const char *currency)
{
	json_open(w, NULL, '{');
	json_str(w, "description", row_text(r, 0));
	json_int(w, "quantity", row_int(r, 1));
	json_money(w, "unitPrice", row_int(r, 2), currency);
	json_money(w, "amount", row_int(r, 3), currency);
	write_rate(w, "taxRate", row_int(r, 4));
	json_money(w, "taxAmount", row_int(r, 5), currency);
	json_str_or_null(w, "periodStart", row_text(r, 6));
	json_str_or_null(w, "periodEnd", row_text(r, 7));
	json_str_or_null(w, "subscriptionId", row_text(r, 8));
	json_str_or_null(w, "productId", row_text(r, 9));
	json_bool(w, "taxable", row_int(r, 10) == 1);
	json_close(w, '}');
}

static enum err
write_lines(struct request *rq, struct json_out *w, const struct id *invoice,
    const char *currency)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT description, quantity, unit_price_minor, amount_minor, "
	    "tax_rate_ppm, tax_minor, period_start, period_end, "
	    "subscription_id, product_id, taxable FROM invoice_items "
	    "WHERE tenant_id = $1 AND invoice_id = $2 "
	    "ORDER BY position",
	    DB_ID(&rq->tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	json_open(w, "items", '[');
	while (rows_next(&r))
		write_line(w, &r, currency);
	json_close(w, ']');
	return rows_done(&r);
}

enum err
invoice_reply(struct request *rq, int status, const struct id *invoice)
{
	struct json_out *w;
	struct rows r;
	const char *currency;
	enum err e = noun_get(rq->tx, &invoices_noun, invoice, &r);

	if (e != OK)
		return e;
	currency = arena_strdup(rq->arena, row_text(&r, NOUN_CURRENCY));
	w = reply_json(rq, status);
	json_open(w, NULL, '{');
	noun_json(&invoices_noun, &r, true, w);
	if ((e = rows_done(&r)) == OK)
		e = write_lines(rq, w, invoice, currency);
	json_close(w, '}');
	return e;
}

static enum err
get_invoice(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? invoice_reply(rq, 200, &id) : e;
}

static enum err
list_invoices(struct request *rq)
{
	return list_api(rq, &invoices_noun, NULL, NULL);
}

/* Open, and due today or before. */
static enum err
list_due(struct request *rq)
{
	char *tomorrow = arena_alloc(rq->arena, 11), today[11];
	struct list l;

	if (!tomorrow)
		return E_BUSY;
	date_iso(rq->now, today);
	date_add_days(today, 1, tomorrow);
	list_init(&l, &invoices_noun);
	invoices_due_before(&l, tomorrow);
	return list_api_of(rq, &l);
}

/* ---- drafts ---- */

static enum err
make_invoice(struct request *rq)
{
	struct hand_invoice *h = ARENA_NEW(rq->arena, struct hand_invoice);
	int64_t unused = 0;
	struct id id;
	enum err e;

	if (!h)
		return E_BUSY;
	if ((e = invoice_take_json(rq, true, h, &unused)) != OK ||
	    (e = invoice_make(rq->tx, h, &id)) != OK)
		return e;
	return invoice_reply(rq, 201, &id);
}

static enum err
change_invoice(struct request *rq)
{
	struct hand_invoice *h = ARENA_NEW(rq->arena, struct hand_invoice);
	int64_t version = 0;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || !h)
		return e != OK ? e : E_BUSY;
	if ((e = invoice_recall(rq->tx, &id, h)) != OK ||
	    (e = invoice_take_json(rq, false, h, &version)) != OK ||
	    (e = invoice_change(rq->tx, &id, version, h)) != OK)
		return e;
	return invoice_reply(rq, 200, &id);
}

static enum err
remove_invoice(struct request *rq)
{
	int64_t version;
	struct id id;
	enum err e = noun_take_version(rq, &version);

	if (e == OK)
		e = path_id(rq, "id", &id);
	if (e == OK)
		e = invoice_remove(rq->tx, &id, version);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

/* ---- verbs ---- */

enum err
invoice_currency_of(
    struct request *rq, const struct id *invoice, const char **currency_out)
{
	enum err e = db_text(rq->tx, currency_out,
	    "SELECT currency FROM invoices WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL",
	    DB_ID(&rq->tx->tenant), DB_ID(invoice));

	return e == OK && !*currency_out ? E_NOTFOUND : e;
}

/* The members that these calls share. */
struct asked {
	struct id id;
	const char *currency;
	int64_t version, amount_minor;
	const char *reason, *date, *due_date, *means, *reference;
};

/* Without one it is all there is; nothing is no amount, and not all. */
static bool
read_amount(const struct json_in *in, struct asked *a)
{
	const json_t *v = json_object_get(in->obj, "amount");

	if (!v || json_is_null(v))
		return true;
	if (!json_in_money(
		in, "amount", JSON_REQUIRED, a->currency, &a->amount_minor))
		return false;
	if (a->amount_minor > 0)
		return true;
	problem_add(in->problems, "amount", "out_of_range",
	    "An amount is more than nothing. Leave it out for all there is.");
	return false;
}

/* `names` are those that this call knows.  An invoice that is not there comes
 * before what is wrong with the body. */
static enum err
read_asked(
    struct request *rq, const char *const *names, size_t n, struct asked *a)
{
	struct json_in in = request_json(rq);
	bool good;
	enum err e = path_id(rq, "id", &a->id);

	if (e != OK)
		return e;
	good = json_in_known(&in, names, n);
	good &= json_in_int(
	    &in, "version", JSON_OPTIONAL, 1, INT64_MAX, &a->version);
	good &= json_in_text(&in, "reason", JSON_OPTIONAL, 500, &a->reason);
	good &= json_in_text(&in, "date", JSON_OPTIONAL, 10, &a->date);
	good &= json_in_text(&in, "dueDate", JSON_OPTIONAL, 10, &a->due_date);
	good &= json_in_text(&in, "means", JSON_OPTIONAL, 20, &a->means);
	good &=
	    json_in_text(&in, "reference", JSON_OPTIONAL, 140, &a->reference);
	good &= read_amount(&in, a);
	return good ? OK : E_INPUT;
}

static enum err
read_verb(
    struct request *rq, const char *const *names, size_t n, struct asked *a)
{
	enum err e = path_id(rq, "id", &a->id);

	if (e == OK)
		e = invoice_currency_of(rq, &a->id, &a->currency);
	return e == OK ? read_asked(rq, names, n, a) : e;
}

static enum err
issue_invoice(struct request *rq)
{
	static const char *const names[] = {"dueDate", "version"};
	struct asked a = {.version = 0};
	enum err e = read_verb(rq, names, N_ELEMS(names), &a);

	if (e == OK)
		e = invoice_issue_draft(rq->tx, &a.id, a.version, a.due_date);
	return e == OK ? invoice_reply(rq, 200, &a.id) : e;
}

static enum err
mark_paid(struct request *rq)
{
	static const char *const names[] = {
	    "amount", "date", "means", "reference", "version"};
	struct asked a = {.version = 0};
	struct id payment;
	enum err e = read_verb(rq, names, N_ELEMS(names), &a);

	if (e == OK)
		e = invoice_mark_paid(rq->tx, &a.id,
		    &(struct hand_payment){
			.said.means = a.means,
			.said.reference = a.reference,
			.said.received_on = a.date,
			.amount_minor = a.amount_minor,
			.version = a.version,
		    },
		    &payment);
	return e == OK ? invoice_reply(rq, 200, &a.id) : e;
}

/* From the customer's credit; a card that is kept can't be charged yet. */
static enum err
pay_invoice(struct request *rq)
{
	static const char *const names[] = {"version"};
	struct asked a = {.version = 0};
	int64_t used;
	enum err e = read_verb(rq, names, N_ELEMS(names), &a);

	if (e == OK)
		e = invoice_use_credit(rq->tx, &a.id, a.version, &used);
	return e == OK ? invoice_reply(rq, 200, &a.id) : e;
}

static enum err
end_invoice(
    struct request *rq, enum err (*end)(struct tx *tx, const struct id *invoice,
			    int64_t version, const char *reason))
{
	static const char *const names[] = {"reason", "version"};
	struct asked a = {.version = 0};
	enum err e = read_verb(rq, names, N_ELEMS(names), &a);

	if (e == OK)
		e = end(rq->tx, &a.id, a.version, a.reason);
	return e == OK ? invoice_reply(rq, 200, &a.id) : e;
}

static enum err
void_invoice(struct request *rq)
{
	return end_invoice(rq, invoice_void_unpaid);
}

static enum err
write_off(struct request *rq)
{
	return end_invoice(rq, invoice_write_off);
}

static enum err
credit_invoice(struct request *rq)
{
	static const char *const names[] = {"amount", "reason", "version"};
	struct asked a = {.version = 0};
	struct id note;
	enum err e = read_verb(rq, names, N_ELEMS(names), &a);

	if (e == OK)
		e = invoice_credit(rq->tx, &a.id,
		    &(struct credit_asked){
			.amount_minor = a.amount_minor,
			.reason = a.reason,
			.version = a.version,
		    },
		    &note);
	return e == OK ? noun_reply_made(rq, &credit_notes_noun, &note) : e;
}

/* ---- a payment ---- */

static enum err
refund_payment(struct request *rq)
{
	static const char *const names[] = {"amount", "reason", "version"};
	struct asked a = {.version = 0};
	struct id waiting = {""};
	struct refund_terms terms;
	enum err e = path_id(rq, "id", &a.id);

	if (e == OK)
		e = db_text(rq->tx, &a.currency,
		    "SELECT currency FROM payments "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&rq->tx->tenant), DB_ID(&a.id));
	if (e == OK && !a.currency)
		e = E_NOTFOUND;
	if (e == OK)
		e = read_asked(rq, names, N_ELEMS(names), &a);
	if (e == OK)
		e = payment_refund_asked(rq, &a.id,
		    &(struct refund_asked){
			.amount_minor = a.amount_minor,
			.reason = a.reason,
			.version = a.version,
		    },
		    &terms, &waiting);
	if (e != OK)
		return e;
	return id_is_set(&waiting) ? reply_waiting(rq, &waiting)
				   : noun_reply(rq, &payments_noun, &a.id);
}

/* clang-format off */
#define ONE	"/api/admin/invoices/:id"
#define READ(path, handler, name)						\
	{GET, path, POOL_UI, AUTH_API, PERM_INVOICES_READ, BODY_NONE, 0, handler, name}
#define WRITE(method, path, body, handler, name)				\
	{method, path, POOL_UI, AUTH_API, PERM_INVOICES_WRITE, body, 0, handler, name}

const struct route invoices_api_routes[] = {
	READ("/api/admin/invoices",	list_invoices,	"invoices.list"),
	READ("/api/invoices",		list_invoices,	"invoices.list_flat"),
	READ("/api/admin/invoices/due",	list_due,	"invoices.due"),
	READ("/api/invoices/due",	list_due,	"invoices.due_flat"),
	READ(ONE,			get_invoice,	"invoices.get"),
	READ("/api/invoices/:id",	get_invoice,	"invoices.get_flat"),
	READ(ONE "/pdf",		show_invoice_pdf, "invoices.pdf"),
	READ("/api/admin/credit-notes/:id/pdf", show_credit_pdf, "credit_notes.pdf"),
	WRITE(POST, "/api/admin/invoices", BODY_JSON, make_invoice, "invoices.make"),
	WRITE(POST, "/api/invoices",	BODY_JSON, make_invoice, "invoices.make_flat"),
	WRITE(PATCH, ONE,		BODY_JSON, change_invoice, "invoices.edit"),
	WRITE(DELETE, ONE,		BODY_NONE, remove_invoice, "invoices.drop"),
	WRITE(POST, ONE "/issue",	BODY_JSON, issue_invoice, "invoices.issue"),
	WRITE(POST, ONE "/mark-paid",	BODY_JSON, mark_paid, "invoices.mark_paid"),
	WRITE(POST, ONE "/pay",		BODY_JSON, pay_invoice, "invoices.pay"),
	WRITE(POST, ONE "/void",	BODY_JSON, void_invoice, "invoices.void"),
	WRITE(POST, ONE "/write-off",	BODY_JSON, write_off, "invoices.write_off"),
	WRITE(POST, ONE "/credit",	BODY_JSON, credit_invoice, "invoices.credit"),
	{POST, "/api/admin/payments/:id/refund", POOL_UI, AUTH_API, PERM_PAYMENTS_REFUND,
		BODY_JSON, 0, refund_payment, "payments.refund"},
	{0}
};
/* clang-format on */
