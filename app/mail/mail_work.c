/* mail_work.c - send a mail, and write down what became of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_work.h"

#include "base/clock.h"
#include "base/text.h"
#include "mail/mail_alert.h"
#include "mail/mail_compose.h"
#include "outside/smtp.h"
#include "tenancy/tenant.h"

enum { HOUR_S = 3600, LACKS_WAIT_S = 120, SUSPENDED_WAIT_S = 600 };

/* One attempt. */
struct sending {
	struct work *work;
	struct mail_row row;
	struct mail_letter letter;
	struct id attempt;     /* its row, once there is one */
	const char *overtaken; /* the status that somebody else has set */
	bool is_begun;
	bool is_suspended; /* the company */
	struct smtp_outcome outcome;
};

bool
mail_is_possible(const struct settings *s)
{
	return setting_text(s, "smtp_url")[0] != '\0';
}

/* ---- before ---- */

static enum err
load(struct tx *tx, void *arg)
{
	struct sending *s = arg;
	struct tenant t;
	enum err e = tenant_get(tx, &tx->tenant, &t);

	if (e != OK)
		return e;
	s->is_suspended = !t.is_active;
	return mail_row_get(tx, &s->work->ref, &s->row);
}

static enum err
compose(struct tx *tx, void *arg)
{
	struct sending *s = arg;

	return mail_compose(
	    tx, s->work->settings, &s->row, &s->letter, &s->work->complaint);
}

static bool
is_too_old(const struct sending *s)
{
	int64_t hours = setting_int(s->work->settings, "mail_max_age_h");
	int64_t since = s->row.queued_at ? s->row.queued_at : s->row.created_at;

	return clock_now() - since > hours * HOUR_S;
}

/* ---- the moment from which on it may have been sent ---- */

static enum err
write_attempt(struct tx *tx, struct sending *s, const char *state)
{
	s->attempt = id_new(clock_now_ms());
	return db_exec(tx,
	    "INSERT INTO mail_attempts (tenant_id, id, outbox_id, state, "
	    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
	    DB_ID(&tx->tenant), DB_ID(&s->attempt), DB_ID(&s->row.id),
	    DB_TEXT(state), DB_INT(tx->now));
}

/* Only from `pending`: staff may have stopped it, or another worker may have
 * it after our lease. */
static enum err
mark(struct tx *tx, void *arg)
{
	struct sending *s = arg;
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE outbox SET status = 'sending', updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'pending'",
	    DB_ID(&tx->tenant), DB_ID(&s->row.id), DB_INT(tx->now));

	if (e != OK)
		return e;
	if (n > 0)
		return write_attempt(tx, s, "sending");
	e = db_text(tx, &s->overtaken,
	    "SELECT status FROM outbox WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&s->row.id));
	return e == OK ? E_CONFLICT : e;
}

static enum err
begin(void *arg)
{
	struct sending *s = arg;
	enum err e = work_do(s->work, TX_WRITE, mark, s);

	s->is_begun = e == OK;
	return e;
}

static bool
gives_up(void *arg)
{
	(void)arg;
	return work_is_stopping();
}

/* ---- after ---- */

static const struct fate {
	const char *attempt; /* state of the attempt */
	const char *status;  /* of the row, by us; the loop of work ends it */
	bool ends_doubt;     /* also where somebody made it maybe_sent */
} fates[SMTP__MAX] = {
    [SMTP_SENT] = {"sent", "done", true},
    [SMTP_REFUSED] = {"refused", "pending", false},
    [SMTP_LATER] = {"later", "pending", false},
    [SMTP_MAYBE] = {"maybe_sent", "maybe_sent", false},
};

static enum err
record_row(struct tx *tx, const struct sending *s, const struct fate *f)
{
	const char *payload = s->row.payload;

	if (s->outcome.fate == SMTP_SENT)
		payload = mail_payload_bare(tx->arena, payload);
	return db_exec(tx,
	    "UPDATE outbox SET status = $3, last_error = $4, payload = $5, "
	    "updated_at = $6 WHERE tenant_id = $1 AND id = $2 "
	    "AND (status = 'sending' OR (status = 'maybe_sent' AND $7 = 1))",
	    DB_ID(&tx->tenant), DB_ID(&s->row.id), DB_TEXT(f->status),
	    DB_TEXT(s->outcome.answer), DB_TEXT(payload), DB_INT(tx->now),
	    DB_BOOL(f->ends_doubt));
}

static enum err
record(struct tx *tx, void *arg)
{
	struct sending *s = arg;
	const struct fate *f = &fates[s->outcome.fate];
	enum err e = OK;

	if (!s->is_begun)
		e = write_attempt(tx, s, f->attempt);
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE mail_attempts SET state = $3, code = $4, "
		    "answer = $5, updated_at = $6 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&s->attempt), DB_TEXT(f->attempt),
		    DB_INT(s->outcome.code), DB_TEXT(s->outcome.answer),
		    DB_INT(tx->now));
	return e == OK && s->is_begun ? record_row(tx, s, f) : e;
}

/* What the loop of work is told. */
static enum err
conclude(struct sending *s)
{
	struct work *w = s->work;

	w->complaint = s->outcome.answer;
	switch (s->outcome.fate) {
	case SMTP_SENT:
		return OK;
	case SMTP_MAYBE:
		w->ending = "maybe_sent";
		return OK;
	case SMTP_REFUSED:
		return E_INPUT;
	case SMTP_LATER:
	case SMTP__MAX:
		break;
	}
	return E_REMOTE;
}

/* ---- the whole ---- */

static enum err
send_letter(struct sending *s)
{
	const struct settings *settings = s->work->settings;
	const char *ca_file = setting_text(settings, "smtp_ca_file");
	const struct smtp_server server = {
	    .url = setting_text(settings, "smtp_url"),
	    .helo = s->letter.helo,
	    .needs_tls = setting_bool(settings, "smtp_needs_tls"),
	    .ca_file = ca_file[0] != '\0' ? ca_file : NULL,
	    .timeout_ms = (int)setting_int(settings, "smtp_timeout_s") * 1000,
	};
	const struct smtp_letter letter = {
	    .from = s->letter.from,
	    .to = s->letter.to,
	    .text = s->letter.bytes,
	    .len = s->letter.len,
	    .begin = begin,
	    .gives_up = gives_up,
	    .arg = s,
	};
	enum err e = smtp_send(s->work->arena, &server, &letter, &s->outcome);

	if (e == E_INPUT)
		s->work->complaint = "The setting smtp_url is no address of a "
				     "mail server.";
	if (e != OK)
		return e == E_INPUT ? E_BUSY : e;
	if (s->overtaken) {
		s->work->ending = s->overtaken;
		return OK;
	}
	if (s->outcome.begun != OK)
		return E_BUSY; /* nothing left, nothing to record */
	e = work_do(s->work, TX_WRITE, record, s);
	return e == OK ? conclude(s) : e;
}

static enum err
doubtful(struct work *w)
{
	w->ending = "maybe_sent";
	w->complaint = "It was being sent when the sender was interrupted.";
	return OK;
}

static enum err
try_to_send(struct sending *s)
{
	struct work *w = s->work;
	enum err e = work_do(s->work, TX_READ, compose, s);

	if (e == E_NOTFOUND) {
		w->ending = "cancelled";
		w->complaint = "What it is about is gone.";
		return OK;
	}
	if (e == E_BUSY && w->complaint)
		w->wait_s = LACKS_WAIT_S;
	return e == OK ? send_letter(s) : e;
}

enum err
mail_work(struct work *w)
{
	struct sending s = {.work = w};
	const struct mail_kind *k;
	enum err e = work_do(w, TX_READ, load, &s);

	if (e != OK)
		return e;
	if (str_eq(s.row.status, "sending"))
		return doubtful(w);
	if (!str_eq(s.row.status, "pending")) {
		w->ending = s.row.status;
		return OK;
	}
	if (s.is_suspended) { /* mail_tenant_resumed() wakes it before */
		w->wait_s = SUSPENDED_WAIT_S;
		w->complaint = "The company is suspended.";
		return E_BUSY;
	}
	k = mail_kind_find(s.row.template);
	if (is_too_old(&s)) {
		w->complaint = "It could not be sent in time.";
		return E_LIMIT;
	}
	if (k && k->needs & IS_ALERT)
		return mail_alert_work(w);
	return try_to_send(&s);
}
