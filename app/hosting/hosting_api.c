/* hosting_api.c - servers and websites for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_api.h"

#include "billing/billing_nouns.h"
#include "face/list_api.h"
#include "face/noun_faces.h"
#include "hosting/history.h"
#include "hosting/hosting_nouns.h"
#include "hosting/website.h"

/* Like the described noun's own, and its agent's tokens go with it. */
static enum err
remove_server(struct request *rq)
{
	int64_t version;
	struct id id;
	enum err e = noun_take_version(rq, &version);

	if (e == OK)
		e = path_id(rq, "id", &id);
	if (e == OK)
		e = server_remove(rq->tx, &id, version);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

static enum err
customer_websites(struct request *rq)
{
	return sublist_api(rq, &customers_noun, &websites_noun, "customerId");
}

/* ---- metrics ---- */

static void
write_report(struct json_out *w, const struct rows *r)
{
	json_open(w, NULL, '{');
	json_time(w, "timestamp", row_int(r, 0));
	json_int(w, "cpuPermille", row_int(r, 1));
	json_int(w, "load1Milli", row_int(r, 2));
	json_int(w, "memoryTotal", row_int(r, 3));
	json_int(w, "memoryUsed", row_int(r, 4));
	json_int(w, "diskTotal", row_int(r, 5));
	json_int(w, "diskUsed", row_int(r, 6));
	json_int(w, "rxBytes", row_int(r, 7));
	json_int(w, "txBytes", row_int(r, 8));
	json_int(w, "connections", row_int(r, 9));
	json_close(w, '}');
}

/* A week is 2,016 roll-ups. */
#define POINTS_MOST 3000

static enum err
ask_rollups(struct request *rq, const struct id *server,
    const struct range *range, struct rows *r)
{
	int64_t from = rq->now - range->span_s, tail;
	enum err e = history_tail(rq->tx, server, range, from, &tail);

	if (e != OK)
		return e;
	return db_query(rq->tx, r,
	    "SELECT begins_at, cpu_sum / reports, load1_sum / reports, "
	    "memory_total, memory_sum / reports, disk_total, "
	    "disk_used, rx_bytes, tx_bytes, connections "
	    "FROM server_rollups "
	    "WHERE tenant_id = $1 AND server_id = $2 AND every_s = $4 "
	    "AND begins_at > $3 - $4 AND begins_at < $5 "
	    "UNION ALL SELECT reported_at - reported_at % $4, "
	    "SUM(cpu_permille) / COUNT(*), SUM(load1_milli) / COUNT(*), "
	    "MAX(memory_total), SUM(memory_used) / COUNT(*), "
	    "MAX(disk_total), MAX(disk_used), MAX(rx_bytes), MAX(tx_bytes), "
	    "MAX(connections) FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 AND reported_at >= $5 "
	    "AND reported_at <= $7 "
	    "GROUP BY reported_at - reported_at % $4 "
	    "ORDER BY 1 LIMIT $6",
	    DB_ID(&rq->tx->tenant), DB_ID(server), DB_INT(from),
	    DB_INT(range->rollup_s), DB_INT(tail), DB_INT((int64_t)POINTS_MOST),
	    DB_INT(rq->now));
}

static enum err
ask_points(struct request *rq, const struct id *server,
    const struct range *range, struct rows *r)
{
	if (range->rollup_s)
		return ask_rollups(rq, server, range, r);
	return db_query(rq->tx, r,
	    "SELECT * FROM (SELECT reported_at, cpu_permille, load1_milli, "
	    "memory_total, memory_used, disk_total, disk_used, rx_bytes, "
	    "tx_bytes, connections FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 AND reported_at >= $3 "
	    "ORDER BY reported_at DESC LIMIT $4) AS newest "
	    "ORDER BY reported_at",
	    DB_ID(&rq->tx->tenant), DB_ID(server),
	    DB_INT(rq->now - range->span_s), DB_INT((int64_t)POINTS_MOST));
}

/* Oldest first. */
static enum err
server_metrics(struct request *rq)
{
	static const char *const known[] = {"range"};
	const struct range *range;
	struct json_out *w;
	struct rows r;
	struct id server;
	enum err e = path_id(rq, "id", &server);

	if (e == OK)
		e = query_known(rq, known, N_ELEMS(known));
	if (e == OK)
		e = range_parse(query_text(rq, "range"), &rq->problems, &range);
	if (e == OK)
		e = noun_get(rq->tx, &servers_noun, &server, &r);
	if (e == OK)
		e = rows_done(&r);
	if (e == OK)
		e = ask_points(rq, &server, range, &r);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_open(w, "items", '[');
	while (rows_next(&r))
		write_report(w, &r);
	json_close(w, ']');
	json_close(w, '}');
	return rows_done(&r);
}

/* clang-format off */
#define READ(path, perm, handler, name)					\
	{GET, path, POOL_UI, AUTH_API, perm, BODY_NONE, 0, handler, name}

const struct route hosting_api_routes[] = {
	{DELETE, "/api/admin/servers/:id", POOL_UI, AUTH_API, PERM_SERVERS_WRITE,
		BODY_NONE, 0, remove_server, "servers.remove"},
	{DELETE, "/api/servers/:id", POOL_UI, AUTH_API, PERM_SERVERS_WRITE,
		BODY_NONE, 0, remove_server, "servers.remove.flat"},
	READ("/api/admin/servers/:id/metrics", PERM_SERVERS_READ, server_metrics,
		"servers.metrics"),
	READ("/api/admin/customers/:id/websites", PERM_WEBSITES_READ, customer_websites,
		"customers.websites"),
	{0}
};
/* clang-format on */
