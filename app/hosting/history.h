/* history.h - what a server measured over a range of time, in slots.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A range is cut into at most 96 slots, which the database sums up: from the
 * reports themselves for an hour, else from their roll-ups, so that each range
 * costs one query over some hundred rows, and about 1 KB.  What has not been
 * rolled up by five minutes yet comes from the reports.
 */
#ifndef MPANEL_HOSTING_HISTORY_H
#define MPANEL_HOSTING_HISTORY_H

#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "base/problem.h"
#include "store/store.h"

enum { HISTORY_SLOTS_MAX = 96 };

struct range {
	const char *word, *label, *title;
	int64_t span_s;
	int slots;
	int hole; /* empty slots that are no gap: reports come twice a minute */
	int64_t rollup_s; /* 0: the reports themselves */
};
/* Ended by a NULL word. */
extern const struct range ranges[];
/* Of ?range=; NULL is a day.  E_INPUT with a problem. */
enum err range_parse(
    const char *word, struct problems *p, const struct range **out) MUST_USE;

struct slot {
	int64_t n;	       /* reports; 0: none */
	int64_t cpu, cpu_peak; /* per mille */
	int64_t memory_used, memory_total;
	int64_t rx, tx; /* counters at its end */
	int64_t at;	/* last report */
};

struct history {
	const struct range *range;
	int64_t from, now;
	int first, last; /* slots with reports; -1: none at all */
	struct slot slot[HISTORY_SLOTS_MAX];
};

/* From when on the reports themselves are asked, not their roll-ups, of a range
 * that begins `from`. */
enum err history_tail(struct tx *tx, const struct id *server,
    const struct range *range, int64_t from, int64_t *out) MUST_USE;

int64_t history_step_s(const struct range *r);
enum err history_read(struct tx *tx, const struct id *server,
    const struct range *range, struct history *out) MUST_USE;

#endif
