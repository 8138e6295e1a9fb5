/* factor_codes.c - codes that we make: sent by e-mail, or kept on paper.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor_parts.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "identity/audit.h"

#define SENT_LIFE_S 600
#define SENT_TRIES  5

/* Of one person only: equal codes of two have different hashes. */
static void
code_hash(const struct tx *tx, const struct user *u, const char *code,
    char out[static TOKEN_HASH_LEN])
{
	const char *const parts[] = {"code", tx->tenant.s, u->id.s, code};
	struct content_hasher h;

	content_hash_begin(&h);
	for (size_t i = 0; i < N_ELEMS(parts); i++)
		content_hash_add(&h, parts[i], strlen(parts[i]) + 1);
	content_hash_end(&h, out);
}

/* ---- by e-mail ---- */

enum err
email_code_send(struct tx *tx, const struct user *u)
{
	char code[7], hash[TOKEN_HASH_LEN];
	enum err e;

	snprintf(code, sizeof(code), "%06u", random_below(1000000));
	code_hash(tx, u, code, hash);
	e = db_exec(tx,
	    "INSERT INTO sent_codes (tenant_id, user_id, kind, code_hash, "
	    "expires_at, created_at, updated_at) "
	    "VALUES ($1, $2, 'email', $3, $4, $5, $5) "
	    "ON CONFLICT (tenant_id, user_id, kind) DO UPDATE "
	    "SET code_hash = $3, tries = 0, expires_at = $4, updated_at = $5",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_TEXT(hash),
	    DB_INT(tx->now + SENT_LIFE_S), DB_INT(tx->now));
	if (e == OK)
		e = audit(tx, "factor.code_sent", "users", &u->id, NULL);
	if (e == OK)
		e = factor_mail_code(tx, u, code);
	sodium_memzero(code, sizeof(code));
	return e;
}

static enum err
count_try(struct tx *tx, const struct user *u)
{
	return db_exec(tx,
	    "UPDATE sent_codes SET tries = tries + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND user_id = $2 AND kind = 'email'",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_INT(tx->now));
}

enum err
sent_code_use(
    struct tx *tx, const struct user *u, const char *code, bool *fits_out)
{
	char hash[TOKEN_HASH_LEN];
	int64_t gone;
	enum err e;

	code_hash(tx, u, code, hash);
	e = db_exec_n(tx, &gone,
	    "DELETE FROM sent_codes "
	    "WHERE tenant_id = $1 AND user_id = $2 AND kind = 'email' "
	    "AND code_hash = $3 AND expires_at > $4 AND tries < $5",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_TEXT(hash), DB_INT(tx->now),
	    DB_INT(SENT_TRIES));
	if (e == OK && gone == 0)
		e = count_try(tx, u);
	if (e == OK)
		*fits_out = gone == 1;
	return e;
}

enum err
email_confirm(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *code, bool *fits_out)
{
	bool fits;
	enum err e = sent_code_use(tx, u, code, &fits);

	if (e == OK && fits)
		e = factor_activate(tx, u, FACTOR_EMAIL);
	if (e == OK && fits)
		e = factor_changed(
		    tx, by, u, "factor.email", "Codes by e-mail added");
	if (e == OK)
		*fits_out = fits;
	return e;
}

/* ---- on paper ---- */

/* 60 bits: twelve characters that are not taken for each other (Crockford's
 * base 32). */
static void
backup_code_new(char out[static BACKUP_CODE_LEN])
{
	static const char alphabet[32] = "0123456789abcdefghjkmnpqrstvwxyz";
	size_t at = 0;

	for (int i = 0; i < 12; i++) {
		if (i > 0 && i % 4 == 0)
			out[at++] = '-';
		out[at++] = alphabet[random_below(32)];
	}
	out[at] = '\0';
}

static enum err
insert(struct tx *tx, const struct user *u, const char *code)
{
	char plain[BACKUP_CODE_LEN], hash[TOKEN_HASH_LEN];
	size_t n = 0;

	for (; *code; code++)
		if (*code != '-')
			plain[n++] = *code;
	plain[n] = '\0';
	code_hash(tx, u, plain, hash);
	sodium_memzero(plain, sizeof(plain));
	return db_exec(tx,
	    "INSERT INTO backup_codes (tenant_id, user_id, code_hash, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $4)",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_TEXT(hash), DB_INT(tx->now));
}

enum err
backup_codes_make(struct tx *tx, const struct user *u, struct backup_codes *out)
{
	struct backup_codes codes;
	enum err e = db_exec(tx,
	    "DELETE FROM backup_codes WHERE tenant_id = $1 AND user_id = $2",
	    DB_ID(&tx->tenant), DB_ID(&u->id));

	for (int i = 0; e == OK && i < BACKUP_CODES; i++) {
		backup_code_new(codes.code[i]);
		e = insert(tx, u, codes.code[i]);
	}
	if (e == OK)
		*out = codes;
	sodium_memzero(&codes, sizeof(codes));
	return e;
}

enum err
backup_codes_renew(struct tx *tx, const struct factor_by *by,
    const struct user *u, struct backup_codes *out)
{
	enum err e = backup_codes_make(tx, u, out);

	return e == OK ? factor_changed(tx, by, u, "factor.backup_codes",
			     "New backup codes made")
		       : e;
}

enum err
backup_code_use(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *code, bool *fits_out)
{
	char hash[TOKEN_HASH_LEN];
	int64_t used;
	enum err e;

	code_hash(tx, u, code, hash);
	e = db_exec_n(tx, &used,
	    "UPDATE backup_codes SET used_at = $4, updated_at = $4 "
	    "WHERE tenant_id = $1 AND user_id = $2 AND code_hash = $3 "
	    "AND used_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_TEXT(hash), DB_INT(tx->now));
	if (e == OK && used == 1)
		e = audit(tx, "factor.backup_used", "users", &u->id, NULL);
	if (e == OK && used == 1)
		e = factor_mail_notice(
		    tx, by, u, "A backup code was used to sign in");
	if (e == OK)
		*fits_out = used == 1;
	return e;
}
