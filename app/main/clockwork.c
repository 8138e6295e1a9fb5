/* clockwork.c - what `mpanel work` does now and then, and for each queue row.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/clockwork.h"

#include "billing/refund_work.h"
#include "hosting/server.h"
#include "identity/challenge.h"
#include "identity/audit_work.h"
#include "identity/session.h"
#include "identity/throttle.h"
#include "mail/mail_work.h"
#include "orders/money.h"
#include "orders/refusal.h"
#include "orders/stripe_event.h"
#include "provisioning/task.h"

#define DAY_S	       86400
#define LOG_BYTES_MAX  (4 * 1024 * 1024)
#define REPORTS_KEEP_S (35 * DAY_S) /* the longest range shown is 30 days */

/* One flow in one transaction. */
static enum err
in_tx(struct work *w, enum err (*fn)(struct tx *tx, void *arg))
{
	struct tx tx;

	work_tx(w, &tx);
	return tx_run(w->db, TX_WRITE, &tx, fn, w);
}

/* Readers in the way are no fault: it is tried again soon. */
static enum err
checkpoint(struct work *w)
{
	enum err e = db_checkpoint(w->db);

	return e == E_BUSY ? OK : e;
}

/* All writers stand still while the log is written back: the less there is,
 * the shorter. */
static enum err
shorten_log(struct work *w)
{
	return db_log_bytes(w->db) > LOG_BYTES_MAX ? checkpoint(w) : OK;
}

static enum err
expire_leases(struct tx *tx, void *arg)
{
	int64_t n;

	(void)arg;
	return task_expire(tx, &n);
}

static enum err
leases(struct work *w)
{
	return in_tx(w, expire_leases);
}

static enum err
sweep_sessions(struct tx *tx, void *arg)
{
	(void)arg;
	return session_sweep(tx);
}

static enum err
sessions(struct work *w)
{
	return in_tx(w, sweep_sessions);
}

static enum err
sweep_throttles(struct tx *tx, void *arg)
{
	const struct work *w = arg;

	return throttle_sweep(tx, w->settings);
}

static enum err
throttles(struct work *w)
{
	return in_tx(w, sweep_throttles);
}

static enum err
sweep_challenges(struct tx *tx, void *arg)
{
	(void)arg;
	return challenge_sweep(tx);
}

static enum err
challenges(struct work *w)
{
	return in_tx(w, sweep_challenges);
}

static enum err
forget_refusals(struct tx *tx, void *arg)
{
	const struct work *w = arg;

	return refusal_forget(
	    tx, (int)setting_int(w->settings, "refusal_keep_days"));
}

static enum err
refusals(struct work *w)
{
	return in_tx(w, forget_refusals);
}

static enum err
forget_keys(struct tx *tx, void *arg)
{
	const struct work *w = arg;
	int64_t days = setting_int(w->settings, "idempotency_keep_days");

	return db_exec(tx,
	    "DELETE FROM idempotency_keys "
	    "WHERE tenant_id = $1 AND created_at < $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now - days * DAY_S));
}

static enum err
idempotency(struct work *w)
{
	return in_tx(w, forget_keys);
}

static enum err
forget_reports(struct tx *tx, void *arg)
{
	(void)arg;
	return server_forget_reports(tx, REPORTS_KEEP_S);
}

static enum err
reports(struct work *w)
{
	return in_tx(w, forget_reports);
}

const struct clockwork clockworks[] = {
    {"checkpoint", 5, false, checkpoint},
    {"log", 0, false, shorten_log},
    {"leases", 5, true, leases},
    {"sessions", 3600, false, sessions},
    {"throttles", 900, false, throttles},
    {"challenges", 3600, true, challenges},
    {"refusals", 3600, true, refusals},
    {"idempotency", 3600, true, idempotency},
    {"reports", 3600, true, reports},
    {"audit_seal_all", DAY_S, true, audit_work_seal_all},
    {"audit_seal_late", 300, true, audit_work_seal_late},
    {"audit_seal", 1, true, audit_work_seal},
    {"audit_forget", 3600, true, audit_work_forget},
    {"audit_verify", 600, true, audit_work_verify},
    {.name = NULL},
};

/* An order in `verifying` is asked about for days before it is given up: the
 * money may well be there.  Mails wait until there is a server to send by. */
const struct work_kind work_kinds[] = {
    {"verify", .max_attempts = VERIFY_ATTEMPTS, .lease_s = 60, verify_work,
	NULL},
    {"refund", .max_attempts = 50, .lease_s = 60, refund_work, NULL},
    {"orphan", .max_attempts = 50, .lease_s = 60, orphan_work, NULL},
    {"mail", .max_attempts = MAIL_ATTEMPTS, .lease_s = MAIL_LEASE_S, mail_work,
	mail_is_possible},
    {.kind = NULL},
};
