/* invoices_pages.c - the list of invoices, and what their pages share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoices_pages.h"

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"

#define OVERDUE INVOICES "/overdue"

/* ---- shared ---- */

const char *
invoice_state(const char *status, const char *due_date, int64_t now)
{
	char today[11];

	date_iso(now, today);
	if (str_eq(status, "open") && due_date &&
	    __builtin_strcmp(due_date, today) < 0)
		return "overdue";
	return status;
}

const char *
invoice_path(struct request *rq, const struct id *invoice, const char *verb)
{
	const char *path = arena_printf(rq->arena, INVOICES "/%s%s%s",
	    invoice->s, verb ? "/" : "", verb ? verb : "");

	return path ? path : INVOICES;
}

enum err
back_to_invoice(struct request *rq, const struct id *invoice, const char *text)
{
	reply_flash(rq, "good", text);
	reply_redirect(rq, invoice_path(rq, invoice, NULL));
	return OK;
}

struct view *
invoice_view(struct request *rq, const char *title,
    const struct held_invoice *inv, const char *text)
{
	struct view *v = page_view(rq, title, INVOICES);
	struct view *head = view_object(v, "head");
	struct view *crumbs = head_crumbs(head);

	view_text(head, "text", text);
	crumb_add(crumbs, INVOICES, say("Invoices"));
	if (inv && id_is_set(&inv->id))
		crumb_add(crumbs, invoice_path(rq, &inv->id, NULL),
		    inv->number ? inv->number : say("Draft"));
	return v;
}

/* ---- the list ---- */

enum {
	I_NUMBER,
	I_CUSTOMER,
	I_EMAIL,
	I_STATUS,
	I_CURRENCY,
	I_TOTAL,
	I_OWED,
	I_DUE,
	I_ISSUED,
	I_CUSTOMER_ID,
	I_CREATED
};

/* clang-format off */
static const struct field fields[] = {
	[I_NUMBER]	= {"number",	"i.number",	FIELD_TEXT,	FILTER | SEARCH, NULL},
	[I_CUSTOMER]	= {"customer",	"c.name",	FIELD_TEXT,	SEARCH | JOINED, NULL},
	[I_EMAIL]	= {"email",	"c.email",	FIELD_TEXT,	SEARCH | JOINED, NULL},
	[I_STATUS]	= {"status",	"i.status",	FIELD_WORD,	FILTER, NULL},
	[I_CURRENCY]	= {"currency",	"i.currency",	FIELD_TEXT,	0, NULL},
	[I_TOTAL]	= {"total",	"i.total_minor", FIELD_MONEY,	IN_MEMORY, "i.total_minor"},
	[I_OWED]	= {"amountDue",	"CASE WHEN i.status = 'open' "
		"THEN i.total_minor - i.amount_paid_minor ELSE 0 END", FIELD_MONEY, 0, NULL},
	[I_DUE]		= {"dueDate",	"i.due_date",	FIELD_DATE,	0, NULL},
	[I_ISSUED]	= {"issuedAt",	"i.issued_at",	FIELD_TIME,	0, NULL},
	[I_CUSTOMER_ID]	= {"customerId", "i.customer_id", FIELD_ID,	FILTER, NULL},
	[I_CREATED]	= {"createdAt",	"i.created_at",	FIELD_TIME,	0, "i.id"},
};
/* clang-format on */

const struct noun invoices_page_noun = {
    .name = "invoices",
    .from = "invoices i JOIN customers c ON c.tenant_id = i.tenant_id "
	    "AND c.id = i.customer_id",
    .base = "invoices i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .currency = "i.currency",
    .alive = "i.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .found = &invoices_found,
};

static void
fill_invoice(const struct list_page *p, const struct cells *c, struct view *row)
{
	const struct request *rq = p->rq;

	view_text(row, "number",
	    cell_is_null(c, I_NUMBER) ? "Draft" : cell_get(c, I_NUMBER));
	view_text(row, "customer", cell_text(c, I_CUSTOMER));
	put_badge(row,
	    invoice_state(cell_text(c, I_STATUS), cell_get(c, I_DUE), rq->now));
	put_date(row, "due", cell_get(c, I_DUE), rq->now);
	put_time(row, "issued", cell_int(c, I_ISSUED), rq->now);
	view_text(row, "owed",
	    cell_int(c, I_OWED) > 0
		? show_money(rq->arena, cell_int(c, I_OWED), c->currency)
		: NULL);
	put_money(row, "total", cell_int(c, I_TOTAL), c->currency);
}

static const struct list_column columns[] = {{"total", "total"}, {NULL, NULL}};
static const struct list_def all_list = {
    .noun = &invoices_page_noun,
    .path = INVOICES,
    .file = "invoices.csv",
    .find = "Number, customer, e-mail",
    .column = columns,
    .fill = fill_invoice,
};
static const struct list_def overdue_list = {
    .noun = &invoices_page_noun,
    .path = OVERDUE,
    .file = "overdue.csv",
    .find = "Number, customer, e-mail",
    .column = columns,
    .fill = fill_invoice,
};

/* ---- tabs ---- */

static const struct tab {
	const char *href, *label;
	const char *status; /* counted; NULL: not */
	bool late;
	const char *title, *text; /* where there is none */
} tabs[] = {
    {INVOICES, "All", NULL, false, "No invoices yet",
	"A paid order makes one by itself, and “New invoice” one by hand."},
    {INVOICES "?status=draft", "Drafts", "draft", false, "No drafts",
	"An invoice that is not issued yet waits here."},
    {INVOICES "?status=open", "Open", "open", false, "Nothing is open",
	"Every invoice that was issued has been paid."},
    {OVERDUE, "Overdue", "open", true, "Nothing is overdue",
	"An open invoice comes here on the day after it was due."},
    {INVOICES "?status=paid", "Paid", NULL, false, "Nothing is paid yet",
	"An invoice comes here when nothing of it is due any more."},
    {INVOICES "?status=void", "Void", NULL, false, "Nothing was voided",
	"An invoice that was a mistake keeps its number, and stays here."},
    {INVOICES "?status=uncollectible", "Written off", NULL, false,
	"Nothing was written off",
	"What will not be paid any more is kept here."},
};

static void
count_tab(struct list *l, const struct tab *t, const char *today)
{
	list_init(l, &invoices_page_noun);
	if (t->late)
		invoices_due_before(l, today);
	else
		list_only(l, "status", t->status);
}

static enum err
put_invoice_tabs(
    struct request *rq, struct view *root, const char *here, bool is_searched)
{
	struct list counted[N_ELEMS(tabs)];
	int64_t counts[N_ELEMS(tabs)];
	struct view *list = put_tabs(root);
	char today[11];
	size_t n = 0;
	enum err e;

	date_iso(rq->now, today);
	for (size_t i = 0; i < N_ELEMS(tabs); i++)
		if (tabs[i].status)
			count_tab(&counted[n++], &tabs[i], today);
	if ((e = list_counts(rq->tx, counted, n, counts)) != OK)
		return e;
	n = 0;
	for (size_t i = 0; i < N_ELEMS(tabs); i++) {
		const struct tab *t = &tabs[i];
		int64_t count = t->status ? counts[n++] : 0;

		tab_add(list, t->href, t->label, str_eq(t->href, here),
		    count > 0 ? show_capped(rq->arena, count) : "", t->late);
		if (str_eq(t->href, here) && !is_searched) {
			view_text(root, "emptyTitle", say(t->title));
			view_text(root, "emptyText", say(t->text));
		}
	}
	return OK;
}

/* ---- the pages ---- */

static enum err
reply_list(struct request *rq, struct list_page *p, const char *here)
{
	struct view *v = page_view(rq, say("Invoices"), INVOICES);
	enum err e;

	list_page_start(p, v);
	/* a saved view that is empty is no search that found nothing */
	e = put_invoice_tabs(rq, v, here, p->list.q || p->list.n_filters > 1);
	if (e != OK)
		return e;
	if (request_may(rq, PERM_INVOICES_WRITE))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    "New invoice", INVOICES "/new", "plus", "pri");
	return list_page_reply(p, v, "admin/invoices");
}

static enum err
list_invoices_page(struct request *rq)
{
	const char *status = query_text(rq, "status"), *here = INVOICES;
	struct list_page p;
	enum err e = list_page_open(rq, &all_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	if (status && *status)
		here = arena_printf(rq->arena, INVOICES "?status=%s", status);
	return reply_list(rq, &p, here);
}

static enum err
list_overdue_page(struct request *rq)
{
	struct list_page p;
	char today[11];
	enum err e = list_page_open(rq, &overdue_list, &p);

	if (e != OK)
		return e;
	date_iso(rq->now, today);
	invoices_due_before(&p.list, arena_strdup(rq->arena, today));
	return p.is_csv ? list_page_csv(&p) : reply_list(rq, &p, OVERDUE);
}

/* clang-format off */
#define ONE INVOICES "/:id"
#define LOOK(path, handler, name)						\
	{GET, path, POOL_UI, AUTH_SESSION, PERM_INVOICES_READ, BODY_NONE, 0, handler, name}
/* A question, and the form that answers it. */
#define ASK(path, perm, ask, act, name)						\
	{GET, path, POOL_UI, AUTH_SESSION, perm, BODY_NONE, 0, ask, "invoices.ask_" name}, \
	{POST, path, POOL_UI, AUTH_SESSION, perm, BODY_FORM, 0, act, "invoices.do_" name}
#define VERB(verb, ask, act, name) ASK(ONE verb, PERM_INVOICES_WRITE, ask, act, name)

const struct route invoices_page_routes[] = {
	LOOK(INVOICES,	list_invoices_page,	"invoices.page"),
	LOOK(OVERDUE,	list_overdue_page,	"invoices.overdue"),
	LOOK(ONE,	show_invoice,		"invoices.show"),
	LOOK(ONE "/pdf", show_invoice_pdf,	"invoices.paper"),
	LOOK("/credit-notes/:id/pdf", show_credit_pdf,	"credit_notes.paper"),
	ASK(INVOICES "/new", PERM_INVOICES_WRITE, show_new_invoice, do_new_invoice, "new"),
	VERB("/edit",	show_edit_invoice, do_edit_invoice, "edit"),
	VERB("/issue",	ask_issue,	do_issue,	"issue"),
	VERB("/remove",	ask_remove,	do_remove,	"remove"),
	VERB("/mark-paid", ask_mark_paid, do_mark_paid,	"mark_paid"),
	VERB("/pay",	ask_pay,	do_pay,		"pay"),
	VERB("/void",	ask_void,	do_void,	"void"),
	VERB("/write-off", ask_write_off, do_write_off,	"write_off"),
	VERB("/credit",	ask_credit,	do_credit,	"credit"),
	ASK("/payments/:id/refund", PERM_PAYMENTS_REFUND, ask_refund_payment, do_refund_payment,
		"refund"),
	{0}
};
/* clang-format on */
