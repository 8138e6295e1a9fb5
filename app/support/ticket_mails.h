/* ticket_mails.h - the mails about tickets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * To whom the conversation is with: that a question has come, what staff
 * answer, that it is closed.  To staff: what has been asked, with its text to
 * who has the ticket, and as a line among the alerts where nobody has.  Notes
 * are in none of them.
 *
 * Where the help desk takes mails (brand_takes_mail()), each mail has an
 * address of its recipient's own that answers come back to
 * (mail/reply_address.h); otherwise it asks to answer in the portal.
 */
#ifndef MPANEL_SUPPORT_TICKET_MAILS_H
#define MPANEL_SUPPORT_TICKET_MAILS_H

#include "mail/mail_fill.h"
#include "support/ticket.h"

/* Where a ticket is seen; behind it stands its id. */
#define TICKET_PORTAL_PATH "/client/help"
#define TICKET_STAFF_PATH  "/support"

/* As whom the recipient of a mail may answer: reply_code.as. */
#define TICKET_AS_STAFF	   "staff"
#define TICKET_AS_CUSTOMER "customer"

/* Hear FACT_TICKET_OPENED, _REPLIED and _CLOSED. */
enum err ticket_mail_opened(struct tx *tx, const struct id *ticket) MUST_USE;
enum err ticket_mail_replied(struct tx *tx, const struct id *message) MUST_USE;
enum err ticket_mail_closed(struct tx *tx, const struct id *ticket) MUST_USE;

/* Staff are told of a message, which may be a note: whoever has the ticket,
 * else as an alert. */
enum err ticket_mail_staff(
    struct tx *tx, const struct ticket *t, const struct id *message) MUST_USE;

/* Fill MAIL_TICKET_RECEIVED and MAIL_TICKET_CLOSED (ref: ticket),
 * MAIL_TICKET_REPLIED, MAIL_TICKET_ASKED and MAIL_STAFF_TICKET (ref: message).
 */
enum err ticket_mail_fill(struct tx *tx, const struct id *ticket,
    const char *lang, struct view *v) MUST_USE;
enum err ticket_answer_fill(struct tx *tx, const struct id *message,
    const char *lang, struct view *v) MUST_USE;
enum err ticket_asked_fill(struct tx *tx, const struct id *message,
    const char *lang, struct view *v) MUST_USE;
enum err ticket_alert_fill(struct tx *tx, const struct id *message,
    const char *lang, struct view *v) MUST_USE;

#endif
