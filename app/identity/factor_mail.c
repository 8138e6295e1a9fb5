/* factor_mail.c - the mails about second factors: codes, and what has changed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor_parts.h"

#include "base/clock.h"
#include "mail/mail.h"

/* Each is another: its key is new. */
static enum err
send(struct tx *tx, const struct user *u, struct mail *m)
{
	struct id once = id_new(clock_now_ms());

	m->once = arena_printf(tx->arena, "%s:%s", m->template, once.s);
	m->to = u->email;
	m->name = u->name;
	m->lang = u->language;
	return m->once ? mail_add(tx, m) : E_BUSY;
}

enum err
factor_mail_code(struct tx *tx, const struct user *u, const char *code)
{
	struct mail m = {.template = MAIL_SIGN_IN_CODE, .code = code};

	return send(tx, u, &m);
}

enum err
factor_mail_notice(struct tx *tx, const struct factor_by *by,
    const struct user *u, const char *what)
{
	struct mail m = {
	    .template = MAIL_FACTOR_CHANGED,
	    .what = what,
	    .where = by->where,
	    .when = tx->now,
	};

	return send(tx, u, &m);
}

enum err
factor_mail_reset(struct tx *tx, const struct user *u)
{
	struct mail m = {
	    .template = MAIL_FACTOR_RESET,
	    .what = tx->actor->name,
	    .when = tx->now,
	};

	return send(tx, u, &m);
}
