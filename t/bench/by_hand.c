/* by_hand.c - the list of payments as a page made by hand, to measure against.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "by_hand.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"

#define PAYMENTS "/payments"

/* Of payments_noun. */
enum {
	P_INVOICE_ID = 1,
	P_CUSTOMER_ID = 3,
	P_TRANSACTION = 4,
	P_CUSTOMER = 5,
	P_INVOICE = 6,
	P_METHOD = 7,
	P_STATUS = 11,
	P_AMOUNT = 12,
	P_RECEIVED = 16
};

bool
by_hand_fits(void)
{
	static const struct {
		int at;
		const char *api;
	} used[] = {
	    {P_INVOICE_ID, "invoiceId"},
	    {P_CUSTOMER_ID, "customerId"},
	    {P_TRANSACTION, "transactionId"},
	    {P_CUSTOMER, "customer"},
	    {P_INVOICE, "invoice"},
	    {P_METHOD, "method"},
	    {P_STATUS, "status"},
	    {P_AMOUNT, "amount"},
	    {P_RECEIVED, "createdAt"},
	};

	for (size_t i = 0; i < N_ELEMS(used); i++)
		if (noun_field(&payments_noun, used[i].api) != used[i].at)
			return false;
	return true;
}

static void
fill_payment(const struct list_page *p, const struct cells *c, struct view *row)
{
	const struct request *rq = p->rq;
	const char *method = cell_text(c, P_METHOD);

	view_text(row, "transaction", cell_text(c, P_TRANSACTION));
	view_text(row, "customer", cell_text(c, P_CUSTOMER));
	view_path(
	    row, "customerAt", "/admin/customers", cell_text(c, P_CUSTOMER_ID));
	view_text(row, "invoice", cell_get(c, P_INVOICE));
	if (!cell_is_null(c, P_INVOICE_ID))
		view_path(
		    row, "invoiceAt", "/invoices", cell_text(c, P_INVOICE_ID));
	view_text(row, "method",
	    say(str_eq(method, "stripe") ? "Stripe" : "By hand"));
	put_badge(row, cell_text(c, P_STATUS));
	put_money(row, "amount", cell_int(c, P_AMOUNT), c->currency);
	put_time(row, "received", cell_int(c, P_RECEIVED), rq->now);
}

static const struct list_column columns[] = {
    {"status", "status"},
    {"amount", "amount"},
    {"received", "createdAt"},
    {NULL, NULL},
};

static void
put_filters(struct list_page *p)
{
	static const struct choice methods[] = {
	    {"stripe", "Stripe"}, {"manual", "By hand"}};
	static const struct choice states[] = {
	    {"succeeded", "Succeeded"},
	    {"partially_refunded", "Partly refunded"},
	    {"refunded", "Refunded"},
	};
	struct view *options =
	    list_page_select(p, "method", "Method", "Any method");

	for (size_t i = 0; i < N_ELEMS(methods); i++)
		list_page_option(p, options, "method", methods[i].word,
		    say(methods[i].label));
	options = list_page_select(p, "status", "Status", "Any status");
	for (size_t i = 0; i < N_ELEMS(states); i++)
		list_page_option(
		    p, options, "status", states[i].word, say(states[i].label));
}

static enum err
list_payments_page(struct request *rq)
{
	static const struct list_def payments = {
	    .noun = &payments_noun,
	    .path = PAYMENTS,
	    .file = "payments.csv",
	    .find = "Transaction, customer",
	    .column = columns,
	    .fill = fill_payment,
	};
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &payments, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Payments"), PAYMENTS);
	list_page_start(&p, v);
	put_filters(&p);
	list_page_columns(&p, v);
	return list_page_reply(&p, v, "bench/by_hand");
}

const struct route by_hand_routes[] = {
    {GET, PAYMENTS, POOL_UI, AUTH_SESSION, PERM_PAYMENTS_READ, BODY_NONE, 0,
	list_payments_page, "payments.by_hand"},
    {0},
};
