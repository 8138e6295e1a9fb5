/* rollup.c - what servers reported, added up, so that a year stays quick.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/rollup.h"

#define INTO                                                                   \
	"INSERT INTO server_rollups (tenant_id, server_id, every_s, "          \
	"begins_at, reports, cpu_sum, cpu_peak, load1_sum, memory_sum, "       \
	"memory_total, disk_used, disk_total, rx_bytes, tx_bytes, "            \
	"connections, last_at, created_at, updated_at) "
#define AGAIN                                                                  \
	"ON CONFLICT (tenant_id, server_id, every_s, begins_at) DO UPDATE "    \
	"SET reports = excluded.reports, cpu_sum = excluded.cpu_sum, "         \
	"cpu_peak = excluded.cpu_peak, load1_sum = excluded.load1_sum, "       \
	"memory_sum = excluded.memory_sum, "                                   \
	"memory_total = excluded.memory_total, "                               \
	"disk_used = excluded.disk_used, disk_total = excluded.disk_total, "   \
	"rx_bytes = excluded.rx_bytes, tx_bytes = excluded.tx_bytes, "         \
	"connections = excluded.connections, last_at = excluded.last_at, "     \
	"updated_at = excluded.updated_at"

enum { FINE_S = ROLLUP_FINE_S, HOUR_S = 3600, DAY_S = 86400 };

enum {
	PORTION_S = 12 * 3600, /* of one server's reports at a time ... */
	FORGET_S = 86400,      /* ... also when they are forgotten ... */
	PORTIONS = 16	       /* ... in one transaction */
};

/* ---- one server ---- */

/* 0: there is none. */
static enum err
newest_of(struct tx *tx, const struct id *server, int64_t every_s, int64_t *out)
{
	return db_int(tx, 0, out,
	    "SELECT MAX(begins_at) FROM server_rollups "
	    "WHERE tenant_id = $1 AND server_id = $2 AND every_s = $3",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(every_s));
}

/* The first report from then on; 0: there is none. */
static enum err
first_report(struct tx *tx, const struct id *server, int64_t from, int64_t *out)
{
	return db_int(tx, 0, out,
	    "SELECT MIN(reported_at) FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 AND reported_at >= $3 "
	    "AND reported_at <= $4",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(from), DB_INT(tx->now));
}

struct span {
	int64_t from, to; /* [from, to) on boundaries; empty: nothing to do */
	bool more;	  /* there are reports behind it */
};

/* From a while before the newest roll-up.  What is next may come long after
 * it: the server was away. */
static enum err
find_span(struct tx *tx, const struct id *server, struct span *out)
{
	int64_t newest, next, later = 0, from;
	enum err e = newest_of(tx, server, FINE_S, &newest);

	*out = (struct span){.from = 0};
	if (e == OK)
		e = first_report(
		    tx, server, newest ? newest + FINE_S : 0, &next);
	/* such a silent server's roll-ups grow no more */
	if (e != OK || (!next && newest < tx->now - 2 * ROLLUP_LATE_S))
		return e;
	from = newest ? newest - ROLLUP_LATE_S : next;
	out->from = from - from % FINE_S;
	out->to = (next > from ? next : from) + PORTION_S;
	out->to -= out->to % FINE_S;
	if (out->to <= tx->now)
		e = first_report(tx, server, out->to, &later);
	out->more = later > 0;
	return e;
}

static enum err
add_reports(struct tx *tx, const struct id *server, const struct span *s)
{
	return db_exec(tx,
	    INTO
	    "SELECT tenant_id, server_id, CAST($2 AS BIGINT), "
	    "reported_at - reported_at % $2, COUNT(*), SUM(cpu_permille), "
	    "MAX(cpu_permille), SUM(load1_milli), SUM(memory_used), "
	    "MAX(memory_total), MAX(disk_used), MAX(disk_total), "
	    "MAX(rx_bytes), MAX(tx_bytes), MAX(connections), "
	    "MAX(reported_at), CAST($4 AS BIGINT), CAST($4 AS BIGINT) "
	    "FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $5 AND reported_at >= $3 "
	    "AND reported_at < $6 AND reported_at <= $4 "
	    "GROUP BY tenant_id, server_id, reported_at - reported_at % $2 " AGAIN,
	    DB_ID(&tx->tenant), DB_INT((int64_t)FINE_S), DB_INT(s->from),
	    DB_INT(tx->now), DB_ID(server), DB_INT(s->to));
}

/* The level above: whole roll-ups from all of those that it covers, from a
 * while before its newest. */
static enum err
add_rollups(
    struct tx *tx, const struct id *server, int64_t below_s, int64_t every_s)
{
	int64_t newest, from;
	enum err e = newest_of(tx, server, every_s, &newest);

	if (e != OK)
		return e;
	from = newest > ROLLUP_LATE_S ? newest - ROLLUP_LATE_S : 0;
	return db_exec(tx,
	    INTO
	    "SELECT tenant_id, server_id, CAST($2 AS BIGINT), "
	    "begins_at - begins_at % $2, SUM(reports), SUM(cpu_sum), "
	    "MAX(cpu_peak), SUM(load1_sum), SUM(memory_sum), "
	    "MAX(memory_total), MAX(disk_used), MAX(disk_total), "
	    "MAX(rx_bytes), MAX(tx_bytes), MAX(connections), MAX(last_at), "
	    "CAST($4 AS BIGINT), CAST($4 AS BIGINT) "
	    "FROM server_rollups "
	    "WHERE tenant_id = $1 AND server_id = $6 AND every_s = $5 "
	    "AND begins_at >= $3 "
	    "GROUP BY tenant_id, server_id, begins_at - begins_at % $2 " AGAIN,
	    DB_ID(&tx->tenant), DB_INT(every_s), DB_INT(from - from % every_s),
	    DB_INT(tx->now), DB_INT(below_s), DB_ID(server));
}

static enum err
make_portion(struct tx *tx, const struct id *server, bool *more_out)
{
	struct span s;
	enum err e = find_span(tx, server, &s);

	*more_out = s.more;
	if (e != OK || s.to == s.from)
		return e;
	e = add_reports(tx, server, &s);
	if (e == OK)
		e = add_rollups(tx, server, FINE_S, HOUR_S);
	return e == OK ? add_rollups(tx, server, HOUR_S, DAY_S) : e;
}

/* Reports that are in roll-ups which grow no more. */
static enum err
forget_reports(struct tx *tx, const struct id *server, bool *more_out)
{
	int64_t newest, oldest, before = tx->now - ROLLUP_RAW_KEEP_S, to;
	enum err e = newest_of(tx, server, FINE_S, &newest);

	if (e == OK)
		e = first_report(tx, server, 0, &oldest);
	if (before > newest - ROLLUP_LATE_S)
		before = newest - ROLLUP_LATE_S;
	if (e != OK || oldest == 0 || oldest >= (before -= before % FINE_S))
		return e;
	to = oldest - oldest % FINE_S + FORGET_S;
	*more_out = to < before;
	return db_exec(tx,
	    "DELETE FROM server_metrics WHERE tenant_id = $1 "
	    "AND server_id = $2 AND reported_at < $3",
	    DB_ID(&tx->tenant), DB_ID(server),
	    DB_INT(to < before ? to : before));
}

static enum err
forget_level(
    struct tx *tx, const struct id *server, int64_t every_s, int64_t keep_s)
{
	int64_t before = tx->now - keep_s;

	return db_exec(tx,
	    "DELETE FROM server_rollups WHERE tenant_id = $1 "
	    "AND server_id = $2 AND every_s = $3 AND begins_at < $4",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(every_s),
	    DB_INT(before - before % DAY_S));
}

/* Whole roll-ups at a time, so that nothing is taken from under a roll-up that
 * is made again.  What has not been added up stays. */
static enum err
forget_portion(struct tx *tx, const struct id *server, bool *more_out)
{
	enum err e;

	*more_out = false;
	e = forget_reports(tx, server, more_out);
	if (e == OK)
		e = forget_level(tx, server, FINE_S, ROLLUP_FINE_KEEP_S);
	return e == OK ? forget_level(tx, server, HOUR_S, ROLLUP_HOUR_KEEP_S)
		       : e;
}

/* ---- all of them ---- */

static enum err
read_servers(struct tx *tx, const struct id *from,
    struct id server[static PORTIONS + 1], size_t *n_out)
{
	static const struct id first = {"00000000-0000-0000-0000-000000000000"};
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT id FROM servers WHERE tenant_id = $1 AND id >= $2 "
	    "ORDER BY id LIMIT $3",
	    DB_ID(&tx->tenant), DB_ID(id_is_set(from) ? from : &first),
	    DB_INT((int64_t)PORTIONS + 1));

	if (e != OK)
		return e;
	while (rows_next(&r) && n < PORTIONS + 1)
		server[n++] = row_id(&r, 0);
	*n_out = n;
	return rows_done(&r);
}

static enum err
walk(struct tx *tx, struct rollup_walk *w,
    enum err (*portion)(struct tx *tx, const struct id *server, bool *more_out))
{
	struct id server[PORTIONS + 1];
	size_t n = 0, i = 0;
	enum err e = read_servers(tx, &w->from, server, &n);

	for (int done = 0; e == OK && i < n && done < PORTIONS; done++) {
		bool more;

		e = portion(tx, &server[i], &more);
		i += !more;
	}
	if (e != OK)
		return e;
	w->has_more = i < n;
	w->next = i < n ? server[i] : (struct id){""};
	return OK;
}

enum err
rollup_make(struct tx *tx, struct rollup_walk *w)
{
	return walk(tx, w, make_portion);
}

enum err
rollup_forget(struct tx *tx, struct rollup_walk *w)
{
	return walk(tx, w, forget_portion);
}
