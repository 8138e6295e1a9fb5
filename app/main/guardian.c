/* guardian.c - what the house knows of its own health.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/guardian.h"

#include <inttypes.h>

#include "base/text.h"
#include "billing/ledger.h"
#include "billing/refund_work.h"
#include "billing/stripe_client.h"
#include "face/show.h"
#include "mail/mail_work.h"
#include "main/jobs.h"
#include "orders/summary.h"
#include "tenancy/tenant.h"

#define DAY_S 86400

/* A look is too old after so long, and a cause for alarm after that. */
enum {
	BACKUP_OLD_S = 2 * DAY_S,
	BACKUP_LOST_S = 7 * DAY_S,
	DOCTOR_OLD_S = 2 * DAY_S,
	AUDIT_OLD_S = 2 * 3600,
	DISK_OLD_S = 3600,
	CERTIFICATE_OLD_S = 2 * DAY_S,
	CERTIFICATE_SOON_S = 14 * DAY_S,
	CERTIFICATE_LOST_S = 3 * DAY_S
};

struct looking {
	struct request *rq;
	struct guardian *out;
};

static void
add(struct looking *l, const struct guardian_line *line)
{
	assert(l->out->n < GUARDIAN_LINES_MAX);
	l->out->line[l->out->n++] = *line;
	if (line->result > l->out->worst)
		l->out->worst = line->result;
}

static const char *
ago(const struct looking *l, int64_t at)
{
	return show_span(l->rq->arena, l->rq->now - at);
}

/* ---- work ---- */

static enum err
look_at_work(struct looking *l)
{
	struct scheduler *s = ARENA_NEW(l->rq->arena, struct scheduler);
	const char *failing = NULL;
	enum err e = s ? scheduler_read(l->rq->tx, s) : E_BUSY;

	if (e != OK)
		return e;
	for (size_t i = 0; i < s->n_runs && !failing; i++)
		if (s->run[i].started_at > 0 && !str_eq(s->run[i].result, "ok"))
			failing = scheduler_about(i);
	add(l, &(struct guardian_line){
		   .name = "work",
		   .title = say("Work behind the pages"),
		   .result = s->is_alive ? failing ? CHECK_WARN : CHECK_OK
					 : CHECK_FAILED,
		   .text =
		       !s->is_alive
			   ? say("No process keeps the clock: mails, retries "
				 "and clean-up wait.")
		       : failing ? say_with(l->rq->arena,
				       "One thing fails again and again: %s.",
				       say(failing))
				 : say("Mails, retries and clean-up are done."),
		   .href = "/jobs/scheduler",
	       });
	return OK;
}

static const char *
silent_text(const struct looking *l, const struct summary_wait *silent)
{
	struct arena *a = l->rq->arena;

	if (silent->n == 0)
		return say("Every agent that has ever reported does so.");
	return arena_printf(a, "%s. %s",
	    show_plural(a, silent->n, "agent is silent", "agents are silent"),
	    say_with(a, "The first has been for %s.", ago(l, silent->since)));
}

/* What waits for a person. */
static void
look_at_waits(struct looking *l, const struct summary *s)
{
	struct arena *a = l->rq->arena;

	add(l, &(struct guardian_line){
		   .name = "deadLetters",
		   .title = say("Jobs that were given up"),
		   .result = s->dead_jobs.n > 0 ? CHECK_FAILED : CHECK_OK,
		   .text = s->dead_jobs.n > 0
			       ? say_with(a, "%s to be retried or settled.",
				     show_plural(a, s->dead_jobs.n, "job waits",
					 "jobs wait"))
			       : say("None waits."),
		   .href = "/jobs?status=dead",
	       });
	add(l,
	    &(struct guardian_line){
		.name = "tasks",
		.title = say("Tasks of servers"),
		.result = s->failed_tasks.n > 0 ? CHECK_FAILED : CHECK_OK,
		.text = s->failed_tasks.n > 0
			    ? arena_printf(a, "%s.",
				  show_plural(a, s->failed_tasks.n,
				      "task has failed", "tasks have failed"))
			    : say("None has failed."),
		.href = "/provisioning/tasks?status=failed",
	    });
	add(l, &(struct guardian_line){
		   .name = "agents",
		   .title = say("Agents on servers"),
		   .result = s->silent_servers.n > 0 ? CHECK_FAILED : CHECK_OK,
		   .text = silent_text(l, &s->silent_servers),
		   .href = "/servers",
	       });
}

/* ---- books ---- */

static bool
is_level(const struct ledger_sums *s)
{
	struct ledger_trial t;
	size_t i = 0;

	while (ledger_trial_next(s, &i, &t))
		if (t.debit_minor != t.credit_minor)
			return false;
	return true;
}

static enum err
look_at_books(struct looking *l)
{
	struct ledger_sums *s = ARENA_NEW(l->rq->arena, struct ledger_sums);
	bool agrees = false, level;
	enum err e = s ? ledger_sums(l->rq->tx, s) : E_BUSY;

	if (e == OK)
		e = summary_ledger_agrees(l->rq->tx, &agrees);
	if (e != OK)
		return e;
	level = is_level(s);
	add(l, &(struct guardian_line){
		   .name = "ledger",
		   .title = say("Ledger"),
		   .result = level && agrees ? CHECK_OK : CHECK_FAILED,
		   .text = !level ? say("Debits are not credits.")
			   : !agrees
			       ? say("The newest invoices owe something else "
				     "than the ledger says.")
			       : say("It balances, and the newest invoices "
				     "owe what it says."),
		   .href = "/ledger",
	       });
	return OK;
}

/* What it found, how long ago, and what it had no time for. */
static const char *
doctor_text(
    const struct looking *l, const struct check *c, const struct check *left)
{
	struct arena *a = l->rq->arena;
	struct buf b;

	if (c->at == 0)
		return say("They have not been checked yet.");
	buf_init(&b, 0);
	if (c->result != CHECK_OK)
		buf_printf(&b, "%s. ",
		    show_plural(a, c->n, "promise does not hold",
			"promises do not hold"));
	else
		buf_printf(&b, "%s. ",
		    show_plural(a, c->total, "promise holds", "promises hold"));
	buf_puts(&b, say_with(a, "That was %s ago.", ago(l, c->at)));
	if (left->n > 0)
		buf_printf(&b, " %s: mpanel doctor --note.",
		    show_plural(
			a, left->n, "other takes long", "others take long"));
	return buf_move(a, &b);
}

static enum err
look_at_doctor(struct looking *l)
{
	struct check c, left;
	bool is_old;
	enum err e = tenant_check_get(l->rq->tx, "doctor", &c);

	if (e == OK)
		e = tenant_check_get(l->rq->tx, "doctor_left", &left);
	if (e != OK)
		return e;
	is_old = l->rq->now - c.at > DOCTOR_OLD_S;
	add(l, &(struct guardian_line){
		   .name = "doctor",
		   .title = say("Promises of the data"),
		   .result = c.result != CHECK_OK ? c.result
			     : is_old		  ? CHECK_WARN
						  : CHECK_OK,
		   .text = doctor_text(l, &c, &left),
		   .at = c.at,
	       });
	return OK;
}

/* Dismissed as jobs, and owed all the same. */
static enum err
look_at_refunds(struct looking *l)
{
	struct arena *a = l->rq->arena;
	int64_t n;
	enum err e = refunds_owed(l->rq->tx, &n);

	if (e != OK)
		return e;
	add(l,
	    &(struct guardian_line){
		.name = "refunds",
		.title = say("Refunds"),
		.result = n > 0 ? CHECK_WARN : CHECK_OK,
		.text = n > 0 ? say_with(a, "%s and nobody has paid it back.",
				    show_plural(a, n, "refund has failed,",
					"refunds have failed,"))
			      : say("None has failed."),
		.href = "/jobs?kind=refund&status=cancelled",
	    });
	return OK;
}

static enum err
look_at_audit(struct looking *l)
{
	int64_t at = 0, findings = 0;
	struct rows r;
	enum err e = db_query(l->rq->tx, &r,
	    "SELECT checked_at, findings FROM audit_checks "
	    "WHERE tenant_id = $1",
	    DB_ID(&l->rq->tx->tenant));

	if (e != OK)
		return e;
	if (rows_next(&r)) {
		at = row_int(&r, 0);
		findings = row_int(&r, 1);
	}
	if ((e = rows_done(&r)) != OK)
		return e;
	add(l, &(struct guardian_line){
		   .name = "audit",
		   .title = say("Audit log"),
		   .result = findings > 0		     ? CHECK_FAILED
			     : l->rq->now - at > AUDIT_OLD_S ? CHECK_WARN
							     : CHECK_OK,
		   .text = findings > 0
			       ? say("Entries are missing or were changed.")
			   : at == 0
			       ? say("Its chain has not been checked yet.")
			       : say_with(l->rq->arena,
				     "Its chain was whole %s ago.", ago(l, at)),
		   .href = "/audit",
		   .at = at,
	       });
	return OK;
}

/* ---- the machine ---- */

static enum err
look_at_backup(struct looking *l)
{
	struct arena *a = l->rq->arena;
	struct check c;
	int64_t age;
	enum err e = house_check_get(l->rq->tx, "backup", &c);

	if (e != OK)
		return e;
	age = l->rq->now - c.at;
	add(l, &(struct guardian_line){
		   .name = "backup",
		   .title = say("Backup of the panel"),
		   .result = c.at == 0		   ? CHECK_WARN
			     : age > BACKUP_LOST_S ? CHECK_FAILED
			     : age > BACKUP_OLD_S  ? CHECK_WARN
						   : CHECK_OK,
		   .text =
		       c.at == 0
			   ? say("None is known: mpanel backup makes one.")
			   : arena_printf(a, "%s %s",
				 say_with(a, "The last one is %s old.",
				     show_span(a, age)),
				 say_with(a, "It has %s.", show_bytes(a, c.n))),
		   .at = c.at,
	       });
	return OK;
}

static const char *
disk_text(const struct looking *l, const struct check *c, bool is_old)
{
	struct arena *a = l->rq->arena;
	const char *room;

	if (c->at == 0)
		return say("Nobody has looked yet.");
	room = say_with(a, "%s are free,", show_bytes(a, c->n));
	room = arena_printf(
	    a, "%s %s", room, say_with(a, "of %s.", show_bytes(a, c->total)));
	return is_old ? arena_printf(a, "%s %s", room,
			    say_with(a, "That was %s ago.", ago(l, c->at)))
		      : room;
}

static enum err
look_at_disk(struct looking *l)
{
	struct check c;
	bool is_old;
	enum err e = house_check_get(l->rq->tx, "disk", &c);

	if (e != OK)
		return e;
	is_old = l->rq->now - c.at > DISK_OLD_S;
	add(l, &(struct guardian_line){
		   .name = "disk",
		   .title = say("Room on the panel’s disk"),
		   .result =
		       is_old && c.result == CHECK_OK ? CHECK_WARN : c.result,
		   .text = disk_text(l, &c, is_old),
		   .at = c.at,
	       });
	return OK;
}

static enum check_result
certificate_result(const struct looking *l, const struct check *c)
{
	int64_t left = c->n - l->rq->now;

	if (c->n > 0 && left < CERTIFICATE_LOST_S)
		return CHECK_FAILED;
	return c->n == 0 || left < CERTIFICATE_SOON_S ||
		       l->rq->now - c->at > CERTIFICATE_OLD_S
		   ? CHECK_WARN
		   : CHECK_OK;
}

static const char *
certificate_text(const struct looking *l, const struct check *c)
{
	if (!str_starts(setting_text(l->rq->settings, "base_url"), "https://"))
		return say("The panel’s address is not https: nothing is "
			   "encrypted.");
	if (c->at == 0)
		return say("Nobody has looked yet.");
	if (c->n == 0)
		return say("None was shown at the panel’s own address.");
	if (c->n <= l->rq->now)
		return say("It has ended: browsers refuse the panel.");
	return say_with(l->rq->arena, "It is valid for %s.",
	    show_span(l->rq->arena, c->n - l->rq->now));
}

/* Of the address of the settings; companies' own ones are not looked at. */
static enum err
look_at_certificate(struct looking *l)
{
	struct check c;
	enum err e = house_check_get(l->rq->tx, "certificate", &c);

	if (e != OK)
		return e;
	add(l, &(struct guardian_line){
		   .name = "certificate",
		   .title = say("Certificate of the panel"),
		   .result = certificate_result(l, &c),
		   .text = certificate_text(l, &c),
		   .at = c.at,
	       });
	return OK;
}

/* ---- settings ---- */

static void
look_at_settings(struct looking *l)
{
	bool stripe = stripe_is_configured(l->rq->settings);
	bool mail = mail_is_possible(l->rq->settings);

	add(l,
	    &(struct guardian_line){
		.name = "stripe",
		.title = "Stripe",
		.result = stripe ? CHECK_OK : CHECK_WARN,
		.text = stripe ? say("Paid orders are checked with Stripe.")
			       : say("No key is set: paid orders are trusted."),
		.href = "/settings",
	    });
	add(l, &(struct guardian_line){
		   .name = "mail",
		   .title = say("Mail server"),
		   .result = mail ? CHECK_OK : CHECK_WARN,
		   .text = mail ? say("Mails are sent.")
				: say("None is set: mails wait."),
		   .href = "/settings/mail",
	       });
}

/* Of the machine and of all companies: no other company's business. */
static enum err
look_at_house(struct looking *l)
{
	enum err e = look_at_work(l);

	if (e == OK)
		e = look_at_backup(l);
	if (e == OK)
		e = look_at_certificate(l);
	return e == OK ? look_at_disk(l) : e;
}

enum err
guardian_look(struct request *rq, struct guardian *out)
{
	struct looking l = {rq, out};
	bool runs_house = false;
	struct summary s;
	enum err e = summary_read(rq->tx, &s);

	*out = (struct guardian){.n = 0};
	if (e == OK)
		e = tenant_runs_house(rq->tx, &runs_house);
	if (e == OK && runs_house)
		e = look_at_house(&l);
	if (e != OK)
		return e;
	look_at_waits(&l, &s);
	if ((e = look_at_books(&l)) != OK || (e = look_at_refunds(&l)) != OK ||
	    (e = look_at_doctor(&l)) != OK || (e = look_at_audit(&l)) != OK)
		return e;
	look_at_settings(&l);
	return OK;
}
