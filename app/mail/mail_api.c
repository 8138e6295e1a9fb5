/* mail_api.c - mails as programs see, resend and stop them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "mail/mail_noun.h"
#include "mail/mail_verbs.h"

#define ATTEMPTS_MAX 200

static enum err
list_mails(struct request *rq)
{
	return list_api(rq, &mails_noun, NULL, NULL);
}

static enum err
write_attempts(struct request *rq, struct json_out *w, const struct id *mail)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT created_at, updated_at, state, code, answer "
	    "FROM mail_attempts WHERE tenant_id = $1 AND outbox_id = $2 "
	    "ORDER BY id LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(mail), DB_INT(ATTEMPTS_MAX));

	if (e != OK)
		return e;
	json_open(w, "log", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_time(w, "startedAt", row_int(&r, 0));
		json_time(w, "endedAt", row_int(&r, 1));
		json_str(w, "state", row_text(&r, 2));
		json_int(w, "code", row_int(&r, 3));
		json_str(w, "answer", row_text(&r, 4));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
reply_mail(struct request *rq, const struct id *mail)
{
	struct json_out *w;
	struct rows r;
	enum err e = noun_get(rq->tx, &mails_noun, mail, &r);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	noun_json(&mails_noun, &r, true, w);
	if ((e = rows_done(&r)) == OK)
		e = write_attempts(rq, w, mail);
	json_close(w, '}');
	return e;
}

static enum err
get_mail(struct request *rq)
{
	struct id mail;
	enum err e = path_id(rq, "id", &mail);

	return e == OK ? reply_mail(rq, &mail) : e;
}

static enum err
resend(struct request *rq)
{
	struct id mail;
	enum err e = path_id(rq, "id", &mail);

	if (e == OK)
		e = mail_resend(rq->tx, &mail);
	return e == OK ? reply_mail(rq, &mail) : e;
}

static enum err
stop(struct request *rq)
{
	struct id mail;
	enum err e = path_id(rq, "id", &mail);

	if (e == OK)
		e = mail_stop(rq->tx, &mail);
	return e == OK ? reply_mail(rq, &mail) : e;
}

/* {"to": address} */
static enum err
test(struct request *rq)
{
	static const char *const names[] = {"to"};
	struct json_in in = request_json(rq);
	const char *to = NULL;
	struct json_out *w;
	enum err e;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "to", JSON_REQUIRED, 254, &to))
		return E_INPUT;
	if ((e = mail_test(rq->tx, to)) != OK)
		return e;
	w = reply_json(rq, 202);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
#define MAIL "/api/admin/mail"
const struct route mail_api_routes[] = {
	{GET,	MAIL,			POOL_UI, AUTH_API, PERM_SETTINGS_READ,
		BODY_NONE, 0, list_mails, "mail.list"},
	{POST,	MAIL "/test",		POOL_UI, AUTH_API, PERM_SETTINGS_WRITE,
		BODY_JSON, 0, test, "mail.test"},
	{GET,	MAIL "/:id",		POOL_UI, AUTH_API, PERM_SETTINGS_READ,
		BODY_NONE, 0, get_mail, "mail.get"},
	{POST,	MAIL "/:id/resend",	POOL_UI, AUTH_API, PERM_SETTINGS_WRITE,
		BODY_JSON, 0, resend, "mail.resend"},
	{POST,	MAIL "/:id/cancel",	POOL_UI, AUTH_API, PERM_SETTINGS_WRITE,
		BODY_JSON, 0, stop, "mail.cancel"},
	{0}
};
/* clang-format on */
