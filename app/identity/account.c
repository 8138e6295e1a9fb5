/* account.c - how people come to an account, and keep it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/account.h"

#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "identity/account_link.h"
#include "identity/audit.h"
#include "identity/personal_key.h"
#include "mail/mail.h"
#include "tenancy/tenant.h"

#define HOUR_S 3600

/* ---- links ---- */

/* "/reset-password?token=..." and its id, as the key of its mail. */
struct letter {
	enum account_link purpose;
	const char *path, *template, *what, *where;
	int hours;
};

static enum err
send_link(struct tx *tx, const struct user *u, const struct letter *l)
{
	char token[TOKEN_MAX];
	struct id id;
	enum err e = account_link_add(
	    tx, l->purpose, u, (int64_t)l->hours * HOUR_S, &id, token);

	if (e != OK)
		return e;
	return mail_add(tx,
	    &(struct mail){
		.template = l->template,
		.once = arena_printf(tx->arena, "%s:%s", l->template, id.s),
		.to = u->email,
		.name = u->name,
		.lang = u->language,
		.link = arena_printf(tx->arena, "%s?token=%s", l->path, token),
		.expires_hours = l->hours,
		.what = l->what,
		.where = l->where,
	    });
}

/* Where somebody sits, for a mail: the address, which may be unknown. */
static const char *
place_of(const struct session_from *from)
{
	return from->client && from->client[0] ? from->client : "unknown";
}

/* Who has read a mail of ours at the address. */
static enum err
note_verified(struct tx *tx, const struct id *user)
{
	return db_exec(tx,
	    "UPDATE users SET email_verified_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND email_verified_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(user), DB_INT(tx->now));
}

/* ---- forgotten ---- */

enum err
account_forgot(
    struct tx *tx, const char *email, const struct session_from *from)
{
	struct user u = {0};
	enum err e = user_find(tx, email, &u);

	if (e == OK && u.is_active)
		e = send_link(tx, &u,
		    &(struct letter){
			.purpose = LINK_PASSWORD,
			.path = ACCOUNT_PASSWORD_PATH,
			.template = MAIL_RESET,
			.where = place_of(from),
			.hours = ACCOUNT_RESET_HOURS,
		    });
	if (e != OK && e != E_NOTFOUND)
		return e;
	return audit(tx, "password.forgot", "users", &u.id, NULL);
}

/* ---- inviting ---- */

static enum err
send_invitation(struct tx *tx, const struct user *u)
{
	struct tenant t;
	enum err e = tenant_get(tx, &tx->tenant, &t);

	if (e != OK)
		return e;
	return send_link(tx, u,
	    &(struct letter){
		.purpose = LINK_PASSWORD,
		.path = ACCOUNT_PASSWORD_PATH,
		.template = MAIL_INVITATION,
		.what =
		    tx->actor->kind == ACTOR_USER ? tx->actor->name : t.name,
		.hours = ACCOUNT_INVITE_HOURS,
	    });
}

enum err
account_welcome(struct tx *tx, const struct user *u)
{
	return send_link(tx, u,
	    &(struct letter){
		.purpose = LINK_PASSWORD,
		.path = ACCOUNT_PASSWORD_PATH,
		.template = MAIL_WELCOME,
		.hours = ACCOUNT_INVITE_HOURS,
	    });
}

enum err
account_invite(struct tx *tx, const struct user_new *n, struct id *out)
{
	struct user u;
	enum err e = user_add(tx, n, &u);

	if (e == OK)
		e = send_invitation(tx, &u);
	if (e == OK)
		*out = u.id;
	return e;
}

enum err
account_invite_again(struct tx *tx, const struct id *user)
{
	struct user u;
	enum err e = user_get(tx, user, &u);

	if (e != OK)
		return e;
	if (u.password_hash != NULL || !u.is_active) {
		problem_add(tx->problems, "", "conflict",
		    u.is_active ? "This person has a password already."
				: "This person is disabled.");
		return E_CONFLICT;
	}
	e = send_invitation(tx, &u);
	return e == OK ? audit(tx, "user.invite", "users", user, NULL) : e;
}

/* ---- passwords ---- */

static enum err
tell_password_changed(struct tx *tx, const struct user *u, int64_t n_keys,
    const struct session_from *from)
{
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_PASSWORD_CHANGED,
		    /* the epoch that this change made */
		    .once = arena_printf(tx->arena, "password:%s:%lld", u->id.s,
			(long long)u->epoch),
		    .to = u->email,
		    .name = u->name,
		    .lang = u->language,
		    .what = n_keys == 0 ? NULL
					: arena_printf(tx->arena, "%lld",
					      (long long)n_keys),
		    .where = place_of(from),
		    .when = tx->now,
		});
}

/* All sessions, links and personal keys end; the person is read anew. */
static enum err
set_password(struct tx *tx, const struct id *user, const char *hash,
    const struct session_from *from, struct user *out)
{
	struct key_count keys;
	struct user u;
	enum err e = keys_count(tx, user, &keys);

	if (e == OK)
		e = user_set_password(tx, user, hash);
	if (e == OK)
		e = user_get(tx, user, &u);
	if (e == OK)
		e = tell_password_changed(tx, &u, keys.personal, from);
	if (e == OK)
		*out = u;
	return e;
}

enum err
account_choose_password(struct tx *tx, const char *token,
    const char *password_hash, const struct session_from *from,
    struct user *out)
{
	struct user u;
	enum err e = account_link_take(tx, LINK_PASSWORD, token, &u);

	if (e == OK)
		e = note_verified(tx, &u.id);
	return e == OK ? set_password(tx, &u.id, password_hash, from, out) : e;
}

enum err
account_change_password(struct tx *tx, const struct user *checked,
    const char *password_hash, const struct session_from *from,
    struct user *user_out)
{
	struct user now;
	enum err e = user_get(tx, &checked->id, &now);

	if (e == E_NOTFOUND ||
	    (e == OK && (!now.is_active || now.epoch != checked->epoch)))
		return E_DENIED;
	if (e != OK)
		return e;
	return set_password(tx, &now.id, password_hash, from, user_out);
}

/* ---- addresses ---- */

enum err
account_send_verification(struct tx *tx, const struct id *user)
{
	struct user u;
	enum err e = user_get(tx, user, &u);

	if (e != OK)
		return e;
	if (u.email_verified_at != 0) {
		problem_add(tx->problems, "", "conflict",
		    "This address is verified already.");
		return E_CONFLICT;
	}
	e = send_link(tx, &u,
	    &(struct letter){
		.purpose = LINK_EMAIL,
		.path = ACCOUNT_EMAIL_PATH,
		.template = MAIL_VERIFY_EMAIL,
		.hours = ACCOUNT_VERIFY_HOURS,
	    });
	return e == OK ? audit(tx, "user.verify_send", "users", &u.id, NULL)
		       : e;
}

enum err
account_verify_email(struct tx *tx, const char *token)
{
	struct user u;
	enum err e = account_link_take(tx, LINK_EMAIL, token, &u);

	if (e == OK)
		e = note_verified(tx, &u.id);
	return e == OK ? audit(tx, "user.verify", "users", &u.id, NULL) : e;
}

/* ---- the profile ---- */

static const char *const languages[] = {"", "en", "de", NULL};
static const char *const date_formats[] = {"iso", "day", "month", NULL};

static void
check_word(struct problems *p, const char *field, const char *word,
    const char *const *list)
{
	while (word && *list && !str_eq(word, *list))
		list++;
	if (*list == NULL)
		problem_add(
		    p, field, "not_in_list", "There is no such choice.");
}

static enum err
check_profile(struct problems *p, const struct account_profile *n)
{
	size_t before = p->n;

	user_check_name(p, "firstName", n->first_name);
	user_check_name(p, "lastName", n->last_name);
	check_word(p, "language", n->language, languages);
	check_word(p, "dateFormat", n->date_format, date_formats);
	if (n->time_zone && !zone_valid(n->time_zone))
		problem_add(p, "timeZone", "not_in_list",
		    "There is no such time zone.");
	return p->n == before ? OK : E_INPUT;
}

/* The name that a person is called by follows the two that were given. */
#define FULL_NAME                                                              \
	"trim(COALESCE($3, first_name) || ' ' || COALESCE($4, last_name))"

enum err
account_set_profile(
    struct tx *tx, const struct id *user, const struct account_profile *p)
{
	enum err e = check_profile(tx->problems, p);

	if (e == OK)
		e = db_exec(tx,
		    "UPDATE users "
		    "SET first_name = COALESCE($3, first_name), "
		    "last_name = COALESCE($4, last_name), "
		    "name = CASE WHEN " FULL_NAME " <> '' THEN " FULL_NAME
		    " ELSE name END, "
		    "language = COALESCE($5, language), "
		    "time_zone = COALESCE($6, time_zone), "
		    "date_format = COALESCE($7, date_format), "
		    "version = version + 1, updated_at = $8 "
		    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(user), DB_TEXT(p->first_name),
		    DB_TEXT(p->last_name), DB_TEXT(p->language),
		    DB_TEXT(p->time_zone), DB_TEXT(p->date_format),
		    DB_INT(tx->now));
	return e == OK ? audit(tx, "user.profile", "users", user, NULL) : e;
}
