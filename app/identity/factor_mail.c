/* factor_mail.c - the mails about second factors: codes, and what has changed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor_parts.h"

#include "base/clock.h"
#include "base/json.h"
#include "jobs/outbox.h"

/* The one place that puts a mail of this room's into the outbox.  Each is
 * another: its key is new. */
static enum err
send(struct tx *tx, const struct user *u, const char *template,
    const char *name, const char *value)
{
	struct id once = id_new(clock_now_ms());
	struct outbox_entry mail = {
	    .kind = OUTBOX_MAIL,
	    .dedupe_key = arena_printf(tx->arena, "%s:%s", template, once.s),
	    .recipient = u->email,
	    .template = template,
	};
	struct json_out w;
	struct buf b;

	buf_init(&b, 4096);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "name", u->name);
	json_str(&w, name, value);
	json_time(&w, "at", tx->now);
	json_close(&w, '}');
	if (buf_failed(&b)) {
		buf_fini(&b);
		return E_BUSY;
	}
	mail.payload = buf_move(tx->arena, &b);
	if (mail.dedupe_key == NULL || mail.payload == NULL)
		return E_BUSY;
	return outbox_add(tx, &mail);
}

enum err
factor_mail_code(struct tx *tx, const struct user *u, const char *code)
{
	return send(tx, u, "mail/sign-in-code", "code", code);
}

enum err
factor_mail_notice(struct tx *tx, const struct user *u, const char *what)
{
	return send(tx, u, "mail/factor-changed", "what", what);
}

enum err
factor_mail_reset(struct tx *tx, const struct user *u)
{
	return send(tx, u, "mail/factor-reset", "what", tx->actor->name);
}
