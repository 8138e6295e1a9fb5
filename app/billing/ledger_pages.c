/* ledger_pages.c - the ledger: what each account holds, and every posting.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "billing/ledger_api.h"
#include "billing/ledger_noun.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"

#define LEDGER "/ledger"

/* ---- postings ---- */

/* What it is about: an invoice by its number, else a payment. */
static void
put_subject(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *kind = cell_text(c, TRANSFER_KIND);
	struct arena *a = p->rq->arena;
	struct view *v;

	if (cell_get(c, TRANSFER_INVOICE_NUMBER) &&
	    request_may(p->rq, PERM_INVOICES_READ)) {
		v = view_object(row, "about");
		view_text(v, "label", cell_text(c, TRANSFER_INVOICE_NUMBER));
		view_text(v, "href",
		    arena_printf(
			a, "/invoices/%s", cell_text(c, TRANSFER_INVOICE)));
	} else if (str_eq(kind, "payment") || str_eq(kind, "allocation")) {
		v = view_object(row, "about");
		view_text(v, "label", say("Payment"));
		view_text(v, "href",
		    arena_printf(
			a, "/payments/%s", cell_text(c, TRANSFER_SUBJECT)));
	}
}

static void
fill_posting(const struct list_page *p, const struct cells *c, struct view *row)
{
	view_text(row, "what", cell_text(c, TRANSFER_WHAT));
	view_text(row, "debit", cell_text(c, TRANSFER_DEBIT_NAME));
	view_text(row, "credit", cell_text(c, TRANSFER_CREDIT_NAME));
	view_text(row, "customer", cell_text(c, TRANSFER_CUSTOMER_NAME));
	put_subject(p, c, row);
	put_money(row, "amount", cell_int(c, TRANSFER_AMOUNT), c->currency);
	put_moment(row, "booked", cell_int(c, TRANSFER_MADE), p->rq->now);
}

static const struct list_def postings = {
    .noun = &ledger_noun,
    .path = LEDGER,
    .file = "ledger.csv",
    .column = (const struct list_column[]){{"booked", "createdAt"}, {NULL}},
    .fill = fill_posting,
};

/* ---- accounts ---- */

static void
put_balance(struct request *rq, const struct ledger_sum *s, struct view *list)
{
	int64_t balance = s->debit_minor - s->credit_minor;
	const char *now = query_text(rq, "account");
	struct view *v = view_item(list);

	view_text(v, "code", s->code);
	view_text(v, "name", s->name);
	view_text(v, "kind",
	    arena_printf(
		rq->arena, "%c%s", s->kind[0] - 'a' + 'A', s->kind + 1));
	view_text(v, "href",
	    arena_printf(rq->arena, LEDGER "?account=%s#postings", s->code));
	view_flag(v, "chosen", now && str_eq(now, s->code));
	view_text(v, "debit",
	    balance >= 0 ? show_money(rq->arena, balance, s->currency) : "");
	view_text(v, "credit",
	    balance < 0 ? show_money(rq->arena, -balance, s->currency) : "");
}

static void
put_trial(struct request *rq, const struct ledger_sums *s,
    const struct ledger_trial *t, size_t end, struct view *books)
{
	struct view *book = view_item(books), *rows = view_list(book, "rows");
	struct arena *a = rq->arena;

	for (size_t i = end - t->n; i < end; i++)
		put_balance(rq, &s->sum[i], rows);
	view_text(book, "total", arena_printf(a, "Total in %s", t->currency));
	view_text(book, "debits", show_money(a, t->debit_minor, t->currency));
	view_text(book, "credits", show_money(a, t->credit_minor, t->currency));
}

/* Says whether debits and credits come to the same in each currency. */
static void
put_books(struct request *rq, const struct ledger_sums *s, struct view *root)
{
	struct view *books = view_list(root, "books");
	struct view *badge = view_object(view_object(root, "head"), "badge");
	struct ledger_trial t;
	bool balances = true;
	size_t i = 0;

	while (ledger_trial_next(s, &i, &t)) {
		put_trial(rq, s, &t, i, books);
		balances = balances && t.debit_minor == t.credit_minor;
	}
	view_flag(root, "balances", i > 0);
	view_text(badge, "class", balances ? "good" : "badc");
	view_text(badge, "icon", balances ? "ok" : "bad");
	view_text(badge, "word", balances ? "Balances" : "Does not balance");
}

/* ---- filters ---- */

static void
put_filters(struct list_page *p)
{
	static const struct choice kinds[] = {{"invoice", "Invoice issued"},
	    {"payment", "Payment received"}, {"allocation", "Payment applied"},
	    {"refund", "Payment refunded"}, {"credit_note", "Credit note"},
	    {"credit_used", "Paid from credit"},
	    {"credit_returned", "Credit given back"},
	    {"void", "Invoice voided"}, {"write_off", "Invoice written off"},
	    {NULL}};
	struct arena *a = p->rq->arena;
	struct view *options =
	    list_page_select(p, "account", "Account", "Any account");

	for (int i = 0; i < ACCOUNT__MAX; i++) {
		const struct account_info *info = account_info((enum account)i);

		list_page_option(p, options, "account", info->code,
		    arena_printf(a, "%s %s", info->code, info->name));
	}
	options = list_page_select(p, "kind", "Kind", "Any kind");
	for (const struct choice *c = kinds; c->word; c++)
		list_page_option(p, options, "kind", c->word, c->label);
	list_page_date(p, "from", "From");
	list_page_date(p, "to", "To");
}

/* What only links ask for is shown as what it is: one of them. */
static void
put_chips(struct list_page *p)
{
	static const struct {
		const char *name, *label;
	} chips[] = {{"customerId", "One customer"},
	    {"invoiceId", "One invoice"}, {"entryId", "One entry"}};

	for (size_t i = 0; i < N_ELEMS(chips); i++) {
		const char *value = query_text(p->rq, chips[i].name);
		struct view *chip;

		if (!value || !*value)
			continue;
		chip = view_item(p->chips);
		view_text(chip, "label", chips[i].label);
		view_text(chip, "href", list_page_href(p, chips[i].name, NULL));
	}
}

static enum err
show_ledger(struct request *rq)
{
	struct ledger_sums *s = ARENA_NEW(rq->arena, struct ledger_sums);
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &postings, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	if (!s)
		return E_BUSY;
	if ((e = ledger_sums(rq->tx, s)) != OK)
		return e;
	v = page_view(rq, say("Ledger"), LEDGER);
	put_books(rq, s, v);
	list_page_start(&p, v);
	put_filters(&p);
	put_chips(&p);
	return list_page_reply(&p, v, "admin/ledger");
}

/* clang-format off */
const struct route ledger_page_routes[] = {
	{GET,	LEDGER,	POOL_UI, AUTH_SESSION, PERM_PAYMENTS_READ, BODY_NONE, 0, show_ledger, "ledger.page.list"},
	{0}
};
/* clang-format on */
