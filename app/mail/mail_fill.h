/* mail_fill.h - what rooms to the right add to mails about their things.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A mail about an order carries the order's id; when it is sent, the orders'
 * filler reads the order and fills the view that the template is rendered
 * over.  main/ gathers the fillers.
 */
#ifndef MPANEL_MAIL_MAIL_FILL_H
#define MPANEL_MAIL_MAIL_FILL_H

#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"
#include "template/view.h"

/* What it finds in the view of a letter beside what all mails say:
 *
 *	recipient   the address that it goes to
 *	helpEmail   of the help desk, where its mails come in
 *(brand_takes_mail())
 *
 * and may put there, about the letter itself:
 *
 *	letterReplyTo  where answers go, and reports that it could not be
 *		       delivered
 *	letterRoot, letterAnswers, letterLoop, letterByPerson
 *		       struct message, without "letter"
 *	replyAbove     the line above which an answer is to stand
 */
struct mail_filler {
	const char *template; /* MAIL_ORDER_CONFIRMATION */
	const char *ref;      /* the member with the id: "orderId" */
	/* In a reading transaction.  For an alert: `text`, one line, and
	 * `path` to where it can be dealt with.  E_NOTFOUND: it is gone, and
	 * the mail with it. */
	enum err (*fill)(struct tx *tx, const struct id *ref, const char *lang,
	    struct view *v);
};
/* Ended by a NULL template. */
extern const struct mail_filler mail_fillers[];

/* ---- values as mails write them ---- */

/* Text of which nobody knows what is in it, as one short line. */
void mail_put_line(struct view *v, const char *name, const char *text);

/* Whom it greets, unless the mail names somebody itself. */
void mail_put_name(struct view *v, const char *name);

/* `$29.88` */
void mail_put_money(
    struct view *v, const char *name, int64_t minor, const char *currency);
/* `28 November 2026`, `28. November 2026`; date is YYYY-MM-DD, NULL: absent. */
void mail_put_date(
    struct view *v, const char *name, const char *date, const char *lang);
/* The same with `, 19:24 UTC`; 0: absent. */
void mail_put_time(
    struct view *v, const char *name, int64_t t, const char *lang);
/* `2 hours`, `3 Tage`. */
void mail_put_span(
    struct view *v, const char *name, int64_t hours, const char *lang);

#endif
