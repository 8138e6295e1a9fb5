/* agent_api.c - register, heartbeat, metrics: what agents say of their node.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/agent_api.h"

#include <math.h>
#include <stdlib.h>

#include "hosting/backup.h"
#include "hosting/server.h"
#include "hosting/usage.h"

enum {
	NAME_CHARS_MAX = 200,
	DISKS_MAX = 64,
	BACKUPS_MAX = 100,
	USAGE_MAX = 100,
	REPORT_SECONDS = 30
};

/* ---- register ---- */

static enum err
register_agent(struct request *rq)
{
	static const char *const known[] = {
	    "hostname", "os", "arch", "platform", "agentVersion"};
	struct json_in in = request_json(rq);
	struct agent_facts f = {"", "", "", "", ""};
	struct json_out *w;
	bool good = json_in_known(&in, known, N_ELEMS(known));
	enum err e;

	good &= json_in_text(
	    &in, "hostname", JSON_REQUIRED, NAME_CHARS_MAX, &f.hostname);
	good &= json_in_text(&in, "os", JSON_OPTIONAL, NAME_CHARS_MAX, &f.os);
	good &=
	    json_in_text(&in, "arch", JSON_OPTIONAL, NAME_CHARS_MAX, &f.arch);
	good &= json_in_text(
	    &in, "platform", JSON_OPTIONAL, NAME_CHARS_MAX, &f.platform);
	good &= json_in_text(
	    &in, "agentVersion", JSON_OPTIONAL, NAME_CHARS_MAX, &f.version);
	if (!good)
		return E_INPUT;
	if ((e = server_register(rq->tx, &rq->actor.server, &f)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_str(w, "agentId", rq->actor.server.s);
	json_close(w, '}');
	return OK;
}

/* ---- heartbeat, with the nightly backups since the last one ---- */

/* Only sites of this server, or one node could write another's history. */
static enum err
site_is_here(struct request *rq, const struct id *site, bool *out)
{
	int64_t n;
	enum err e = db_int(rq->tx, 0, &n,
	    "SELECT COUNT(*) FROM websites "
	    "WHERE tenant_id = $1 AND id = $2 AND server_id = $3",
	    DB_ID(&rq->tx->tenant), DB_ID(site), DB_ID(&rq->actor.server));

	if (e == OK)
		*out = n > 0;
	return e;
}

static bool
read_backup(const struct json_in *in, struct backup_report *b)
{
	static const char *const known[] = {"siteId", "archive", "bytes",
	    "files", "sha256", "createdAt", "ok", "error"};
	const char *site, *at;
	bool good = json_in_known(in, known, N_ELEMS(known));

	b->ok = true;
	b->sha256 = "";
	good &= json_in_text(in, "siteId", JSON_REQUIRED, 36, &site);
	good &= json_in_text(
	    in, "archive", JSON_REQUIRED, NAME_CHARS_MAX, &b->archive);
	good &= json_in_text(in, "createdAt", JSON_REQUIRED, 40, &at);
	good &=
	    json_in_int(in, "bytes", JSON_OPTIONAL, 0, INT64_MAX, &b->bytes);
	good &=
	    json_in_int(in, "files", JSON_OPTIONAL, 0, INT64_MAX, &b->files);
	good &= json_in_text(in, "sha256", JSON_OPTIONAL, 64, &b->sha256);
	good &= json_in_bool(in, "ok", JSON_OPTIONAL, &b->ok);
	good &= json_in_text(in, "error", JSON_OPTIONAL, 4000, &b->error);
	if (!good)
		return false;
	if (!id_valid(site) || !time_parse(at, &b->taken_at)) {
		problem_add(in->problems, in->path, "bad_format",
		    "siteId is a UUID, createdAt an ISO 8601 time.");
		return false;
	}
	b->website = id_of(site);
	return true;
}

static enum err
record_backups(struct request *rq, const struct json_in *in, const json_t *list)
{
	enum err e = OK;

	for (size_t i = 0; i < json_array_size(list) && e == OK; i++) {
		struct backup_report b = {.server = rq->actor.server};
		struct json_in at = *in;
		bool here;

		at.obj = json_array_get(list, i);
		at.path = arena_printf(rq->arena, "backups[%zu]", i);
		if (!json_is_object(at.obj)) {
			problem_add(&rq->problems, at.path, "wrong_type",
			    "A backup is a JSON object.");
			return E_INPUT;
		}
		if (!read_backup(&at, &b))
			return E_INPUT;
		e = site_is_here(rq, &b.website, &here);
		if (e == OK && here)
			e = backup_record(rq->tx, &b);
	}
	return e;
}

/* ---- and with what sites use ---- */

static bool
read_usage(const struct json_in *in, struct usage_report *u)
{
	static const char *const known[] = {
	    "siteId", "day", "sentBytes", "diskBytes", "files"};
	const char *site, *day;
	char tomorrow[11];
	bool good = json_in_known(in, known, N_ELEMS(known));

	u->disk = u->files = -1;
	good &= json_in_text(in, "siteId", JSON_REQUIRED, 36, &site);
	good &= json_in_text(in, "day", JSON_REQUIRED, 10, &day);
	good &= json_in_int(
	    in, "sentBytes", JSON_REQUIRED, 0, USAGE_BYTES_MAX, &u->sent);
	good &= json_in_int(
	    in, "diskBytes", JSON_OPTIONAL, 0, USAGE_BYTES_MAX, &u->disk);
	good &= json_in_int(
	    in, "files", JSON_OPTIONAL, 0, USAGE_BYTES_MAX, &u->files);
	if (!good)
		return false;
	if (!id_valid(site) || !date_valid(day)) {
		problem_add(in->problems, in->path, "bad_format",
		    "siteId is a UUID, day a date.");
		return false;
	}
	/* Its clock may be a little ahead. */
	date_iso(u->told_at + 86400, tomorrow);
	if (date_diff_days(day, tomorrow) < 0) {
		problem_add(in->problems, in->path, "out_of_range",
		    "This day is to come.");
		return false;
	}
	u->website = id_of(site);
	u->day = day;
	return true;
}

static enum err
record_usage(struct request *rq, const struct json_in *in, const json_t *list)
{
	enum err e = OK;

	for (size_t i = 0; i < json_array_size(list) && e == OK; i++) {
		struct usage_report u = {
		    .server = rq->actor.server, .told_at = rq->now};
		struct json_in at = *in;

		at.obj = json_array_get(list, i);
		at.path = arena_printf(rq->arena, "usage[%zu]", i);
		if (!json_is_object(at.obj)) {
			problem_add(&rq->problems, at.path, "wrong_type",
			    "What a site uses is a JSON object.");
			return E_INPUT;
		}
		if (!read_usage(&at, &u))
			return E_INPUT;
		e = usage_record(rq->tx, &u);
	}
	return e;
}

static enum err
heartbeat(struct request *rq)
{
	static const char *const known[] = {"hostname", "agentVersion",
	    "timestamp", "status", "backups", "usage"};
	struct json_in in = request_json(rq);
	const json_t *backups = NULL, *usage = NULL;
	const char *ignored = NULL;
	struct json_out *w;
	bool good = json_in_known(&in, known, N_ELEMS(known));
	enum err e;

	good &= json_in_text(
	    &in, "hostname", JSON_OPTIONAL, NAME_CHARS_MAX, &ignored);
	good &= json_in_array(
	    &in, "backups", JSON_OPTIONAL, 0, BACKUPS_MAX, &backups);
	good &=
	    json_in_array(&in, "usage", JSON_OPTIONAL, 0, USAGE_MAX, &usage);
	if (!good)
		return E_INPUT;
	if ((e = server_seen(rq->tx, &rq->actor.server)) != OK ||
	    (e = record_backups(rq, &in, backups)) != OK ||
	    (e = record_usage(rq, &in, usage)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_str(w, "agentId", rq->actor.server.s);
	json_close(w, '}');
	return OK;
}

/* ---- metrics ---- */

/* A number times 1000, as whole thousandths; absent gives 0.  (Measurements,
 * not money: a double does.) */
static int64_t
milli(const struct json_in *in, const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);
	const char *text = v ? json_num_text(in->arena, v) : NULL;
	double x = text ? strtod(text, NULL) : 0;

	if (!(x >= 0 && x < 1e15)) {
		problem_add(in->problems, name, "out_of_range",
		    "This is not a measurement.");
		return 0;
	}
	return llround(x * 1000);
}

static int64_t
whole(const struct json_in *in, const json_t *obj, const char *name)
{
	return milli(in, obj, name) / 1000;
}

static void
read_disks(
    const struct json_in *in, const json_t *disk, struct server_report *r)
{
	const json_t *list = json_object_get(disk, "disks");
	size_t n = json_array_size(list);

	if (n > DISKS_MAX) {
		problem_add(in->problems, "metrics.disk.disks", "too_large",
		    "At most 64 disks.");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *d = json_array_get(list, i);

		r->disk_total += whole(in, d, "total");
		r->disk_used += whole(in, d, "used");
	}
	r->disks = list ? json_canonical(in->arena, list) : "[]";
}

static void
read_measures(
    const struct json_in *in, const json_t *m, struct server_report *r)
{
	const json_t *cpu = json_object_get(m, "cpu");
	const json_t *load = json_object_get(cpu, "load");
	const json_t *memory = json_object_get(m, "memory");
	const json_t *swap = json_object_get(memory, "swap");
	const json_t *net =
	    json_object_get(json_object_get(m, "network"), "totals");

	r->cpu_permille = milli(in, cpu, "usage") / 100;
	r->cpu_cores = whole(in, cpu, "cores");
	r->load1_milli = milli(in, load, "1min");
	r->load5_milli = milli(in, load, "5min");
	r->load15_milli = milli(in, load, "15min");
	r->memory_total = whole(in, memory, "total");
	r->memory_used = whole(in, memory, "used");
	r->swap_used = whole(in, swap, "used");
	r->rx_bytes = whole(in, net, "rxBytes");
	r->tx_bytes = whole(in, net, "txBytes");
	r->connections = whole(in, m, "connections");
	read_disks(in, json_object_get(m, "disk"), r);
}

static enum err
read_report(struct request *rq, struct server_report *r)
{
	static const char *const known[] = {"timestamp", "metrics"};
	struct json_in in = request_json(rq);
	const json_t *m = NULL;
	const char *at = NULL;
	bool good = json_in_known(&in, known, N_ELEMS(known));

	r->reported_at = rq->now;
	good &= json_in_text(&in, "timestamp", JSON_OPTIONAL, 40, &at);
	good &= json_in_object(&in, "metrics", JSON_REQUIRED, &m);
	if (!good)
		return E_INPUT;
	if (at && !time_parse(at, &r->reported_at)) {
		problem_add(&rq->problems, "timestamp", "bad_format",
		    "This is not an ISO 8601 time.");
		return E_INPUT;
	}
	r->reported_at = server_report_time(r->reported_at, rq->now);
	read_measures(&in, m, r);
	return rq->problems.n > 0 ? E_INPUT : OK;
}

static enum err
report_metrics(struct request *rq)
{
	struct server_report r = {.disks = "[]"};
	struct json_out *w;
	enum err e = read_report(rq, &r);

	if (e != OK || (e = server_report(rq->tx, &rq->actor.server, &r)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_int(w, "received", 1);
	json_int(w, "nextReportIn", REPORT_SECONDS);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route agent_routes[] = {
	{POST,	"/api/agent/register",	POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, 0, register_agent, "agent.register"},
	{POST,	"/api/agent/heartbeat",	POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, 0, heartbeat, "agent.heartbeat"},
	{POST,	"/api/agent/metrics",	POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, 0, report_metrics, "agent.metrics"},
	{0}
};
/* clang-format on */
