/* raw_order_pg.c - the raw order program straight against libpq.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The whole transaction is one flight: BEGIN, the tenant, all inserts and the
 * end, whose numbers the server fills in itself, travel in one pipeline.  The
 * counters come last, so that their rows are held for the COMMIT alone.
 */
#include "config.h"
#include "raw_order.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct raw_conn {
	PGconn *pg;
	int n_sent;
};

enum { END_COUNTED = RAW__MAX, END_PLAIN, BEGIN, TENANT, COMMIT, PG__MAX };

#define COUNTER(name, after)                                                   \
	"(INSERT INTO counters (tenant_id, name, value, created_at, "          \
	"updated_at) SELECT $1::uuid, " name ", 1, $7::bigint, "               \
	"$7::bigint " after " "                                                \
	"ON CONFLICT (tenant_id, name) DO UPDATE "                             \
	"SET value = counters.value + 1, updated_at = excluded.updated_at "    \
	"RETURNING " name " || '-' || lpad(value::text, "                      \
	"greatest(6, length(value::text)), '0') AS number)"

#define END                                                                    \
	"o AS (UPDATE orders SET number = ord.number FROM ord "                \
	"WHERE tenant_id = $1 AND id = $2), "                                  \
	"i AS (UPDATE invoices SET number = inv.number, status = 'paid', "     \
	"subtotal_minor = $5, total_minor = $5, amount_paid_minor = $5, "      \
	"due_date = $6, issued_at = $7, paid_at = $7, "                        \
	"seller = '{\"name\":\"Demo Hosting\",\"email\":null}', "              \
	"buyer = '{\"name\":\"Client Name\"}', version = 2, updated_at = $7 "  \
	"FROM inv WHERE tenant_id = $1 AND id = $3) "                          \
	"UPDATE intakes SET status = 201, response = replace(replace($8, "     \
	"'@ORD@', ord.number), '@INV@', inv.number), updated_at = $7 "         \
	"FROM ord, inv WHERE tenant_id = $1 AND payment_intent_id = $4"

/* clang-format off */
static const char *const more_sql[PG__MAX - RAW__MAX] = {
    [END_COUNTED - RAW__MAX] =
	"WITH inv AS " COUNTER("$9", "")
	", ord AS " COUNTER("$10", "FROM inv") ", " END,
    [END_PLAIN - RAW__MAX] =
	"WITH inv AS (SELECT $9 || $3::uuid::text AS number), "
	"ord AS (SELECT $10 || $2::uuid::text AS number), " END,
    [BEGIN - RAW__MAX] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    [TENANT - RAW__MAX] = "SELECT set_config('app.tenant_id', $1, true)",
    [COMMIT - RAW__MAX] = "COMMIT",
};
/* clang-format on */

static noreturn void
fault(struct raw_conn *c, const char *what)
{
	raw_die(what, PQerrorMessage(c->pg));
}

static const char *
name_of(int what, char name[static 16])
{
	snprintf(name, 16, "r%d", what);
	return name;
}

/* Send what is queued and see that each of it was done. */
static void
flight(struct raw_conn *c)
{
	PGresult *res;

	if (!PQpipelineSync(c->pg))
		fault(c, "sync");
	for (int i = 0; i < c->n_sent; i++) {
		res = PQgetResult(c->pg);
		if (PQresultStatus(res) != PGRES_COMMAND_OK &&
		    PQresultStatus(res) != PGRES_TUPLES_OK)
			raw_die("statement", PQresultErrorMessage(res));
		PQclear(res);
		PQclear(PQgetResult(c->pg));
	}
	PQclear(PQgetResult(c->pg));
	c->n_sent = 0;
}

static struct raw_conn *
raw_open(const char *url)
{
	struct raw_conn *c = calloc(1, sizeof(*c));
	char name[16];

	if (!c)
		raw_die("open", "no memory");
	c->pg = PQconnectdb(url);
	if (PQstatus(c->pg) != CONNECTION_OK)
		fault(c, "connect");
	if (!PQenterPipelineMode(c->pg))
		fault(c, "pipeline");
	for (int i = 0; i < PG__MAX; i++, c->n_sent++)
		if (!PQsendPrepare(c->pg, name_of(i, name),
			i < RAW__MAX ? raw_sql[i] : more_sql[i - RAW__MAX], 0,
			NULL))
			fault(c, "prepare");
	flight(c);
	return c;
}

static void
send(struct raw_conn *c, int what, const struct raw_val *v, int n)
{
	const char *text[RAW_VALS_MAX];
	char name[16], number[RAW_VALS_MAX][24];

	for (int i = 0; i < n; i++) {
		text[i] = v[i].text;
		if (v[i].is_num) {
			snprintf(number[i], sizeof(number[i]), "%lld",
			    (long long)v[i].num);
			text[i] = number[i];
		}
	}
	if (!PQsendQueryPrepared(
		c->pg, name_of(what, name), n, text, NULL, NULL, 0))
		fault(c, "send");
	c->n_sent++;
}

static void
raw_look_up(struct raw_conn *c, const char *sql, const char *tenant,
    const char *arg, char out[static 64])
{
	const char *v[] = {tenant, arg};
	PGresult *res;

	PQexitPipelineMode(c->pg);
	res = PQexecParams(c->pg,
	    "SELECT set_config('app.tenant_id', COALESCE($1, ''), false)", 1,
	    NULL, v, NULL, NULL, 0);
	PQclear(res);
	res = PQexecParams(c->pg, sql, 2, NULL, v, NULL, NULL, 0);
	out[0] = '\0';
	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0)
		snprintf(out, 64, "%s", PQgetvalue(res, 0, 0));
	else if (PQresultStatus(res) == PGRES_FATAL_ERROR)
		raw_die(sql, PQresultErrorMessage(res));
	PQclear(res);
	PQenterPipelineMode(c->pg);
}

static void
raw_begin(struct raw_conn *c, const struct raw_tenant *t)
{
	send(c, BEGIN, NULL, 0);
	send(c, TENANT, (const struct raw_val[]){RAW_TEXT(t->id.s)}, 1);
}

static void
raw_exec(struct raw_conn *c, enum raw_stmt what, const struct raw_val *v, int n)
{
	send(c, what, v, n);
}

static void
raw_end(struct raw_conn *c, const struct raw_end *e)
{
	char today[11], inv[16] = "", ord[16] = "";

	date_iso(e->now, today);
	if (e->counter) {
		snprintf(inv, sizeof(inv), "INV-%.4s", today);
		snprintf(ord, sizeof(ord), "ORD-%.4s", today);
	}
	send(c, e->counter ? END_COUNTED : END_PLAIN,
	    (const struct raw_val[]){RAW_TEXT(e->tenant->id.s),
		RAW_TEXT(e->order), RAW_TEXT(e->invoice), RAW_TEXT(e->intent),
		RAW_INT(e->total_minor), RAW_TEXT(today), RAW_INT(e->now),
		RAW_TEXT(e->response), RAW_TEXT(inv), RAW_TEXT(ord)},
	    10);
	send(c, COMMIT, NULL, 0);
	flight(c);
}

const struct raw_engine raw_pg = {
    .open = raw_open,
    .look_up = raw_look_up,
    .begin = raw_begin,
    .exec = raw_exec,
    .end = raw_end,
};
