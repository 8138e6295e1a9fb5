/* account.h - how people come to an account, and keep it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Flows in one transaction, with their audit rows and mails.  A password comes
 * as its hash, because hashing takes too long for a transaction; whether it is
 * acceptable is password.h's.
 */
#ifndef MPANEL_IDENTITY_ACCOUNT_H
#define MPANEL_IDENTITY_ACCOUNT_H

#include "base/error.h"
#include "base/id.h"
#include "identity/session.h"
#include "identity/user.h"
#include "store/store.h"

/* Paths that mails lead to. */
#define ACCOUNT_PASSWORD_PATH "/reset-password"
#define ACCOUNT_EMAIL_PATH    "/verify-email"

/* How long a link is good. */
#define ACCOUNT_RESET_HOURS  2
#define ACCOUNT_INVITE_HOURS (7 * 24)
#define ACCOUNT_VERIFY_HOURS (3 * 24)

/* Somebody says that a password is forgotten.  A mail is sent where there is
 * such an active person; the caller, the answer and the time it takes don't
 * show it: one audit row and one COMMIT in either case. */
enum err account_forgot(
    struct tx *tx, const char *email, const struct session_from *from) MUST_USE;

/* A new person without a password gets a link to choose one.  Errors are
 * user_add()'s. */
enum err account_invite(
    struct tx *tx, const struct user_new *n, struct id *out) MUST_USE;
/* For somebody who has an account without having asked for it. */
enum err account_welcome(struct tx *tx, const struct user *u) MUST_USE;
/* The link once more; what was sent before is no good any more.  E_NOTFOUND;
 * E_CONFLICT: the person has a password, or is disabled. */
enum err account_invite_again(struct tx *tx, const struct id *user) MUST_USE;

/* The password that a link was for.  The address is verified by it, too: only
 * who reads its mail has the link.  E_NOTFOUND: account_link_take()'s. */
enum err account_choose_password(struct tx *tx, const char *token,
    const char *password_hash, const struct session_from *from,
    struct user *out) MUST_USE;

/* A signed-in person's own new password, once the old one was checked against
 * `checked` outside of the transaction.  All sessions end; *user_out is who may
 * open the next.  E_DENIED: changed or disabled meanwhile. */
enum err account_change_password(struct tx *tx, const struct user *checked,
    const char *password_hash, const struct session_from *from,
    struct user *user_out) MUST_USE;

/* Send a link that verifies the person's address.  E_CONFLICT: it is. */
enum err account_send_verification(
    struct tx *tx, const struct id *user) MUST_USE;
enum err account_verify_email(struct tx *tx, const char *token) MUST_USE;

/* How a person wants to be spoken to; NULL leaves a field as it is. */
struct account_profile {
	const char *first_name, *last_name;
	const char *language;	 /* "en", "de"; "": the company's */
	const char *time_zone;	 /* "Europe/Berlin" */
	const char *date_format; /* "iso", "day", "month" */
};
/* E_INPUT with problems. */
enum err account_set_profile(struct tx *tx, const struct id *user,
    const struct account_profile *p) MUST_USE;

#endif
