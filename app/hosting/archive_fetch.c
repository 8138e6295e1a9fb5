/* archive_fetch.c - a backup on its way from its node, to be downloaded.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/archive_fetch.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "hosting/website_parts.h"
#include "identity/audit.h"

#define MEBIBYTE INT64_C(1048576)
#define HOUR_S	 3600

/* ---- rows ---- */

/* A row that waits for a task which is over without having been sent is as one
 * that failed. */
#define COLUMNS                                                                \
	"SELECT f.id, f.backup_id, "                                           \
	"CASE WHEN f.status = 'fetching' "                                     \
	"AND t.status NOT IN ('pending', 'in_progress') THEN 'failed' "        \
	"WHEN f.status = 'ready' AND f.expires_at <= $3 THEN 'gone' "          \
	"ELSE f.status END, "                                                  \
	"f.bytes, b.taken_at, t.progress, f.expires_at, f.sha256 "             \
	"FROM archive_fetches f "                                              \
	"JOIN backups b ON b.tenant_id = f.tenant_id AND b.id = f.backup_id "  \
	"JOIN provisioning_tasks t ON t.tenant_id = f.tenant_id "              \
	"AND t.id = f.task_id "

static struct archive_fetch
read_fetch(const struct rows *r)
{
	return (struct archive_fetch){
	    .id = row_id(r, 0),
	    .backup = row_id(r, 1),
	    .status = row_strdup(r, 2),
	    .bytes = row_int(r, 3),
	    .taken_at = row_int(r, 4),
	    .received = row_int(r, 5),
	    .expires_at = row_is_null(r, 6) ? 0 : row_int(r, 6),
	    .sha256 = row_strdup(r, 7),
	};
}

enum err
archive_fetch_last(
    struct tx *tx, const struct id *website, struct archive_fetch *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    COLUMNS "WHERE f.tenant_id = $1 AND f.website_id = $2 "
		    "ORDER BY f.id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(website), DB_INT(tx->now));

	if (e != OK)
		return e;
	*out = read_fetch(&r);
	return rows_done(&r);
}

/* The one of a backup that has, or will have, a file. */
static enum err
find_live(struct tx *tx, const struct id *backup, struct archive_fetch *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    COLUMNS "WHERE f.tenant_id = $1 AND f.backup_id = $2 "
		    "AND f.status IN ('fetching', 'ready')",
	    DB_ID(&tx->tenant), DB_ID(backup), DB_INT(tx->now));

	if (e != OK)
		return e;
	*out = read_fetch(&r);
	return rows_done(&r);
}

/* It ends without a file; clockwork removes what there is. */
static enum err
give_up(struct tx *tx, const struct id *id)
{
	return db_exec(tx,
	    "UPDATE archive_fetches SET status = 'failed', expires_at = $3, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('fetching', 'ready')",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
}

/* ---- wanting ---- */

static enum err
refuse(struct tx *tx, const char *why)
{
	problem_add_words(tx->problems, "", "conflict", "%s", why);
	return E_CONFLICT;
}

static enum err
check_room(struct tx *tx, const struct settings *s, const struct backup *b)
{
	if (b->bytes > setting_int(s, "download_max_mb") * MEBIBYTE)
		return refuse(tx,
		    "This backup is too large to be downloaded here. Ask "
		    "our staff for it.");
	if (!archive_file_fits(setting_text(s, "state_dir"), b->bytes))
		return refuse(tx,
		    "There is no room for this backup just now. Please try "
		    "again tomorrow, or ask our staff for it.");
	return OK;
}

static const char *
make_payload(struct tx *tx, const struct website *w, const struct backup *b)
{
	struct site_payload p = website_payload_of(w);

	p.archive = b->archive;
	p.sha256 = b->sha256;
	p.backup = b->id;
	p.taken_at = b->taken_at;
	return payload_json(tx->arena, &p);
}

static enum err
begin(struct tx *tx, const struct website *w, const struct backup *b)
{
	struct id id = id_new(clock_now_ms()), task;
	enum err e = task_queue(tx,
	    &(struct task_new){
		.type = "backup",
		.step = "send",
		.server = b->server,
		.subscription = w->subscription,
		.website = w->id,
		.is_first = true,
		.dedupe_key = arena_printf(tx->arena, "%s:send", id.s),
		.payload = make_payload(tx, w, b),
		.domain = w->domain,
		.plan = w->plan,
	    },
	    &task);

	if (e == OK)
		e = db_exec(tx,
		    "INSERT INTO archive_fetches (tenant_id, id, backup_id, "
		    "website_id, server_id, task_id, bytes, sha256, "
		    "created_at, updated_at) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
		    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&b->id),
		    DB_ID(&w->id), DB_ID(&b->server), DB_ID(&task),
		    DB_INT(b->bytes), DB_TEXT(b->sha256), DB_INT(tx->now));
	return e == OK ? audit(tx, "backup.fetch", "websites", &w->id,
			     audit_detail(tx->arena, "backupId", b->id.s))
		       : e;
}

enum err
archive_fetch_want(struct tx *tx, const struct settings *s,
    const struct id *website, struct archive_fetch *out)
{
	struct archive_fetch live;
	struct website w;
	struct backup b;
	enum err e = website_get(tx, website, &w);

	if (e == OK)
		e = backup_latest(tx, website, &b);
	if (e == OK)
		e = backup_is_usable(tx, &b, &w.server);
	if (e != OK)
		return e;
	e = find_live(tx, &b.id, &live);
	if (e == OK &&
	    (str_eq(live.status, "fetching") || str_eq(live.status, "ready"))) {
		*out = live;
		return OK;
	}
	if (e == OK) /* its time is over, or its task: another one begins */
		e = give_up(tx, &live.id);
	else if (e == E_NOTFOUND)
		e = OK;
	if (e == OK)
		e = check_room(tx, s, &b);
	if (e == OK)
		e = begin(tx, &w, &b);
	return e == OK ? find_live(tx, &b.id, out) : e;
}

/* ---- sending ---- */

enum err
archive_fetch_of_task(struct tx *tx, const struct id *task,
    const struct id *server, const char *token, struct archive_file *out)
{
	char hash[TOKEN_HASH_LEN];
	bool is_live;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT f.id, f.bytes, f.sha256, t.lease_hash, "
	    "CASE WHEN t.status = 'in_progress' "
	    "AND f.status IN ('fetching', 'ready') THEN 1 ELSE 0 END "
	    "FROM provisioning_tasks t "
	    "JOIN archive_fetches f ON f.tenant_id = t.tenant_id "
	    "AND f.task_id = t.id "
	    "WHERE t.tenant_id = $1 AND t.id = $2 AND t.server_id = $3",
	    DB_ID(&tx->tenant), DB_ID(task), DB_ID(server));

	if (e != OK)
		return e;
	token_hash(token, hash);
	is_live = row_int(&r, 4) != 0 && !row_is_null(&r, 3) &&
		  str_eq_secret(row_text(&r, 3), hash);
	out->id = row_id(&r, 0);
	out->bytes = row_int(&r, 1);
	out->sha256 = row_strdup(&r, 2);
	e = rows_done(&r);
	return e == OK && !is_live ? E_CONFLICT : e;
}

enum err
archive_fetch_ready(
    struct tx *tx, const struct settings *s, const struct id *id)
{
	int64_t keep_s = setting_int(s, "download_keep_h") * HOUR_S;

	return db_exec(tx,
	    "UPDATE archive_fetches SET status = 'ready', ready_at = $3, "
	    "expires_at = $4, version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'fetching'",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now),
	    DB_INT(tx->now + keep_s));
}

/* ---- the end ---- */

static enum err
give_up_task(struct tx *tx, const struct task *t)
{
	return db_exec(tx,
	    "UPDATE archive_fetches SET status = 'failed', expires_at = $3, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND task_id = $2 AND status = 'fetching'",
	    DB_ID(&tx->tenant), DB_ID(&t->id), DB_INT(tx->now));
}

/* What the agent says is not enough: the file must have come. */
enum err
archive_sent(struct tx *tx, const struct task *t)
{
	return give_up_task(tx, t);
}

enum err
archive_not_sent(struct tx *tx, const struct task *t)
{
	return give_up_task(tx, t);
}

/* The customer asks again instead: who tries this one would fetch it for
 * nobody. */
enum err
archive_send_retried(struct tx *tx, const struct task *t)
{
	(void)t;
	return refuse(tx,
	    "A backup that could not be fetched is fetched again when its "
	    "customer asks for it.");
}

static enum err
forget(struct tx *tx, const struct settings *s, const struct id *id)
{
	enum err e =
	    archive_file_remove(tx->arena, setting_text(s, "state_dir"), id);

	if (e != OK)
		return e;
	return db_exec(tx,
	    "UPDATE archive_fetches SET status = 'gone', "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
}

enum err
archive_fetch_forget(struct tx *tx, const struct settings *s)
{
	enum { CHUNK = 100 };
	struct id *id = arena_array(tx->arena, CHUNK, sizeof(*id));
	struct rows r;
	size_t n = 0;
	enum err e;

	if (!id)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r,
	    "SELECT f.id FROM archive_fetches f "
	    "JOIN provisioning_tasks t ON t.tenant_id = f.tenant_id "
	    "AND t.id = f.task_id "
	    "WHERE f.tenant_id = $1 AND f.status <> 'gone' "
	    "AND (f.expires_at <= $2 OR (f.status = 'fetching' "
	    "AND t.status NOT IN ('pending', 'in_progress'))) "
	    "ORDER BY f.id LIMIT 100",
	    DB_ID(&tx->tenant), DB_INT(tx->now));
	while (e == OK && rows_next(&r) && n < CHUNK)
		id[n++] = row_id(&r, 0);
	if (e == OK)
		e = rows_done(&r);
	for (size_t i = 0; e == OK && i < n; i++)
		e = forget(tx, s, &id[i]);
	return e;
}
