/* billing_mails.h - mails about invoices and subscriptions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Fillers (mail/mail_fill.h) and hearers of facts, gathered by main/.
 */
#ifndef MPANEL_BILLING_BILLING_MAILS_H
#define MPANEL_BILLING_BILLING_MAILS_H

#include "billing/customer.h"
#include "mail/mail_fill.h"

/* MAIL_INVOICE: E_NOTFOUND while it is a draft. */
enum err invoice_mail_fill(struct tx *tx, const struct id *invoice,
    const char *lang, struct view *v) MUST_USE;
/* Send an invoice to its customer and whoever looks after that
 * (customer_mail.h), once. */
enum err invoice_mail_add(struct tx *tx, const struct id *invoice,
    const struct customer *to) MUST_USE;
/* The same of a payment. */
enum err receipt_mail_add(struct tx *tx, const struct id *customer,
    const struct id *payment) MUST_USE;
/* MAIL_RECEIPT */
enum err receipt_mail_fill(struct tx *tx, const struct id *payment,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_STAFF_PAYMENT: E_NOTFOUND when nothing of it waits any more. */
enum err payment_mail_fill(struct tx *tx, const struct id *payment,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_SERVICE_READY, MAIL_SERVICE_SUSPENDED, MAIL_SERVICE_ENDED */
enum err subscription_mail_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v) MUST_USE;

/* MAIL_SERVICE_ENDING, MAIL_SERVICE_KEPT: E_NOTFOUND where it is not so any
 * more. */
enum err subscription_ending_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v) MUST_USE;
enum err subscription_kept_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_STAFF_SERVICE_ENDING: the same. */
enum err subscription_end_alert_fill(struct tx *tx,
    const struct id *subscription, const char *lang, struct view *v) MUST_USE;

/* Such a mail to whoever looks after a subscription, each time that it is
 * called. */
enum err subscription_mail_add(struct tx *tx, const struct id *subscription,
    const char *template) MUST_USE;

/* Whoever looks after it is told, once: hears FACT_SUBSCRIPTION_ACTIVE. */
enum err subscription_mail_ready(
    struct tx *tx, const struct id *subscription) MUST_USE;
/* Each time: hears FACT_SUBSCRIPTION_SUSPENDED. */
enum err subscription_mail_suspended(
    struct tx *tx, const struct id *subscription) MUST_USE;

#endif
