/* raw_order_sqlite.c - the raw order program straight against sqlite3.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The settings of app/store/sqlite.c: WAL, FULL, foreign keys, no checkpoint
 * at commit but one every 50 ms, which keeps the log's file, and a lock file in
 * front of BEGIN IMMEDIATE.
 */
#include "config.h"
#include "raw_order.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"

enum tail {
	TAIL_BEGIN,
	TAIL_COUNTER,
	TAIL_ORDER,
	TAIL_INVOICE,
	TAIL_INTAKE,
	TAIL_COMMIT,
	TAIL__MAX
};

static const char *const tail_sql[TAIL__MAX] = {
    [TAIL_BEGIN] = "BEGIN IMMEDIATE",
    [TAIL_COUNTER] =
	"INSERT INTO counters (tenant_id, name, value, created_at, "
	"updated_at) VALUES ($1, $2, 1, $3, $3) "
	"ON CONFLICT (tenant_id, name) DO UPDATE "
	"SET value = counters.value + 1, updated_at = excluded.updated_at "
	"RETURNING value",
    [TAIL_ORDER] =
	"UPDATE orders SET number = $3 WHERE tenant_id = $1 AND id = $2",
    [TAIL_INVOICE] =
	"UPDATE invoices SET number = $3, status = 'paid', "
	"subtotal_minor = $4, total_minor = $4, amount_paid_minor = $4, "
	"due_date = $5, issued_at = $6, paid_at = $6, "
	"seller = '{\"name\":\"Demo Hosting\",\"email\":null}', "
	"buyer = '{\"name\":\"Client Name\"}', version = 2, updated_at = $6 "
	"WHERE tenant_id = $1 AND id = $2",
    [TAIL_INTAKE] =
	"UPDATE intakes SET status = 201, response = $3, updated_at = $4 "
	"WHERE tenant_id = $1 AND payment_intent_id = $2",
    [TAIL_COMMIT] = "COMMIT",
};

struct raw_conn {
	sqlite3 *db;
	sqlite3_stmt *stmt[RAW__MAX], *tail[TAIL__MAX];
	int lock;
};

static noreturn void
fault(struct raw_conn *c, const char *what)
{
	raw_die(what, sqlite3_errmsg(c->db));
}

/* `$1` is a name to SQLite, `?1` a number. */
static sqlite3_stmt *
prepare(struct raw_conn *c, const char *sql)
{
	sqlite3_stmt *st = NULL;
	char text[1024];

	snprintf(text, sizeof(text), "%s", sql);
	for (char *p = text; *p; p++)
		if (*p == '$')
			*p = '?';
	if (sqlite3_prepare_v3(c->db, text, -1, SQLITE_PREPARE_PERSISTENT, &st,
		NULL) != SQLITE_OK)
		fault(c, sql);
	return st;
}

static void
bind(sqlite3_stmt *st, const struct raw_val *v, int n)
{
	for (int i = 0; i < n; i++) {
		if (v[i].is_num)
			sqlite3_bind_int64(st, i + 1, v[i].num);
		else if (v[i].text)
			sqlite3_bind_text(
			    st, i + 1, v[i].text, -1, SQLITE_STATIC);
		else
			sqlite3_bind_null(st, i + 1);
	}
}

/* To its end; the first column of its row, 0 when there is none. */
static int64_t
run(struct raw_conn *c, sqlite3_stmt *st, const struct raw_val *v, int n)
{
	int64_t value = 0;
	int code;

	bind(st, v, n);
	while ((code = sqlite3_step(st)) == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	if (code != SQLITE_DONE)
		fault(c, sqlite3_sql(st));
	sqlite3_reset(st);
	return value;
}

static struct raw_conn *
raw_open(const char *url)
{
	struct raw_conn *c = calloc(1, sizeof(*c));
	const char *path = url + strlen("sqlite:");
	char lock[4096];

	if (!c)
		raw_die("open", "no memory");
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	c->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock < 0)
		raw_die("open", lock);
	if (sqlite3_open_v2(path, &c->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_PRIVATECACHE,
		NULL) != SQLITE_OK)
		fault(c, "open");
	sqlite3_busy_timeout(c->db, 5000);
	sqlite3_wal_autocheckpoint(c->db, 0);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (sqlite3_exec(c->db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
		"PRAGMA cache_size=-1024;",
		NULL, NULL, NULL) != SQLITE_OK)
		fault(c, "pragmas");
	for (int i = 0; i < RAW__MAX; i++)
		c->stmt[i] = prepare(c, raw_sql[i]);
	for (int i = 0; i < TAIL__MAX; i++)
		c->tail[i] = prepare(c, tail_sql[i]);
	return c;
}

static void
raw_look_up(struct raw_conn *c, const char *sql, const char *tenant,
    const char *arg, char out[static 64])
{
	sqlite3_stmt *st = prepare(c, sql);
	int code;

	bind(st, (const struct raw_val[]){RAW_TEXT(tenant), RAW_TEXT(arg)}, 2);
	flock(c->lock, LOCK_EX);
	code = sqlite3_step(st);
	out[0] = '\0';
	if (code == SQLITE_ROW)
		snprintf(
		    out, 64, "%s", (const char *)sqlite3_column_text(st, 0));
	else if (code != SQLITE_DONE)
		fault(c, sql);
	sqlite3_finalize(st);
	flock(c->lock, LOCK_UN);
}

static void
raw_begin(struct raw_conn *c, const struct raw_tenant *t)
{
	(void)t;
	if (flock(c->lock, LOCK_EX) != 0)
		raw_die("flock", "");
	run(c, c->tail[TAIL_BEGIN], NULL, 0);
}

static void
raw_exec(struct raw_conn *c, enum raw_stmt what, const struct raw_val *v, int n)
{
	run(c, c->stmt[what], v, n);
}

/* Counter last, as on PostgreSQL, though nobody waits for it here. */
static void
number(struct raw_conn *c, const struct raw_end *e, const char *series,
    const char *id, char out[static 48])
{
	char name[16], today[11];
	int64_t n;

	date_iso(e->now, today);
	snprintf(name, sizeof(name), "%s-%.4s", series, today);
	if (!e->counter) {
		snprintf(out, 48, "%s", id);
		return;
	}
	n = run(c, c->tail[TAIL_COUNTER],
	    (const struct raw_val[]){
		RAW_TEXT(e->tenant->id.s), RAW_TEXT(name), RAW_INT(e->now)},
	    3);
	snprintf(out, 48, "%s-%06lld", name, (long long)n);
}

static void
fill_in(char *out, size_t size, const char *text, const char *order,
    const char *invoice)
{
	const char *o = strstr(text, "@ORD@"), *i = strstr(text, "@INV@");

	snprintf(out, size, "%.*s%s%.*s%s%s", (int)(o - text), text, order,
	    (int)(i - o - 5), o + 5, invoice, i + 5);
}

static void
raw_end(struct raw_conn *c, const struct raw_end *e)
{
	char order[48], invoice[48], today[11], response[2048];
	const char *tenant = e->tenant->id.s;

	number(c, e, "INV", e->invoice, invoice);
	number(c, e, "ORD", e->order, order);
	fill_in(response, sizeof(response), e->response, order, invoice);
	date_iso(e->now, today);
	run(c, c->tail[TAIL_INVOICE],
	    (const struct raw_val[]){RAW_TEXT(tenant), RAW_TEXT(e->invoice),
		RAW_TEXT(invoice), RAW_INT(e->total_minor), RAW_TEXT(today),
		RAW_INT(e->now)},
	    6);
	run(c, c->tail[TAIL_ORDER],
	    (const struct raw_val[]){
		RAW_TEXT(tenant), RAW_TEXT(e->order), RAW_TEXT(order)},
	    3);
	run(c, c->tail[TAIL_INTAKE],
	    (const struct raw_val[]){RAW_TEXT(tenant), RAW_TEXT(e->intent),
		RAW_TEXT(response), RAW_INT(e->now)},
	    4);
	run(c, c->tail[TAIL_COMMIT], NULL, 0);
	flock(c->lock, LOCK_UN);
}

static void
raw_checkpoint(struct raw_conn *c)
{
	flock(c->lock, LOCK_EX);
	sqlite3_busy_timeout(c->db, 0);
	sqlite3_wal_checkpoint_v2(
	    c->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	sqlite3_busy_timeout(c->db, 5000);
	flock(c->lock, LOCK_UN);
}

const struct raw_engine raw_sqlite = {
    .open = raw_open,
    .look_up = raw_look_up,
    .begin = raw_begin,
    .exec = raw_exec,
    .end = raw_end,
    .checkpoint = raw_checkpoint,
};
