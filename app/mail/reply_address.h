/* reply_address.h - the address by which the answer to a mail comes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	help+tkt-2026-000001.3f0c...9a@example.com
 *
 * The code behind the dot is a MAC of what the mail is about and of whom it
 * went to, under the key of the key file: whoever has it got that mail, or has
 * it from somebody who did, and nobody makes one up.  It is each recipient's
 * own, so that it also says as whom somebody writes.
 */
#ifndef MPANEL_MAIL_REPLY_ADDRESS_H
#define MPANEL_MAIL_REPLY_ADDRESS_H

#include "base/error.h"
#include "store/store.h"

/* What a code vouches for, within tx->tenant. */
struct reply_code {
	const char *about;  /* a secret of the thing: its mail key */
	const char *as;	    /* "staff", "customer" */
	const char *person; /* the address that the mail went to */
};

#define REPLY_CODE_LEN 21 /* 20 hex digits (80 bits) and NUL */

/* For base "help@example.com" and word "TKT-2026-000001".  E_SYS (logged): this
 * process has no key (mail_use_box()). */
enum err reply_address_make(struct tx *tx, const char *base, const char *word,
    const struct reply_code *c, const char **out) MUST_USE;

/* An address taken apart; texts live in the arena, "" where there is none. */
struct reply_address {
	const char *local;  /* "help" */
	const char *domain; /* "example.com" */
	const char *word;   /* "tkt-2026-000001", or all behind the + */
	const char *code;   /* "3f0c...9a" */
};
/* E_INPUT: it is no address. */
enum err reply_address_parse(
    struct arena *a, const char *address, struct reply_address *out) MUST_USE;

/* In constant time, by any key that the key file still has.  E_DENIED: the code
 * is of something else; E_SYS as above. */
enum err reply_code_check(
    struct tx *tx, const char *code, const struct reply_code *c) MUST_USE;

#endif
