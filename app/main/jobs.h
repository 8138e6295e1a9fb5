/* jobs.h - work behind the pages: what waits, what was given up, the clock.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_JOBS_H
#define MPANEL_MAIN_JOBS_H

#include "jobs/clock_log.h"
#include "web/web.h"

extern const struct route jobs_api_routes[];
extern const struct route jobs_page_routes[];

/* A dead letter goes back into the queue, or is settled otherwise, by the rules
 * of its kind (work_kinds[]).  E_DENIED: of this kind that is up to others;
 * E_CONFLICT with a problem. */
enum err job_retry(struct tx *tx, const struct id *job) MUST_USE;
enum err job_dismiss(struct tx *tx, const struct id *job) MUST_USE;

/* Who may write tasks need not be who may settle this kind. */
bool job_may_settle(const struct actor *actor, const char *kind);

/* "Pay a refund back" for "refund". */
const char *job_about(const char *kind);
/* How often a kind is tried; 0: nobody knows. */
int64_t job_max_attempts(const char *kind);

/* The clockwork and who keeps it. */
struct scheduler {
	bool is_alive; /* a process that keeps the clock */
	size_t n_processes, n_runs;
	struct work_process process[WORK_PROCESSES_MAX];
	/* in the order of clockworks[]; without started_at: it has not run */
	struct clock_run run[CLOCK_LOG_MAX];
};
enum err scheduler_read(struct tx *tx, struct scheduler *out) MUST_USE;
/* The same for people: E_NOTFOUND for those who do not run the house. */
enum err scheduler_show(struct tx *tx, struct scheduler *out) MUST_USE;
/* What clockworks[i] does. */
const char *scheduler_about(size_t i);

#endif
