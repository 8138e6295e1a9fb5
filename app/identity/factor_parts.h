/* factor_parts.h - what the files of the second factors share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_FACTOR_PARTS_H
#define MPANEL_IDENTITY_FACTOR_PARTS_H

#include "identity/factor.h"

/* factor.c: something about the person's factors is another from here on.
 * Raises the epoch, audits `action`, and tells the person what it was. */
enum err factor_changed(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *action, const char *what) MUST_USE;
/* The active factor of that kind, made or kept. */
enum err factor_activate(
    struct tx *tx, const struct user *u, enum factor_kind kind) MUST_USE;

/* factor_totp.c: E_NOTFOUND when there is no app. */
enum err totp_use(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *code, bool *fits_out) MUST_USE;

/* factor_codes.c */
enum err sent_code_use(struct tx *tx, const struct user *u, const char *code,
    bool *fits_out) MUST_USE;
enum err backup_code_use(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *code, bool *fits_out) MUST_USE;

/* factor_mail.c */
enum err factor_mail_code(
    struct tx *tx, const struct user *u, const char *code) MUST_USE;
/* "Authenticator app added" */
enum err factor_mail_notice(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *what) MUST_USE;
/* By tx->actor, who is another. */
enum err factor_mail_reset(struct tx *tx, const struct user *u) MUST_USE;

#endif
