/* mail_in_parts.h - who writes, for the files of mail_in.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_MAIL_IN_PARTS_H
#define MPANEL_SUPPORT_MAIL_IN_PARTS_H

#include "mail/quoted.h"
#include "mail/reply_address.h"
#include "support/mail_in.h"

enum mail_in_as {
	MAIL_IN_STRANGER, /* to this ticket, or to none */
	MAIL_IN_CUSTOMER, /* one with whom the conversation is */
	MAIL_IN_STAFF,
	MAIL_IN_OTHER /* has the code of somebody else */
};

/* What the recipient's address says, and whom it proves. */
struct mail_in_who {
	struct reply_address to;
	const char *from; /* "": nobody whom we could answer */
	bool has_ticket;  /* the code is right, whoever's it is */
	struct ticket ticket;
	enum mail_in_as as;
	struct id user; /* the person, if one of ours */
	const char *name;
};
enum err mail_in_find(
    struct tx *tx, const struct mail_in *m, struct mail_in_who *out) MUST_USE;

/* Whose ticket a stranger's mail opens, as far as the sender's address says:
 * a person's first account whose tickets they may see, or the customer of that
 * address; both unset for others. */
struct mail_in_owner {
	struct id customer, contact;
	bool is_staff; /* an address of staff, which proves nothing */
};
enum err mail_in_find_owner(
    struct tx *tx, const char *from, struct mail_in_owner *out) MUST_USE;

/* Of the department that the address is for; unset: none. */
enum err mail_in_find_department(
    struct tx *tx, const struct reply_address *to, struct id *out) MUST_USE;

/* One mail, on its way. */
struct mail_in_taking {
	struct tx *tx;
	const struct settings *settings;
	const struct mail_in *m;
	const struct incoming *mail;
	struct mail_in_who who;
	struct quoted text;
	struct id row;
	const char *mail_id, *hash;
	bool is_quiet; /* a machine wrote it */
	struct mail_in_done done;
};

/* Of what it says, whatever road it took. */
const char *mail_in_hash(struct arena *a, const struct incoming *in);
/* Whoever inserts its row has the mail: *is_mine.  Else t->done says what
 * became of it.  By its Message-ID; some programs give each mail the same, and
 * some none: these go by what they say. */
enum err mail_in_claim(struct mail_in_taking *t, bool *is_mine) MUST_USE;
/* Some rows that are older than 90 days. */
enum err mail_in_forget(struct tx *tx) MUST_USE;

#endif
