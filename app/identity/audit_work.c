/* audit_work.c - what `mpanel work` does for the audit log, tenant by tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_work.h"

#include <limits.h>

#include "base/clock.h"
#include "base/log.h"
#include "identity/audit_chain.h"
#include "mail/mail.h"

enum {
	FRESH_S = 10,
	MINUTE_S = 60,
	DAY_S = 86400,
	SEAL_BATCHES = 20,     /* of one piece of work: others wait behind it */
	ALL_BATCHES = INT_MAX, /* once, after an upgrade or a long rest */
	FORGET_BATCHES = 10
};

/* ---- sealing ---- */

struct look {
	int64_t since;
	struct id first;
};

static enum err
look_for_unsealed(struct tx *tx, void *arg)
{
	struct look *l = arg;

	return audit_first_unsealed(tx, l->since, &l->first);
}

/* What is kept follows the database, unless that has lost it: then it is the
 * evidence. */
static enum err
seal_batches(struct work *w, const struct look *l, int batches)
{
	const char *dir = setting_text(w->settings, "state_dir");
	struct audit_head kept;
	struct audit_sealing s = {
	    .box = w->box, .since = l->since, .from = l->first};
	enum err e = audit_kept_read(dir, &w->tenant, &kept);
	bool may_keep = e == OK || e == E_NOTFOUND;

	if (e == OK)
		s.kept = &kept;
	do {
		e = work_do(w, TX_WRITE, audit_seal, &s);
		if (e != OK)
			return e == E_CONFLICT ? OK : e; /* another sealer */
		if (s.is_torn && may_keep)
			log_event(LOG_ERROR, "audit_end_is_missing",
			    LOG_I("kept", kept.seq), LOG_I("head", s.head.seq));
		may_keep = may_keep && !s.is_torn;
		s.from = s.last;
		s.kept = NULL; /* it has been looked for */
		if (may_keep && s.n > 0)
			e = audit_kept_write(dir, &w->tenant, &s.head);
	} while (e == OK && s.n == AUDIT_BATCH && --batches > 0);
	return e;
}

/* Writers wait only where there is something to write, and not while rows that
 * have a seal are walked through. */
static enum err
seal_since(struct work *w, int64_t since, int batches)
{
	struct look l = {.since = since};
	enum err e = work_do(w, TX_READ, look_for_unsealed, &l);

	return e == OK && id_is_set(&l.first) ? seal_batches(w, &l, batches)
					      : e;
}

enum err
audit_work_seal(struct work *w)
{
	return seal_since(w, clock_now() - FRESH_S, SEAL_BATCHES);
}

enum err
audit_work_seal_minute(struct work *w)
{
	return seal_since(w, clock_now() - MINUTE_S, SEAL_BATCHES);
}

enum err
audit_work_seal_late(struct work *w)
{
	return seal_since(w, clock_now() - DAY_S, SEAL_BATCHES);
}

enum err
audit_work_seal_all(struct work *w)
{
	return seal_since(w, 0, ALL_BATCHES);
}

/* ---- checking ---- */

static enum err
read_checked_at(struct tx *tx, void *arg)
{
	int64_t *at = arg;

	return db_int(tx, 0, at,
	    "SELECT checked_at FROM audit_checks WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));
}

static void
log_report(const struct audit_report *r, const char *finding)
{
	if (r->n_findings == 0)
		log_event(LOG_INFO, "audit_verified", LOG_I("rows", r->rows),
		    LOG_I("head", r->head.seq), LOG_S("hash", r->head.hash));
	else
		log_event(LOG_ERROR, "audit_broken",
		    LOG_I("findings", r->n_findings), LOG_S("first", finding),
		    LOG_I("rows", r->rows), LOG_I("head", r->head.seq));
}

/* Once a day, as long as it lasts. */
static enum err
alert_staff(struct tx *tx)
{
	char day[11];

	date_iso(tx->now, day);
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_STAFF_AUDIT,
		    .once = arena_printf(tx->arena, "mail/staff-audit:%s", day),
		    .ref_name = "tenantId",
		    .ref = &tx->tenant,
		});
}

static enum err
note_report(struct tx *tx, void *arg)
{
	const struct audit_report *r = arg;
	enum err e = audit_note_check(tx, r);

	return e == OK && r->n_findings > 0 ? alert_staff(tx) : e;
}

static enum err
verify(struct work *w)
{
	const char *dir = setting_text(w->settings, "state_dir");
	struct audit_check *c = ARENA_NEW(w->arena, struct audit_check);
	struct audit_head kept;
	const struct audit_report *r;
	enum err e;

	if (!c)
		return E_BUSY;
	c->box = w->box;
	e = audit_kept_read(dir, &w->tenant, &kept);
	c->kept = e == OK ? &kept : NULL;
	r = &c->report;
	e = work_do(w, TX_READ, audit_verify, c);
	if (e != OK)
		return e;
	log_report(r, r->n_findings > 0
			  ? audit_finding_text(w->arena, &r->finding[0])
			  : "");
	return work_do(w, TX_WRITE, note_report, &c->report);
}

enum err
audit_work_verify(struct work *w)
{
	int64_t at;
	enum err e = work_do(w, TX_READ, read_checked_at, &at);

	return e == OK && clock_now() - at >= DAY_S ? verify(w) : e;
}

/* ---- forgetting ---- */

enum err
audit_work_forget(struct work *w)
{
	struct audit_forgetting f = {
	    .box = w->box,
	    .days = setting_int(w->settings, "audit_keep_days"),
	};
	enum err e = OK;

	if (f.days == 0)
		return OK;
	if (f.days < AUDIT_KEEP_DAYS_MIN) {
		log_event(LOG_ERROR, "audit_keep_days_too_few",
		    LOG_I("days", f.days));
		return E_INPUT;
	}
	for (int i = 0; e == OK && i < FORGET_BATCHES; i++) {
		e = work_do(w, TX_WRITE, audit_forget, &f);
		if (f.n < AUDIT_FORGET_BATCH)
			break;
	}
	return e;
}
