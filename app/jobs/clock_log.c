/* clock_log.c - what the clockwork did last, for people to see.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "jobs/clock_log.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define DAY_S	       86400
#define FAILED_PAUSE_S 10

void
clock_log_init(struct clock_log *l)
{
	*l = (struct clock_log){.process = id_new(clock_now_ms())};
}

static bool
is_well(enum err e)
{
	return e == OK || e == E_BUSY;
}

void
clock_log_note(struct clock_log *l, size_t i, const char *name, int every_s,
    int64_t started_at, int64_t took_ms, enum err result)
{
	struct clock_note *n = &l->note[i];

	assert(i < CLOCK_LOG_MAX);
	n->has_turned |=
	    n->started_at != 0 && is_well(n->result) != is_well(result);
	n->name = name;
	n->every_s = every_s;
	n->started_at = started_at;
	n->took_ms = took_ms;
	n->result = result;
	n->is_new = true;
	if (i >= l->n)
		l->n = i + 1;
}

bool
clock_log_is_due(const struct clock_log *l, int64_t mono_us)
{
	if (mono_us < l->not_before_us)
		return false;
	if (mono_us >= l->due_us)
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (l->note[i].has_turned)
			return true;
	return false;
}

static enum err
write_note(struct tx *tx, const struct clock_note *n)
{
	const char *result =
	    is_well(n->result) ? "ok" : err_info(n->result)->code;

	return db_exec(tx,
	    "INSERT INTO clock_runs AS r (name, every_s, started_at, took_ms, "
	    "result, since, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $3, $6, $6) "
	    "ON CONFLICT (name) DO UPDATE SET every_s = excluded.every_s, "
	    "started_at = excluded.started_at, took_ms = excluded.took_ms, "
	    "result = excluded.result, updated_at = excluded.updated_at, "
	    "since = CASE WHEN r.result = excluded.result THEN r.since "
	    "ELSE excluded.since END",
	    DB_TEXT(n->name), DB_INT((int64_t)n->every_s),
	    DB_INT(n->started_at), DB_INT(n->took_ms), DB_TEXT(result),
	    DB_INT(tx->now));
}

static enum err
write_process(struct tx *tx, const struct clock_log *l)
{
	char host[65] = "";

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	return db_exec(tx,
	    "INSERT INTO work_processes AS p (id, host, pid, has_clock, "
	    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) "
	    "ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at",
	    DB_ID(&l->process), DB_TEXT(host), DB_INT((int64_t)getpid()),
	    DB_BOOL(l->has_clock), DB_INT(tx->now));
}

/* Also those that could not say good-bye. */
static enum err
forget_processes(struct tx *tx, const struct clock_log *l, bool is_last)
{
	return db_exec(tx,
	    "DELETE FROM work_processes "
	    "WHERE updated_at < $1 OR (id = $2 AND $3 = 1)",
	    DB_INT(tx->now - DAY_S), DB_ID(&l->process),
	    DB_INT((int64_t)is_last));
}

enum err
clock_log_write(struct tx *tx, struct clock_log *l, bool is_last)
{
	enum err e = is_last ? OK : write_process(tx, l);

	for (size_t i = 0; e == OK && i < l->n; i++)
		if (l->note[i].is_new)
			e = write_note(tx, &l->note[i]);
	return e == OK ? forget_processes(tx, l, is_last) : e;
}

void
clock_log_written(struct clock_log *l, int64_t mono_us)
{
	l->due_us = mono_us + CLOCK_LOG_EVERY_S * INT64_C(1000000);
	for (size_t i = 0; i < l->n; i++)
		l->note[i].is_new = l->note[i].has_turned = false;
}

/* Whoever can't write waits for the lock each time: not each time round. */
void
clock_log_failed(struct clock_log *l, int64_t mono_us)
{
	l->not_before_us = mono_us + FAILED_PAUSE_S * INT64_C(1000000);
}

/* ---- for readers ---- */

enum err
clock_runs(struct tx *tx, struct clock_run out[CLOCK_LOG_MAX], size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT name, result, every_s, started_at, took_ms, since "
	    "FROM clock_runs ORDER BY name LIMIT $1",
	    DB_INT((int64_t)CLOCK_LOG_MAX));

	if (e != OK)
		return e;
	while (rows_next(&r))
		out[n++] = (struct clock_run){
		    .name = row_strdup(&r, 0),
		    .result = row_strdup(&r, 1),
		    .every_s = row_int(&r, 2),
		    .started_at = row_int(&r, 3),
		    .took_ms = row_int(&r, 4),
		    .since = row_int(&r, 5),
		};
	*n_out = n;
	return rows_done(&r);
}

enum err
work_processes(
    struct tx *tx, struct work_process out[WORK_PROCESSES_MAX], size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT host, pid, has_clock, created_at, updated_at "
	    "FROM work_processes WHERE updated_at BETWEEN $1 AND $3 "
	    "ORDER BY created_at, id LIMIT $2",
	    DB_INT(tx->now - CLOCK_LOG_SILENT_S),
	    DB_INT((int64_t)WORK_PROCESSES_MAX),
	    DB_INT(tx->now + CLOCK_LOG_SILENT_S));

	if (e != OK)
		return e;
	while (rows_next(&r))
		out[n++] = (struct work_process){
		    .host = row_strdup(&r, 0),
		    .pid = row_int(&r, 1),
		    .has_clock = row_int(&r, 2) == 1,
		    .started_at = row_int(&r, 3),
		    .seen_at = row_int(&r, 4),
		};
	*n_out = n;
	return rows_done(&r);
}
