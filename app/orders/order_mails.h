/* order_mails.h - what mails say about orders and refused intakes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Fillers (mail/mail_fill.h), gathered by main/.
 */
#ifndef MPANEL_ORDERS_ORDER_MAILS_H
#define MPANEL_ORDERS_ORDER_MAILS_H

#include "mail/mail_fill.h"

/* MAIL_ORDER_CONFIRMATION */
enum err order_mail_fill(struct tx *tx, const struct id *order,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_ORDER_REFUNDED: `number`, `name`; what goes back by itself, `byStripe`,
 * what a person pays back, `byHand`, and what is credit again, `credit`. */
enum err order_refunded_fill(struct tx *tx, const struct id *order,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_STAFF_REVIEW: E_NOTFOUND once it is decided. */
enum err order_review_fill(struct tx *tx, const struct id *order,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_STAFF_REFUSED_INTAKE: E_NOTFOUND once it is decided. */
enum err refusal_mail_fill(struct tx *tx, const struct id *refusal,
    const char *lang, struct view *v) MUST_USE;

#endif
