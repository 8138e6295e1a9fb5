/* mail_in.h - a mail that came in becomes part of a ticket.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Nothing in a mail is believed but the code in the address that it was sent to
 * (mail/reply_address.h), which its recipient got from us.  Who writes to the
 * address that went to them, from the address that it went to, is that person:
 * staff answer by it, and customers.  Who has somebody else's code is heard, in
 * a note to staff, and gets nothing back.  Any other mail opens a ticket.
 *
 * What machines write never makes a mail: answers of theirs and reports are
 * notes of the ticket they are about, or are dropped (a row of incoming_mails
 * and a line of the log say why); other mails of theirs open quiet tickets.
 */
#ifndef MPANEL_SUPPORT_MAIL_IN_H
#define MPANEL_SUPPORT_MAIL_IN_H

#include "base/settings.h"
#include "mail/incoming.h"
#include "resource/noun.h"
#include "support/ticket.h"

enum mail_in_outcome {
	MAIL_IN_TAKING,
	MAIL_IN_OPENED,
	MAIL_IN_REPLIED,
	MAIL_IN_NOTED,
	MAIL_IN_DROPPED,
	MAIL_IN__MAX
};
/* As they are in rows: "opened". */
extern const char *const mail_in_words[MAIL_IN__MAX];

/* The rows of incoming_mails, as staff read them. */
extern const struct noun incoming_mails_noun;

/* What the mail server says of it, and what is in it. */
struct mail_in {
	const char *sender;    /* of the envelope; "": none */
	const char *recipient; /* of the envelope */
	size_t bytes;
	const struct incoming *mail;
	/* mail_in_keep() */
	const struct ticket_file *files;
	size_t n_files;
	const char *left; /* names of files that were not kept; NULL: none */
};

struct mail_in_done {
	enum mail_in_outcome outcome;
	const char *reason; /* "": nothing special */
	bool is_repeated;   /* it was here before: nothing has changed */
	struct id ticket, message;
};

/* Whose mails go to the recipient?  In a transaction without a tenant.
 * E_NOTFOUND: nobody's, or there is no such address; E_BUSY with *why_out: not
 * now, because the company is suspended or the settings lack the domain. */
enum err mail_in_whose(struct tx *tx, const struct settings *s,
    const char *recipient, struct id *tenant_out,
    const char **why_out) MUST_USE;

/* Keep its files on the disk, as many and as large as the settings allow; what
 * is too much is in `left`.  A text that is too long for a message is one of
 * them.  Before a transaction.  E_SYS. */
enum err mail_in_keep(struct arena *a, const struct settings *s,
    const struct id *tenant, struct mail_in *m) MUST_USE;

/* Take it.  E_INPUT: it says of nobody whom we could answer; E_LIMIT: too many
 * of this sender within the hour (setting mail_in_per_hour). */
enum err mail_in_take(struct tx *tx, const struct settings *s,
    const struct mail_in *m, struct mail_in_done *out) MUST_USE;

#endif
