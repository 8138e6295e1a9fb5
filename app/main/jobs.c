/* jobs.c - work behind the pages: what waits, what was given up, the clock.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/jobs.h"

#include "base/text.h"
#include "identity/audit.h"
#include "jobs/jobs_noun.h"
#include "jobs/outbox.h"
#include "main/clockwork.h"
#include "tenancy/tenant.h"

/* ---- kinds ---- */

static const struct work_kind *
kind_of(const char *kind)
{
	for (const struct work_kind *k = work_kinds; k->kind; k++)
		if (str_eq(k->kind, kind))
			return k;
	return NULL;
}

const char *
job_about(const char *kind)
{
	const struct work_kind *k = kind_of(kind);

	return k && k->about ? k->about : kind;
}

int64_t
job_max_attempts(const char *kind)
{
	const struct work_kind *k = kind_of(kind);

	return k ? k->max_attempts : 0;
}

/* ---- verbs ---- */

/* Its kind, for who may settle it and can see it.  Others, who may write
 * tasks, hear that they may not. */
static enum err
kind_to_settle(struct tx *tx, const struct id *job,
    const struct work_kind **kind_out, bool *is_over_out)
{
	const struct work_kind *k;
	struct rows r;
	enum err e = noun_get(tx, &jobs_noun, job, &r);

	if (e != OK)
		return e;
	k = kind_of(row_text(&r, NOUN_FIELDS + JOB_KIND));
	*is_over_out =
	    str_eq(row_text(&r, NOUN_FIELDS + JOB_STATUS), "dead") ||
	    str_eq(row_text(&r, NOUN_FIELDS + JOB_STATUS), "cancelled");
	if ((e = rows_done(&r)) != OK)
		return e;
	if (!k)
		return tx_fail(tx, E_NOTFOUND);
	if (!job_may_settle(tx->actor, k->kind))
		return tx_fail(tx, E_DENIED);
	*kind_out = k;
	return OK;
}

bool
job_may_settle(const struct actor *actor, const char *kind)
{
	const struct work_kind *k = kind_of(kind);
	enum perm p = k && k->may_settle ? k->may_settle : PERM_TASKS_WRITE;

	return perm_has(&actor->perms, PERM_TASKS_WRITE) &&
	       perm_has(&actor->perms, p);
}

enum err
job_retry(struct tx *tx, const struct id *job)
{
	const struct work_kind *k;
	bool is_over, by_kind;
	enum err e = kind_to_settle(tx, job, &k, &is_over);

	if (e != OK)
		return e;
	by_kind = k->again && is_over;
	e = by_kind ? k->again(tx, job) : outbox_retry(tx, job);
	if (e != OK || (by_kind && k->is_noted))
		return e;
	return audit(tx, "job.retry", "outbox", job, NULL);
}

enum err
job_dismiss(struct tx *tx, const struct id *job)
{
	const struct work_kind *k;
	bool is_over, by_kind;
	enum err e = kind_to_settle(tx, job, &k, &is_over);

	if (e != OK)
		return e;
	by_kind = k->dismiss && is_over;
	e = by_kind ? k->dismiss(tx, job) : outbox_dismiss(tx, job);
	if (e != OK || (by_kind && k->is_noted))
		return e;
	return audit(tx, "job.dismiss", "outbox", job, NULL);
}

/* ---- the clock ---- */

const char *
scheduler_about(size_t i)
{
	return clockworks[i].about;
}

static struct clock_run
run_of(const struct clockwork *c, const struct clock_run *run, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(run[i].name, c->name))
			return run[i];
	return (struct clock_run){
	    .name = c->name, .result = "", .every_s = c->every_s};
}

enum err
scheduler_read(struct tx *tx, struct scheduler *out)
{
	struct clock_run run[CLOCK_LOG_MAX];
	size_t n = 0;
	enum err e = clock_runs(tx, run, &n);

	if (e == OK)
		e = work_processes(tx, out->process, &out->n_processes);
	if (e != OK)
		return e;
	out->is_alive = false;
	for (size_t i = 0; i < out->n_processes; i++)
		out->is_alive |= out->process[i].has_clock;
	for (size_t i = 0; clockworks[i].name; i++) {
		assert(i < CLOCK_LOG_MAX);
		out->run[i] = run_of(&clockworks[i], run, n);
		out->n_runs = i + 1;
	}
	return OK;
}

enum err
scheduler_show(struct tx *tx, struct scheduler *out)
{
	bool runs_house = false;
	enum err e = tenant_runs_house(tx, &runs_house);

	if (e == OK && !runs_house)
		e = tx_fail(tx, E_NOTFOUND);
	return e == OK ? scheduler_read(tx, out) : e;
}
