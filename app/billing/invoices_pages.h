/* invoices_pages.h - invoices as pages: what their files share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_INVOICES_PAGES_H
#define MPANEL_BILLING_INVOICES_PAGES_H

#include "billing/invoice_held.h"
#include "resource/list.h"
#include "web/web.h"

#define INVOICES "/invoices"

/* Ended by a row without a path. */
extern const struct route invoices_page_routes[];
extern const struct noun invoices_page_noun;

/* "overdue" for one that is open behind its due date (NULL: none); otherwise
 * its status. */
const char *invoice_state(
    const char *status, const char *due_date, int64_t now);

/* "/invoices/ID", "/invoices/ID/verb". */
const char *invoice_path(
    struct request *rq, const struct id *invoice, const char *verb);
/* 303 to the invoice, which says `text` once. */
enum err back_to_invoice(
    struct request *rq, const struct id *invoice, const char *text) MUST_USE;
/* A page with the way back to the list, and to the invoice unless it is NULL;
 * text, below the headline, may be NULL. */
struct view *invoice_view(struct request *rq, const char *title,
    const struct held_invoice *inv, const char *text);

/* invoice_show_pages.c */
enum err show_invoice(struct request *rq) MUST_USE;
/* invoice_paper_pages.c; also their calls */
enum err show_invoice_pdf(struct request *rq) MUST_USE;
enum err show_credit_pdf(struct request *rq) MUST_USE;
/* invoice_form_pages.c */
enum err show_new_invoice(struct request *rq) MUST_USE;
enum err do_new_invoice(struct request *rq) MUST_USE;
enum err show_edit_invoice(struct request *rq) MUST_USE;
enum err do_edit_invoice(struct request *rq) MUST_USE;
/* invoice_verb_pages.c */
enum err ask_issue(struct request *rq) MUST_USE;
enum err do_issue(struct request *rq) MUST_USE;
enum err ask_remove(struct request *rq) MUST_USE;
enum err do_remove(struct request *rq) MUST_USE;
enum err ask_void(struct request *rq) MUST_USE;
enum err do_void(struct request *rq) MUST_USE;
enum err ask_write_off(struct request *rq) MUST_USE;
enum err do_write_off(struct request *rq) MUST_USE;
/* invoice_money_pages.c */
enum err ask_mark_paid(struct request *rq) MUST_USE;
enum err do_mark_paid(struct request *rq) MUST_USE;
enum err ask_pay(struct request *rq) MUST_USE;
enum err do_pay(struct request *rq) MUST_USE;
enum err ask_credit(struct request *rq) MUST_USE;
enum err do_credit(struct request *rq) MUST_USE;
enum err ask_refund_payment(struct request *rq) MUST_USE;
enum err do_refund_payment(struct request *rq) MUST_USE;

#endif
