/* mail_parts.h - kinds of mails and what a row of the outbox says, for the
 * files of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_MAIL_PARTS_H
#define MPANEL_MAIL_MAIL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/secret.h"
#include "mail/mail.h"

/* Prefix of the outbox's column template. */
#define MAIL_PREFIX "mail/"

/* What an alert becomes, and what a person sends to try the way out. */
#define MAIL_STAFF_ALERTS "staff-alerts"
#define MAIL_TEST	  "test"

enum mail_need {
	NEEDS_LINK = 1 << 0,
	NEEDS_CODE = 1 << 1,
	NEEDS_HOURS = 1 << 2,
	NEEDS_WHAT = 1 << 3,
	NEEDS_WHERE = 1 << 4,
	NEEDS_WHEN = 1 << 5,
	NEEDS_REF = 1 << 6,
	/* goes to staff together with others like it */
	IS_ALERT = 1 << 7
};

struct mail_kind {
	const char *name;  /* "reset" */
	const char *label; /* "Choose a new password" */
	unsigned needs;
};
/* Ended by a NULL name. */
extern const struct mail_kind mail_kinds[];
/* By the name with or without MAIL_PREFIX; NULL: unknown. */
const struct mail_kind *mail_kind_find(const char *name);

/* The languages that mails are written in; ended by NULL.  The first is what
 * every other language falls back to. */
extern const char *const mail_langs[];
/* One of them: lang, or its part before "-", or the first. */
const char *mail_lang(const char *lang);

/* The keys of mail_use_box(); NULL (logged): this process has none. */
const struct secret_box *mail_box(void);

/* The payload of a row, read.  Texts live in the arena. */
struct mail_words {
	const char *name, *lang, *what, *where; /* NULL: absent */
	const char *link, *code;		/* unsealed; NULL: absent */
	int64_t expires_hours, when;
};
/* E_DENIED: a secret was sealed with a key that we do not have. */
enum err mail_words_read(struct arena *a, const struct id *tenant,
    const char *once, const char *payload, struct mail_words *out) MUST_USE;
/* The payload without its secrets; NULL when memory is refused. */
const char *mail_payload_bare(struct arena *a, const char *payload);

#endif
