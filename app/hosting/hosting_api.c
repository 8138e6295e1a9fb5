/* hosting_api.c - servers and websites for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_api.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "face/list_api.h"
#include "hosting/hosting_nouns.h"
#include "hosting/website.h"

static enum err
list_servers(struct request *rq)
{
	return list_api(rq, &servers_noun, NULL, NULL);
}

static enum err
get_server(struct request *rq)
{
	return detail_api(rq, &servers_noun);
}

static enum err
list_websites(struct request *rq)
{
	return list_api(rq, &websites_noun, NULL, NULL);
}

static enum err
get_website(struct request *rq)
{
	return detail_api(rq, &websites_noun);
}

static enum err
customer_websites(struct request *rq)
{
	return sublist_api(rq, &customers_noun, &websites_noun, "customerId");
}

/* ---- metrics ---- */

static const struct {
	const char *word;
	int64_t seconds;
} ranges[] = {
    {"1h", 3600},
    {"24h", 86400},
    {"7d", 7 * 86400},
    {"30d", 30 * 86400},
};

static enum err
read_range(struct request *rq, int64_t *seconds_out)
{
	static const char *const known[] = {"range"};
	const char *word = query_text(rq, "range");
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (!word)
		word = "24h";
	for (size_t i = 0; i < N_ELEMS(ranges); i++) {
		if (str_eq(word, ranges[i].word)) {
			*seconds_out = ranges[i].seconds;
			return OK;
		}
	}
	problem_add(&rq->problems, "range", "not_in_list",
	    "A range is one of 1h, 24h, 7d, 30d.");
	return E_INPUT;
}

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

/* The newest 2,000 reports of the range, oldest first. */
static enum err
server_metrics(struct request *rq)
{
	struct json_out *w;
	struct rows r;
	struct id server;
	int64_t seconds, exists;
	enum err e = path_id(rq, "id", &server);

	if (e != OK || (e = read_range(rq, &seconds)) != OK)
		return e;
	e = db_int(rq->tx, 0, &exists,
	    "SELECT COUNT(*) FROM servers "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&rq->tx->tenant), DB_ID(&server));
	if (e != OK)
		return e;
	if (!exists)
		return E_NOTFOUND;
	e = db_query(rq->tx, &r,
	    "SELECT * FROM (SELECT reported_at, cpu_permille, load1_milli, "
	    "memory_total, memory_used, disk_total, disk_used, rx_bytes, "
	    "tx_bytes, connections FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 AND reported_at >= $3 "
	    "ORDER BY reported_at DESC LIMIT 2000) AS newest "
	    "ORDER BY reported_at",
	    DB_ID(&rq->tx->tenant), DB_ID(&server), DB_INT(rq->now - seconds));
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

/* ---- verbs: the task is queued; the row follows when the agent reports ----
 */

static enum err
run_verb(struct request *rq,
    enum err (*verb)(struct tx *tx, const struct id *id, const char *why))
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = verb(rq->tx, &id, "By staff.");
	return e == OK ? noun_reply(rq, &websites_noun, &id) : e;
}

static enum err
unsuspend(struct tx *tx, const struct id *id, const char *why)
{
	(void)why;
	return website_unsuspend(tx, id);
}

static enum err
suspend_website(struct request *rq)
{
	return run_verb(rq, website_suspend);
}

static enum err
unsuspend_website(struct request *rq)
{
	return run_verb(rq, unsuspend);
}

static enum err
remove_website(struct request *rq)
{
	return run_verb(rq, website_remove);
}

/* clang-format off */
#define READ(path, perm, handler, name)					\
	{GET, path, POOL_UI, AUTH_API, perm, BODY_NONE, 0, handler, name}
#define VERB(path, perm, handler, name)					\
	{POST, path, POOL_UI, AUTH_API, perm, BODY_JSON, 0, handler, name}
#define SITE "/api/admin/websites/:id"

const struct route hosting_api_routes[] = {
	READ("/api/admin/servers",	PERM_SERVERS_READ, list_servers, "servers.list"),
	READ("/api/servers",		PERM_SERVERS_READ, list_servers, "servers.list_flat"),
	READ("/api/admin/servers/:id",	PERM_SERVERS_READ, get_server, "servers.get"),
	READ("/api/servers/:id",	PERM_SERVERS_READ, get_server, "servers.get_flat"),
	READ("/api/admin/servers/:id/metrics", PERM_SERVERS_READ, server_metrics,
		"servers.metrics"),
	READ("/api/admin/websites",	PERM_WEBSITES_READ, list_websites, "websites.list"),
	READ("/api/websites",		PERM_WEBSITES_READ, list_websites, "websites.list_flat"),
	READ("/api/admin/customers/:id/websites", PERM_WEBSITES_READ, customer_websites,
		"customers.websites"),
	READ(SITE,			PERM_WEBSITES_READ, get_website, "websites.get"),
	READ("/api/websites/:id",	PERM_WEBSITES_READ, get_website, "websites.get_flat"),
	VERB(SITE "/suspend",		PERM_WEBSITES_WRITE, suspend_website, "websites.suspend"),
	VERB(SITE "/unsuspend",		PERM_WEBSITES_WRITE, unsuspend_website, "websites.unsuspend"),
	VERB(SITE "/remove",		PERM_WEBSITES_WRITE, remove_website, "websites.remove"),
	{0}
};
/* clang-format on */
