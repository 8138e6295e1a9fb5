/* history.c - what a server measured over a range of time, in slots.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/history.h"

#include "base/text.h"
#include "hosting/rollup.h"

#define DAY_S INT64_C(86400)

const struct range ranges[] = {
    {"1h", "1 h", "Last hour", 3600, 60, 2, 0},
    {"24h", "24 h", "Last 24 hours", DAY_S, 96, 0, ROLLUP_FINE_S},
    {"7d", "7 d", "Last 7 days", 7 * DAY_S, 84, 0, ROLLUP_FINE_S},
    {"30d", "30 d", "Last 30 days", 30 * DAY_S, 90, 0, 3600},
    {"1y", "1 y", "Last year", 365 * DAY_S, 73, 0, DAY_S},
    {.word = NULL},
};

enum err
range_parse(const char *word, struct problems *p, const struct range **out)
{
	if (!word)
		word = "24h";
	for (const struct range *r = ranges; r->word; r++) {
		if (str_eq(r->word, word)) {
			*out = r;
			return OK;
		}
	}
	problem_add(p, "range", "not_in_list",
	    "The range is one of 1h, 24h, 7d, 30d, 1y.");
	return E_INPUT;
}

int64_t
history_step_s(const struct range *r)
{
	return r->span_s / r->slots;
}

static void
take_slot(struct history *h, const struct rows *r)
{
	int64_t i = row_int(r, 0), n = row_int(r, 1);

	if (i >= h->range->slots)
		i = h->range->slots - 1;
	if (i < 0 || n == 0)
		return;
	h->slot[i] = (struct slot){
	    .n = n,
	    .cpu = row_int(r, 2) / n,
	    .cpu_peak = row_int(r, 3),
	    .memory_used = row_int(r, 4) / n,
	    .memory_total = row_int(r, 5),
	    .rx = row_int(r, 6),
	    .tx = row_int(r, 7),
	    .at = row_int(r, 8),
	};
	if (h->first < 0 || i < h->first)
		h->first = (int)i;
	if (i > h->last)
		h->last = (int)i;
}

static enum err
ask_reports(struct tx *tx, const struct id *server, const struct history *h,
    struct rows *r)
{
	return db_query(tx, r,
	    "SELECT (reported_at - $3) / $4, COUNT(*), SUM(cpu_permille), "
	    "MAX(cpu_permille), SUM(memory_used), MAX(memory_total), "
	    "MAX(rx_bytes), MAX(tx_bytes), MAX(reported_at) "
	    "FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 "
	    "AND reported_at >= $3 AND reported_at <= $5 "
	    "GROUP BY 1",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(h->from),
	    DB_INT(history_step_s(h->range)), DB_INT(h->now));
}

enum err
history_tail(struct tx *tx, const struct id *server, const struct range *range,
    int64_t from, int64_t *out)
{
	int64_t newest = 0;
	enum err e = OK;

	if (range->rollup_s == ROLLUP_FINE_S)
		e = db_int(tx, 0, &newest,
		    "SELECT MAX(begins_at) FROM server_rollups "
		    "WHERE tenant_id = $1 AND server_id = $2 AND every_s = $3",
		    DB_ID(&tx->tenant), DB_ID(server), DB_INT(range->rollup_s));
	if (e == OK)
		*out = range->rollup_s != ROLLUP_FINE_S ? INT64_MAX
		       : newest > from			? newest
							: from;
	return e;
}

/* One that began before the range and reaches into it is its first slot's. */
static enum err
ask_rollups(struct tx *tx, const struct id *server, const struct history *h,
    struct rows *r)
{
	int64_t tail;
	enum err e = history_tail(tx, server, h->range, h->from, &tail);

	if (e != OK)
		return e;
	return db_query(tx, r,
	    "SELECT slot, SUM(n), SUM(cpu), MAX(cpu_peak), SUM(memory), "
	    "MAX(memory_total), MAX(rx_bytes), MAX(tx_bytes), MAX(last_at) "
	    "FROM (SELECT CASE WHEN begins_at < $3 THEN 0 "
	    "ELSE (begins_at - $3) / $4 END AS slot, reports AS n, "
	    "cpu_sum AS cpu, cpu_peak, memory_sum AS memory, memory_total, "
	    "rx_bytes, tx_bytes, last_at "
	    "FROM server_rollups "
	    "WHERE tenant_id = $1 AND server_id = $2 AND every_s = $6 "
	    "AND begins_at > $3 - $6 AND begins_at <= $5 AND begins_at < $7 "
	    "UNION ALL SELECT (reported_at - $3) / $4, 1, cpu_permille, "
	    "cpu_permille, memory_used, memory_total, rx_bytes, tx_bytes, "
	    "reported_at FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 AND reported_at >= $7 "
	    "AND reported_at <= $5) AS known GROUP BY slot",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(h->from),
	    DB_INT(history_step_s(h->range)), DB_INT(h->now),
	    DB_INT(h->range->rollup_s), DB_INT(tail));
}

enum err
history_read(struct tx *tx, const struct id *server, const struct range *range,
    struct history *out)
{
	struct rows r;
	enum err e;

	*out = (struct history){
	    .range = range,
	    .from = tx->now + 1 - range->span_s,
	    .now = tx->now,
	    .first = -1,
	    .last = -1,
	};
	e = range->rollup_s ? ask_rollups(tx, server, out, &r)
			    : ask_reports(tx, server, out, &r);
	if (e != OK)
		return e;
	while (rows_next(&r))
		take_slot(out, &r);
	return rows_done(&r);
}
