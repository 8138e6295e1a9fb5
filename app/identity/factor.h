/* factor.h - second factors: what shows who somebody is beside the password.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An authenticator app (totp.h), codes sent by e-mail, and ten backup codes
 * for the day when neither is at hand.  Passkeys and codes by SMS have their
 * places in the table of kinds and are not built.
 *
 * Every change raises the person's epoch, which ends all sessions, tokens and
 * half log-ins; the caller lets the acting one go on under a new token
 * (login_go_on()).  Each is audited and announced to the person by mail.
 *
 * All of it needs tx->tenant and a transaction that writes, where it does not
 * only read.  A wrong code is no error: *fits_out says so, and what was counted
 * is to be committed.
 */
#ifndef MPANEL_IDENTITY_FACTOR_H
#define MPANEL_IDENTITY_FACTOR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "identity/user.h"
#include "store/store.h"

enum factor_kind {
	FACTOR_TOTP,
	FACTOR_EMAIL,
	FACTOR_BACKUP,
	FACTOR_SMS,
	FACTOR_WEBAUTHN,
	FACTOR__MAX
};
struct factor_kind_row {
	const char *word;  /* in rows and JSON: "totp" */
	const char *title; /* on pages: "Authenticator app" */
	bool is_built;
};
extern const struct factor_kind_row factor_kinds[FACTOR__MAX];

/* What the flows need to know from who calls them. */
struct factor_by {
	const struct secret_box *box;
	const char *issuer; /* the company's name, for the app */
	const char *where;  /* the client's address, for the mails */
};

/* What a person has. */
struct factors {
	bool has_totp, has_email;
	int64_t totp_at, email_at; /* since when */
	int64_t backup_codes;	   /* that are not used up */
};
enum err factors_get(
    struct tx *tx, const struct id *user, struct factors *out) MUST_USE;

/* The person as of now; others who change or try the factors wait. */
enum err factor_lock(
    struct tx *tx, const struct id *user, struct user *out) MUST_USE;

/* ---- at the door ---- */

/* Is this one of the person's codes, of whatever kind?  It is used up.  Spaces
 * and dashes don't count.  The person is locked. */
enum err factor_use(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *code, bool *fits_out) MUST_USE;

/* ---- the authenticator app ---- */

struct totp_setup {
	const char *secret; /* base32 */
	const char *uri;    /* for the picture */
};
/* A new secret, pending until its first code; one that was pending before is
 * forgotten, one that is in use stays so. */
enum err totp_start(struct tx *tx, const struct factor_by *by,
    const struct user *u, struct totp_setup *out) MUST_USE;
/* The pending one again.  E_NOTFOUND: none, or it is older than an hour. */
enum err totp_pending(struct tx *tx, const struct factor_by *by,
    const struct user *u, struct totp_setup *out) MUST_USE;
/* Its first code: it is the person's factor from here on.  E_NOTFOUND as
 * above, also after ten wrong codes. */
enum err totp_confirm(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *code, bool *fits_out) MUST_USE;

/* ---- codes by e-mail ---- */

/* A code to the person's address, good for ten minutes and five tries; one
 * that was sent before is not any more. */
enum err email_code_send(struct tx *tx, const struct user *u) MUST_USE;
/* Such a code shows that mails arrive: they are the person's factor. */
enum err email_confirm(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *code, bool *fits_out) MUST_USE;

/* ---- backup codes ---- */

#define BACKUP_CODES	10
#define BACKUP_CODE_LEN 15 /* "k7dm-2xq9-w4hp" */
struct backup_codes {
	char code[BACKUP_CODES][BACKUP_CODE_LEN];
};
/* Ten new ones, shown only here; those before are not good any more.  The first
 * come with the first factor and are no change of their own. */
enum err backup_codes_make(
    struct tx *tx, const struct user *u, struct backup_codes *out) MUST_USE;
enum err backup_codes_renew(struct tx *tx, const struct factor_by *by,
    const struct user *u, struct backup_codes *out) MUST_USE;

/* ---- away with them ---- */

/* All factors and codes of the person, by the person.  E_NOTFOUND: none. */
enum err factors_remove(
    struct tx *tx, const struct factor_by *by, const struct user *u) MUST_USE;
/* The same by staff, for somebody who has lost them. */
enum err factors_reset(struct tx *tx, const struct user *u) MUST_USE;

#endif
