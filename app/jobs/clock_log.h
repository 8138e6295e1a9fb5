/* clock_log.h - what the clockwork did last, for people to see.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `mpanel work` notes each run in memory and writes its notes once a minute, or
 * at once when something begins or ceases to fail: work that is done each
 * second costs no write each second.  With them it says that it is alive.
 */
#ifndef MPANEL_JOBS_CLOCK_LOG_H
#define MPANEL_JOBS_CLOCK_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum {
	CLOCK_LOG_EVERY_S = 60,
	/* A process that has not written for so long is not alive. */
	CLOCK_LOG_SILENT_S = 180,
	CLOCK_LOG_MAX = 48
};

struct clock_note {
	const char *name;
	int every_s;
	int64_t started_at, took_ms; /* 0: it has not run yet */
	enum err result;	     /* E_BUSY is none: it is tried again */
	bool is_new, has_turned;     /* since it was written */
};

struct clock_log {
	struct id process;
	bool has_clock;
	/* When it is written next, and before which it is not, even when
	 * something has turned: the last time that failed. */
	int64_t due_us, not_before_us;
	size_t n;
	struct clock_note note[CLOCK_LOG_MAX];
};

void clock_log_init(struct clock_log *l);
void clock_log_note(struct clock_log *l, size_t i, const char *name,
    int every_s, int64_t started_at, int64_t took_ms, enum err result);
/* Is there something to write by now? */
bool clock_log_is_due(const struct clock_log *l, int64_t mono_us);
/* Write it; is_last: the process ends and is forgotten. */
enum err clock_log_write(
    struct tx *tx, struct clock_log *l, bool is_last) MUST_USE;
/* Once that is committed, or has failed. */
void clock_log_written(struct clock_log *l, int64_t mono_us);
void clock_log_failed(struct clock_log *l, int64_t mono_us);

/* ---- for readers ---- */

struct clock_run {
	const char *name, *result; /* "ok" */
	int64_t every_s, started_at, took_ms, since;
};
/* All that have ever run, at most CLOCK_LOG_MAX. */
enum err clock_runs(
    struct tx *tx, struct clock_run out[CLOCK_LOG_MAX], size_t *n_out) MUST_USE;

struct work_process {
	const char *host;
	int64_t pid, started_at, seen_at;
	bool has_clock;
};
enum { WORK_PROCESSES_MAX = 32 };
/* Those that are alive: they have written lately, and not before a clock was
 * put back. */
enum err work_processes(struct tx *tx,
    struct work_process out[WORK_PROCESSES_MAX], size_t *n_out) MUST_USE;

#endif
