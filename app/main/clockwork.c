/* clockwork.c - what `mpanel work` does now and then, and for each queue row.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/clockwork.h"

#include <sys/statvfs.h>

#include "billing/checkout_work.h"
#include "billing/refund_work.h"
#include "billing/stripe_client.h"
#include "billing/tally.h"
#include "hosting/ending.h"
#include "hosting/archive_fetch.h"
#include "hosting/placement.h"
#include "hosting/plan_work.h"
#include "hosting/rollup.h"
#include "hosting/usage.h"
#include "identity/challenge.h"
#include "identity/audit_work.h"
#include "identity/session.h"
#include "identity/throttle.h"
#include "jobs/checks.h"
#include "mail/mail_verbs.h"
#include "mail/mail_work.h"
#include "main/doctor.h"
#include "main/search_work.h"
#include "orders/money.h"
#include "orders/refusal.h"
#include "orders/stripe_event.h"
#include "outside/certificate.h"
#include "portal/export.h"
#include "provisioning/task.h"
#include "support/ticket_sweep.h"
#include "support/ticket_clock.h"

#define DAY_S	      86400
#define LOG_BYTES_MAX (4 * 1024 * 1024)

/* Most of the time there is nothing to do, and an idle panel writes nothing:
 * look (bool *) first. */
static enum err
in_tx_if(struct work *w, enum err (*look)(struct tx *tx, void *arg),
    enum err (*fn)(struct tx *tx, void *arg))
{
	bool any = false;
	enum err e = work_do(w, TX_READ, look, &any);

	return e == OK && any ? work_do(w, TX_WRITE, fn, w) : e;
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

/* What fails has been logged, and is tried again soon. */
void
clockwork_between(struct work *w)
{
	(void)shorten_log(w);
}

static enum err
expire_leases(struct tx *tx, void *arg)
{
	int64_t n;

	(void)arg;
	return task_expire(tx, &n);
}

static enum err
look_for_leases(struct tx *tx, void *arg)
{
	return task_any_expired(tx, arg);
}

static enum err
leases(struct work *w)
{
	return in_tx_if(w, look_for_leases, expire_leases);
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
	return work_do(w, TX_WRITE, sweep_sessions, w);
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
	return work_do(w, TX_WRITE, sweep_throttles, w);
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
	return work_do(w, TX_WRITE, sweep_challenges, w);
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
	return work_do(w, TX_WRITE, forget_refusals, w);
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
	return work_do(w, TX_WRITE, forget_keys, w);
}

static enum err
make_rollups(struct tx *tx, void *arg)
{
	return rollup_make(tx, arg);
}

static enum err
forget_reports(struct tx *tx, void *arg)
{
	return rollup_forget(tx, arg);
}

/* Transaction after transaction, so that orders get in between. */
static enum err
walk_servers(struct work *w, enum err (*fn)(struct tx *tx, void *arg))
{
	struct rollup_walk walk = {.has_more = true};
	enum err e = OK;

	while (e == OK && walk.has_more && !work_is_stopping()) {
		e = work_do(w, TX_WRITE, fn, &walk);
		walk.from = walk.next;
	}
	return e;
}

static enum err
rollups(struct work *w)
{
	return walk_servers(w, make_rollups);
}

static enum err
reports(struct work *w)
{
	enum err e = rollups(w);

	return e == OK ? walk_servers(w, forget_reports) : e;
}

static enum err
forget_usage(struct tx *tx, void *arg)
{
	return usage_forget(tx, arg);
}

static enum err
usage(struct work *w)
{
	bool more = true;
	enum err e = OK;

	while (e == OK && more && !work_is_stopping()) {
		e = work_do(w, TX_WRITE, forget_usage, &more);
	}
	return e;
}

static enum err
fill_places(struct tx *tx, void *arg)
{
	int64_t n;

	(void)arg;
	return places_fill(tx, &n);
}

static enum err
look_for_places(struct tx *tx, void *arg)
{
	return places_wait(tx, arg);
}

static enum err
places(struct work *w)
{
	return in_tx_if(w, look_for_places, fill_places);
}

static enum err
forget_archives(struct tx *tx, void *arg)
{
	const struct work *w = arg;

	return archive_fetch_forget(tx, w->settings);
}

static enum err
archives(struct work *w)
{
	return work_do(w, TX_WRITE, forget_archives, w);
}

static enum err
fold_tallies(struct tx *tx, void *arg)
{
	return tally_fold(tx, arg);
}

static enum err
tallies(struct work *w)
{
	bool more = db_engine(w->db) == DB_POSTGRES;
	enum err e = OK;

	while (e == OK && more && !work_is_stopping()) {
		e = work_do(w, TX_WRITE, fold_tallies, &more);
	}
	return e;
}

static enum err
escalate(struct tx *tx, void *arg)
{
	int64_t n;

	(void)arg;
	return tickets_escalate(tx, &n);
}

static enum err
look_for_late(struct tx *tx, void *arg)
{
	return tickets_any_late(tx, arg);
}

static enum err
late_tickets(struct work *w)
{
	return in_tx_if(w, look_for_late, escalate);
}

#define DISK_BAD_PERCENT  5
#define DISK_LOOK_PERCENT 15

static enum err
note_disk(struct tx *tx, void *arg)
{
	return house_check_note(tx, "disk", arg);
}

/* Where the panel keeps its state, which is where SQLite's database is. */
static enum err
disk(struct work *w)
{
	struct statvfs fs;
	struct check c;

	if (statvfs(setting_text(w->settings, "state_dir"), &fs) != 0 ||
	    fs.f_blocks == 0)
		return E_SYS;
	c = (struct check){
	    .n = (int64_t)(fs.f_bavail * fs.f_frsize),
	    .total = (int64_t)(fs.f_blocks * fs.f_frsize),
	};
	c.result =
	    fs.f_bavail * 100 < fs.f_blocks * DISK_BAD_PERCENT	  ? CHECK_FAILED
	    : fs.f_bavail * 100 < fs.f_blocks * DISK_LOOK_PERCENT ? CHECK_WARN
								  : CHECK_OK;
	return work_do(w, TX_WRITE, note_disk, &c);
}

#define HANDSHAKE_MS 5000

static enum err
note_certificate(struct tx *tx, void *arg)
{
	return house_check_note(tx, "certificate", arg);
}

/* What browsers see at the panel's own address. */
static enum err
certificate(struct work *w)
{
	struct check c = {.result = CHECK_OK};
	enum err e = certificate_ends(
	    setting_text(w->settings, "base_url"), HANDSHAKE_MS, &c.n);

	if (e == E_INPUT || e == E_BUSY)
		return OK;
	if (e != OK)
		c.result = CHECK_WARN;
	return work_do(w, TX_WRITE, note_certificate, &c);
}

const struct clockwork clockworks[] = {
    {"checkpoint", 5, false, checkpoint, "Writes the database's log back"},
    {"log", 0, false, shorten_log, "Keeps the database's log short"},
    {"leases", 5, true, leases, "Gives up what a lost worker held"},
    {"places", 5, true, places, "Finds places for what waits for one"},
    {"endings", 60, true, ending_work,
	"Takes down what was cancelled, when its time is over"},
    {"plans", 60, true, plan_work,
	"Changes plans, when what was paid for is used up"},
    {"sessions", 3600, false, sessions, "Forgets sessions that are over"},
    {"throttles", 900, false, throttles, "Forgets old failed sign-ins"},
    {"challenges", 3600, true, challenges,
	"Forgets links and codes that are over"},
    {"checkouts", 60, true, checkout_work,
	"Asks Stripe what became of invoices that somebody went to pay"},
    {"refusals", 3600, true, refusals, "Forgets old refused order calls"},
    {"attachments", DAY_S, true, ticket_work_sweep,
	"Removes files that no ticket has"},
    {"idempotency", 3600, true, idempotency,
	"Forgets old answers to repeated calls"},
    {"disk", 600, false, disk, "Looks for room on the disk"},
    {"certificate", 6 * 3600, false, certificate,
	"Looks how long the panel's certificate is valid"},
    {"doctor", DOCTOR_EVERY_S, true, doctor_work,
	"Checks the promises of the data, a few at a time"},
    {"rollups", 300, true, rollups, "Adds up what servers reported"},
    {"reports", 3600, true, reports, "Forgets old reports of servers"},
    {"usage", 6 * 3600, true, usage, "Forgets old figures of websites"},
    {"archives", 300, true, archives,
	"Removes backups that were fetched for download"},
    {"tallies", 5, true, tallies, "Adds up what the dashboard shows"},
    {"late_tickets", 30, true, late_tickets,
	"Tells staff of tickets that are over their time"},
    {"audit_seal_all", DAY_S, true, audit_work_seal_all,
	"Seals what the audit log still has open"},
    {"audit_seal_late", 300, true, audit_work_seal_late,
	"Seals late entries of the audit log"},
    {"audit_seal_minute", 15, true, audit_work_seal_minute,
	"Seals entries of the audit log that came a little late"},
    {"audit_seal", 1, true, audit_work_seal, "Seals the audit log"},
    {"search_check", 60, true, search_work_check,
	"Looks for rows that the search has missed"},
    {"search_late", 60, true, search_work_late,
	"Looks for late rows for the search"},
    {"search_join", 300, false, search_work_join,
	"Keeps the words of the search together"},
    {"search", 1, true, search_work, "Makes new rows known to the search"},
    {"exports", 3600, true, export_sweep,
	"Removes customers' archives that are over"},
    {"audit_forget", 3600, true, audit_work_forget,
	"Forgets what the audit log need not keep"},
    {"audit_verify", 600, true, audit_work_verify,
	"Verifies the chain of the audit log"},
    {.name = NULL},
};

/* An order in `verifying` is asked about for days before it is given up: the
 * money may well be there.  Mails wait until there is a server to send by,
 * refunds until there is a key. */
const struct work_kind work_kinds[] = {
    {"verify", .max_attempts = VERIFY_ATTEMPTS, .lease_s = 60, verify_work,
	NULL, "Ask Stripe about an order", .may_settle = PERM_ORDERS_WRITE,
	.dismiss = verify_dismiss},
    {"refund", .max_attempts = 50, .lease_s = 60, refund_work,
	stripe_is_configured, "Pay a refund back",
	.may_settle = PERM_PAYMENTS_REFUND, .again = refund_again,
	.dismiss = refund_dismiss},
    {"orphan", .max_attempts = 50, .lease_s = 60, orphan_work, NULL,
	"Look for the order of a payment"},
    {"export", .max_attempts = 5, .lease_s = 1800, export_work, NULL,
	"Make the archive of a customer's data",
	.may_settle = PERM_CUSTOMERS_WRITE, .again = export_again},
    {"mail", .max_attempts = MAIL_ATTEMPTS, .lease_s = MAIL_LEASE_S, mail_work,
	mail_is_possible, "Send a mail", .may_settle = PERM_SETTINGS_WRITE,
	.again = mail_resend, .dismiss = mail_stop, .is_noted = true},
    {.kind = NULL},
};
