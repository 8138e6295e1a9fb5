/* factor_api.c - second factors for programs, and what the pages share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor_api.h"

#include "base/text.h"
#include "identity/company_rules.h"
#include "identity/qr.h"
#include "identity/role.h"
#include "tenancy/tenant.h"

#define CODE_MAX     32
#define PASSWORD_MAX 1024

/* ---- what pages do, too ---- */

enum err
factor_self(struct request *rq, struct user *out)
{
	return factor_lock(rq->tx, &rq->actor.id, out);
}

enum err
factor_enrolled(struct request *rq, const struct user *u, struct enrolled *out)
{
	struct enrolled n = {.has_codes = false};
	struct factors factors;
	enum err e = factors_get(rq->tx, &u->id, &factors);

	if (e == OK && factors.backup_codes == 0) {
		e = backup_codes_make(rq->tx, u, &n.codes);
		n.has_codes = true;
	}
	if (e == OK)
		e = login_go_on(rq, rq->tx, true, &n.next);
	if (e == OK)
		*out = n;
	return e;
}

enum err
factor_renew_codes(struct request *rq, struct enrolled *out)
{
	const struct factor_by by = factor_by(rq);
	struct enrolled n = {.has_codes = true};
	struct user user;
	enum err e = factor_self(rq, &user);

	if (e == OK && !user.has_factor) {
		problem_add(&rq->problems, "", "conflict",
		    "Backup codes stand in for a second factor: set one up "
		    "first.");
		return E_CONFLICT;
	}
	if (e == OK)
		e = backup_codes_renew(rq->tx, &by, &user, &n.codes);
	if (e == OK)
		e = login_go_on(rq, rq->tx, true, &n.next);
	if (e == OK)
		*out = n;
	return e;
}

enum err
factor_send_code(struct request *rq)
{
	struct user user;
	enum err e;

	if (!setting_bool(rq->settings, "factor_email")) {
		problem_add(&rq->problems, "", "not_allowed",
		    "Codes by e-mail are not used here.");
		return E_CONFLICT;
	}
	e = factor_self(rq, &user);
	if (e == OK)
		e = login_count_code(rq, &user.id);
	return e == OK ? email_code_send(rq->tx, &user) : e;
}

struct disable {
	struct request *rq;
	struct user user; /* as the password was checked */
	struct login_next next;
};

static enum err
disable_all(struct tx *tx, void *arg)
{
	struct disable *d = arg;
	const struct factor_by by = factor_by(d->rq);
	struct user now;
	enum err e = factor_lock(tx, &d->user.id, &now);

	if (e == OK && now.epoch != d->user.epoch)
		e = E_DENIED;
	if (e == OK)
		e = factors_remove(tx, &by, &now);
	if (e == E_NOTFOUND)
		return E_CONFLICT;
	return e == OK ? login_go_on(d->rq, tx, false, &d->next) : e;
}

enum err
factor_disable(struct request *rq, const char *password, struct login_next *out)
{
	struct disable d = {.rq = rq};
	struct tx tx;
	enum err e = login_confirm(rq, password, &d.user);

	if (e != OK)
		return e;
	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_WRITE, &tx, disable_all, &d);
	if (e == OK)
		*out = d.next;
	return e;
}

/* ---- status ---- */

struct shown {
	enum factor_kind kind;
	bool is_on;
	int64_t since;
};

static void
put_method(struct json_out *w, const struct shown *s)
{
	json_open(w, NULL, '{');
	json_str(w, "kind", factor_kinds[s->kind].word);
	json_str(w, "title", factor_kinds[s->kind].title);
	json_bool(w, "available", factor_kinds[s->kind].is_built);
	json_bool(w, "enabled", s->is_on);
	json_time(w, "since", s->since);
	json_close(w, '}');
}

static void
put_methods(struct json_out *w, const struct factors *f)
{
	const struct shown all[] = {
	    {FACTOR_TOTP, f->has_totp, f->totp_at},
	    {FACTOR_EMAIL, f->has_email, f->email_at},
	    {FACTOR_BACKUP, f->backup_codes > 0, 0},
	    {FACTOR_SMS, false, 0},
	    {FACTOR_WEBAUTHN, false, 0},
	};

	json_open(w, "methods", '[');
	for (size_t i = 0; i < N_ELEMS(all); i++)
		put_method(w, &all[i]);
	json_close(w, ']');
}

static enum err
status(struct request *rq)
{
	struct company_rules rules;
	struct factors f;
	struct json_out *w;
	bool is_needed;
	enum err e = factors_get(rq->tx, &rq->actor.id, &f);

	if (e == OK)
		e = company_rules_get(rq->tx, rq->settings, &rules);
	if (e == OK)
		e = role_needs_factor(
		    rq->tx, rq->actor.role, rules.factor_roles, &is_needed);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "enabled", f.has_totp || f.has_email);
	json_bool(w, "required", is_needed);
	put_methods(w, &f);
	json_int(w, "backupCodesLeft", f.backup_codes);
	json_close(w, '}');
	return OK;
}

/* ---- setting up ---- */

static enum err
read_code(struct request *rq, const char **code_out)
{
	static const char *const names[] = {"code"};
	struct json_in in = request_json(rq);
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_text(&in, "code", JSON_REQUIRED, CODE_MAX, code_out);
	return good ? OK : E_INPUT;
}

static enum err
read_nothing(struct request *rq)
{
	struct json_in in = request_json(rq);

	return json_in_known(&in, NULL, 0) ? OK : E_INPUT;
}

/* What was counted is kept: the transaction is committed. */
static enum err
reply_wrong_code(struct request *rq)
{
	problem_add(
	    &rq->problems, "code", "otp_invalid", "This code is not right.");
	reply_problem(rq, 422, "otp_invalid", "This code is not right.");
	return OK;
}

static void
reply_enrolled(struct request *rq, const struct enrolled *n)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	if (n->has_codes) {
		json_open(w, "backupCodes", '[');
		for (int i = 0; i < BACKUP_CODES; i++)
			json_str(w, NULL, n->codes.code[i]);
		json_close(w, ']');
	}
	login_put_next(w, &n->next);
	json_close(w, '}');
}

static enum err
totp_setup(struct request *rq)
{
	const struct factor_by by = factor_by(rq);
	struct totp_setup setup;
	struct json_out *w;
	struct user user;
	struct qr qr;
	enum err e = read_nothing(rq);

	if (e == OK)
		e = factor_self(rq, &user);
	if (e == OK)
		e = totp_start(rq->tx, &by, &user, &setup);
	if (e == OK)
		e = qr_make(rq->arena, setup.uri, &qr);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "secret", setup.secret);
	json_str(w, "uri", setup.uri);
	json_str(w, "qr", qr_svg(rq->arena, &qr));
	json_close(w, '}');
	return OK;
}

static enum err
totp_verify(struct request *rq)
{
	const struct factor_by by = factor_by(rq);
	struct enrolled n;
	const char *code;
	struct user user;
	bool fits;
	enum err e = read_code(rq, &code);

	if (e == OK)
		e = factor_self(rq, &user);
	if (e == OK)
		e = totp_confirm(rq->tx, &by, &user, code, &fits);
	if (e == E_NOTFOUND) {
		problem_add(&rq->problems, "", "conflict",
		    "Nothing is being set up. Begin with totp/setup.");
		return E_CONFLICT;
	}
	if (e == OK && !fits)
		return reply_wrong_code(rq);
	if (e == OK)
		e = factor_enrolled(rq, &user, &n);
	if (e == OK)
		reply_enrolled(rq, &n);
	return e;
}

static void
reply_done(struct request *rq, const struct login_next *next)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	login_put_next(w, next);
	json_close(w, '}');
}

static enum err
email_send(struct request *rq)
{
	enum err e = read_nothing(rq);

	if (e == OK)
		e = factor_send_code(rq);
	if (e == OK)
		reply_success(rq, 202);
	return e;
}

static enum err
email_verify(struct request *rq)
{
	const struct factor_by by = factor_by(rq);
	struct enrolled n;
	const char *code;
	struct user user;
	bool fits;
	enum err e = read_code(rq, &code);

	if (e == OK)
		e = factor_self(rq, &user);
	if (e == OK)
		e = email_confirm(rq->tx, &by, &user, code, &fits);
	if (e == OK && !fits)
		return reply_wrong_code(rq);
	if (e == OK)
		e = factor_enrolled(rq, &user, &n);
	if (e == OK)
		reply_enrolled(rq, &n);
	return e;
}

static enum err
codes(struct request *rq)
{
	struct enrolled n;
	enum err e = read_nothing(rq);

	if (e == OK)
		e = factor_renew_codes(rq, &n);
	if (e == OK)
		reply_enrolled(rq, &n);
	return e;
}

/* ---- away with them ---- */

static enum err
disable(struct request *rq)
{
	static const char *const names[] = {"password"};
	struct json_in in = request_json(rq);
	struct login_next next;
	const char *password;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(
	    &in, "password", JSON_REQUIRED, PASSWORD_MAX, &password);
	if (!good)
		return E_INPUT;
	e = factor_disable(rq, password, &next);
	if (e == E_DENIED) {
		reply_problem(rq, 403, "invalid_credentials",
		    "The password is not right.");
		return OK;
	}
	if (e == OK)
		reply_done(rq, &next);
	return e;
}

/* Nobody takes the factors of a person who may do more: that would be a step
 * towards being that person.  What only customers do is no more. */
static enum err
may_reset(struct request *rq, const struct user *u)
{
	struct perm_set perms = {{0}};
	struct tenant t;
	enum err e = tenant_get(rq->tx, &rq->tenant, &t);

	if (e == OK)
		e = role_perms(rq->tx, u->role, t.is_platform, &perms);
	if (e == E_NOTFOUND)
		e = OK;
	perms.bits[0] &= ~(UINT64_C(1) << PERM_PORTAL_USE);
	if (e == OK && !perms_within(&perms, &rq->actor.perms))
		e = E_DENIED;
	return e;
}

static enum err
reset_others(struct request *rq, const struct id *id)
{
	struct user user;
	enum err e = factor_lock(rq->tx, id, &user);

	if (e == OK)
		e = may_reset(rq, &user);
	if (e == OK && !user.has_factor) {
		problem_add(&rq->problems, "", "conflict",
		    "This person has no second factor.");
		return E_CONFLICT;
	}
	return e == OK ? factors_reset(rq->tx, &user) : e;
}

static enum err
reset(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = read_nothing(rq);
	if (e == OK && str_eq(id.s, rq->actor.id.s)) {
		problem_add(&rq->problems, "", "not_allowed",
		    "Your own factors you change with your password.");
		return E_CONFLICT;
	}
	if (e == OK)
		e = reset_others(rq, &id);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

/* clang-format off */
const struct route factor_api_routes[] = {
	{ GET,  "/api/2fa/status",                POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_ENROL,                status,       "factors.status" },
	{ POST, "/api/2fa/totp/setup",            POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_ENROL | ROUTE_SECRET | ROUTE_SELF, totp_setup,   "factors.totp.setup" },
	{ POST, "/api/2fa/totp/verify",           POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_ENROL | ROUTE_SECRET | ROUTE_SELF, totp_verify,  "factors.totp.verify" },
	{ POST, "/api/2fa/email/send",            POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_ENROL | ROUTE_SELF,                email_send,   "factors.email.send" },
	{ POST, "/api/2fa/email/verify",          POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_ENROL | ROUTE_SECRET | ROUTE_SELF, email_verify, "factors.email.verify" },
	{ POST, "/api/2fa/backup-codes/generate", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_SECRET | ROUTE_SELF,               codes,        "factors.codes" },
	{ POST, "/api/2fa/disable",               POOL_DOOR, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_OWN_TX | ROUTE_SECRET | ROUTE_SELF, disable,     "factors.disable" },
	{ POST, "/api/admin/users/:id/reset-2fa", POOL_UI, AUTH_SESSION, PERM_USERS_WRITE, BODY_JSON,
	  0,                          reset,        "users.reset_factors" },
	{ 0 },
};
/* clang-format on */
