/* factor.c - second factors: what somebody has, and the end of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor_parts.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/personal_key.h"
#include "identity/totp.h"

#define CODE_MAX_CHARS 32

/* clang-format off */
const struct factor_kind_row factor_kinds[FACTOR__MAX] = {
	[FACTOR_TOTP]     = { "totp",     "Authenticator app", true },
	[FACTOR_EMAIL]    = { "email",    "Codes by e-mail",   true },
	[FACTOR_BACKUP]   = { "backup",   "Backup codes",      true },
	[FACTOR_SMS]      = { "sms",      "Codes by SMS",      false },
	[FACTOR_WEBAUTHN] = { "webauthn", "Passkeys",          false },
};
/* clang-format on */

/* ---- what somebody has ---- */

static enum err
count_backup_codes(struct tx *tx, const struct id *user, int64_t *out)
{
	return db_int(tx, 0, out,
	    "SELECT count(*) FROM backup_codes "
	    "WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(user));
}

enum err
factors_get(struct tx *tx, const struct id *user, struct factors *out)
{
	struct factors f = {0};
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT kind, updated_at FROM user_factors "
	    "WHERE tenant_id = $1 AND user_id = $2 AND status = 'active'",
	    DB_ID(&tx->tenant), DB_ID(user));

	while (e == OK && rows_next(&r)) {
		const char *kind = row_text(&r, 0);

		if (str_eq(kind, factor_kinds[FACTOR_TOTP].word)) {
			f.has_totp = true;
			f.totp_at = row_int(&r, 1);
		} else if (str_eq(kind, factor_kinds[FACTOR_EMAIL].word)) {
			f.has_email = true;
			f.email_at = row_int(&r, 1);
		}
	}
	e = rows_done(&r);
	if (e == OK)
		e = count_backup_codes(tx, user, &f.backup_codes);
	if (e == OK)
		*out = f;
	return e;
}

enum err
factor_lock(struct tx *tx, const struct id *user, struct user *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM users "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(user));

	if (e == OK)
		e = rows_done(&r);
	return e == OK ? user_get(tx, user, out) : e;
}

/* ---- at the door ---- */

/* Without spaces and dashes, in lower case; "" when it is too long. */
static void
normalize(const char *code, char out[static CODE_MAX_CHARS + 1])
{
	size_t n = 0;

	for (; *code; code++) {
		if (*code == ' ' || *code == '-')
			continue;
		if (n == CODE_MAX_CHARS) {
			n = 0;
			break;
		}
		out[n++] = (char)tolower((unsigned char)*code);
	}
	out[n] = '\0';
}

static bool
is_six_digits(const char *s)
{
	return strlen(s) == TOTP_DIGITS &&
	       strspn(s, "0123456789") == TOTP_DIGITS;
}

enum err
factor_use(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *code, bool *fits_out)
{
	char plain[CODE_MAX_CHARS + 1];
	bool fits = false;
	enum err e;

	normalize(code, plain);
	if (!is_six_digits(plain))
		return backup_code_use(tx, by, u, plain, fits_out);
	e = totp_use(tx, by, u, plain, &fits);
	if (e == E_NOTFOUND)
		e = OK;
	if (e == OK && !fits)
		e = sent_code_use(tx, u, plain, &fits);
	if (e == OK)
		*fits_out = fits;
	return e;
}

/* ---- changes ---- */

enum err
factor_activate(struct tx *tx, const struct user *u, enum factor_kind kind)
{
	struct id id = id_new(clock_now_ms());

	return db_exec(tx,
	    "INSERT INTO user_factors (tenant_id, id, user_id, kind, status, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, 'active', $5, $5) "
	    "ON CONFLICT (tenant_id, user_id, kind, status) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&u->id),
	    DB_TEXT(factor_kinds[kind].word), DB_INT(tx->now));
}

static enum err
raise_epoch(struct tx *tx, const struct user *u, const char *action)
{
	enum err e = db_exec(tx,
	    "UPDATE users "
	    "SET has_factor = CASE WHEN EXISTS (SELECT 1 FROM user_factors f "
	    "WHERE f.tenant_id = $1 AND f.user_id = $2 "
	    "AND f.status = 'active') THEN 1 ELSE 0 END, "
	    "epoch = epoch + 1, version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_INT(tx->now));

	if (e == OK)
		e = personal_keys_end(tx, &u->id, KEY_END_FACTOR);
	return e == OK ? audit(tx, action, "users", &u->id, NULL) : e;
}

enum err
factor_changed(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *action, const char *what)
{
	enum err e = raise_epoch(tx, u, action);

	return e == OK ? factor_mail_notice(tx, by, u, what) : e;
}

/* ---- away with them ---- */

#define FORGET(table)                                                          \
	"DELETE FROM " table " WHERE tenant_id = $1 AND user_id = $2"

static enum err
forget_all(struct tx *tx, const struct user *u)
{
	enum err e = db_exec(
	    tx, FORGET("user_factors"), DB_ID(&tx->tenant), DB_ID(&u->id));

	if (e == OK)
		e = db_exec(tx, FORGET("backup_codes"), DB_ID(&tx->tenant),
		    DB_ID(&u->id));
	if (e == OK)
		e = db_exec(tx, FORGET("sent_codes"), DB_ID(&tx->tenant),
		    DB_ID(&u->id));
	return e == OK ? db_exec(tx, FORGET("login_challenges"),
			     DB_ID(&tx->tenant), DB_ID(&u->id))
		       : e;
}

enum err
factors_remove(struct tx *tx, const struct factor_by *by, const struct user *u)
{
	enum err e;

	if (!u->has_factor)
		return E_NOTFOUND;
	e = forget_all(tx, u);
	return e == OK ? factor_changed(tx, by, u, "factor.disable",
			     "All second factors removed")
		       : e;
}

enum err
factors_reset(struct tx *tx, const struct user *u)
{
	enum err e = forget_all(tx, u);

	if (e == OK)
		e = raise_epoch(tx, u, "factor.reset");
	return e == OK ? factor_mail_reset(tx, u) : e;
}
