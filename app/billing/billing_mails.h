/* billing_mails.h - mails about invoices and subscriptions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Fillers (mail/mail_fill.h) and hearers of facts, gathered by main/.
 */
#ifndef MPANEL_BILLING_BILLING_MAILS_H
#define MPANEL_BILLING_BILLING_MAILS_H

#include "mail/mail_fill.h"

/* MAIL_INVOICE: E_NOTFOUND while it is a draft. */
enum err invoice_mail_fill(struct tx *tx, const struct id *invoice,
    const char *lang, struct view *v) MUST_USE;
/* Send an invoice to its customer, once; their address was looked at when they
 * were made. */
enum err invoice_mail_add(
    struct tx *tx, const struct id *invoice, const char *email) MUST_USE;
/* MAIL_RECEIPT */
enum err receipt_mail_fill(struct tx *tx, const struct id *payment,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_SERVICE_READY, MAIL_SERVICE_SUSPENDED */
enum err subscription_mail_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v) MUST_USE;

/* The customer is told, once: hears FACT_SUBSCRIPTION_ACTIVE. */
enum err subscription_mail_ready(
    struct tx *tx, const struct id *subscription) MUST_USE;
/* Each time: hears FACT_SUBSCRIPTION_SUSPENDED. */
enum err subscription_mail_suspended(
    struct tx *tx, const struct id *subscription) MUST_USE;

#endif
