/* summary.c - how the company does, and what waits for a person.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/summary.h"

#include "base/text.h"
#include "billing/ledger.h"
#include "billing/tally.h"
#include "catalog/period.h"
#include "provisioning/agent_state.h"

#define DAY_S	    86400
#define LEDGER_LOOK 200

/* Since 1970. */
static int64_t
first_day(const struct tx *tx)
{
	return tx->now / DAY_S - (SUMMARY_DAYS - 1);
}

/* ---- money ---- */

/* What a sum per period comes to in a year; half a unit counts as one. */
static int64_t
yearly(int64_t minor, int months)
{
	return (minor * 12 + months / 2) / months;
}

/* One row of tallies: kind, part, how many, minor in all, in the last days, and
 * of those whose counterpart is the currency. */
static void
take_tally(struct summary *s, const struct rows *r)
{
	const char *kind = row_text(r, 0), *part = row_text(r, 1);
	bool is_ours = str_eq(part, s->currency);
	enum period period;

	if (str_eq(kind, "payments") && is_ours) {
		s->revenue_all_minor = row_int(r, 3);
		s->revenue_30d_minor = row_int(r, 4);
	} else if (str_eq(kind, "customers")) {
		s->customers = row_int(r, 2);
	} else if (str_eq(kind, "invoices")) {
		s->open_invoices += row_int(r, 2);
		s->open_minor += is_ours ? row_int(r, 3) : 0;
	} else if (str_eq(kind, "subscriptions")) {
		s->subscriptions += row_int(r, 2);
		if (period_parse(part, &period) && period != PERIOD_ONCE)
			s->arr_minor +=
			    yearly(row_int(r, 5), period_info(period)->months);
	}
}

static enum err
read_tallies(struct tx *tx, struct summary *s)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT kind, part, SUM(n), SUM(minor), "
	    "SUM(CASE WHEN day >= $3 THEN minor ELSE 0 END), "
	    "SUM(CASE WHEN counterpart = $2 THEN minor ELSE 0 END) "
	    "FROM " SQL_TALLIES " WHERE kind IN ('payments', 'customers', "
	    "'invoices', 'subscriptions') GROUP BY kind, part",
	    DB_ID(&tx->tenant), DB_TEXT(s->currency), DB_INT(first_day(tx)));

	if (e != OK)
		return e;
	while (rows_next(&r))
		take_tally(s, &r);
	s->mrr_minor = (s->arr_minor + 6) / 12;
	return rows_done(&r);
}

/* ---- what waits ---- */

static enum err
read_review(struct tx *tx, struct summary *s)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT COUNT(*), MIN(created_at), "
	    "SUM(CASE WHEN currency = $2 THEN total_minor ELSE 0 END) "
	    "FROM orders "
	    "WHERE tenant_id = $1 AND status = 'review'",
	    DB_ID(&tx->tenant), DB_TEXT(s->currency));

	if (e != OK)
		return e;
	s->review = (struct summary_wait){row_int(&r, 0), row_int(&r, 1)};
	s->review_minor = row_int(&r, 2);
	return rows_done(&r);
}

/* One row: how many, since when. */
static enum err
take_wait(struct rows *r, enum err e, struct summary_wait *out)
{
	if (e != OK)
		return e;
	*out = (struct summary_wait){row_int(r, 0), row_int(r, 1)};
	return rows_done(r);
}

static enum err
read_refusals(struct tx *tx, struct summary *s)
{
	struct rows r;

	return take_wait(&r,
	    db_one(tx, &r,
		"SELECT COUNT(*), MIN(created_at) FROM intake_refusals "
		"WHERE tenant_id = $1 AND status = 'open'",
		DB_ID(&tx->tenant)),
	    &s->refusals);
}

static enum err
read_plan_changes(struct tx *tx, struct summary *s)
{
	struct rows r;

	return take_wait(&r,
	    db_one(tx, &r,
		"SELECT COUNT(*), MIN(created_at) FROM plan_changes "
		"WHERE tenant_id = $1 AND status = 'open'",
		DB_ID(&tx->tenant)),
	    &s->plan_changes);
}

static enum err
read_failed(struct tx *tx, struct summary *s)
{
	struct rows r;

	return take_wait(&r,
	    db_one(tx, &r,
		"SELECT COUNT(*), MIN(updated_at) FROM provisioning_tasks "
		"WHERE tenant_id = $1 AND status = 'failed'",
		DB_ID(&tx->tenant)),
	    &s->failed_tasks);
}

static enum err
read_silent(struct tx *tx, struct summary *s)
{
	struct rows r;

	return take_wait(&r,
	    db_one(tx, &r,
		"SELECT COUNT(*), MIN(agent_last_seen) FROM servers "
		"WHERE tenant_id = $1 AND agent_last_seen < $2 "
		"AND status <> 'retired' AND deleted_at IS NULL",
		DB_ID(&tx->tenant), DB_INT(tx->now - AGENT_SILENT_S)),
	    &s->silent_servers);
}

static enum err
read_dead(struct tx *tx, struct summary *s)
{
	struct rows r;

	return take_wait(&r,
	    db_one(tx, &r,
		"SELECT COUNT(*), MIN(updated_at) FROM outbox "
		"WHERE tenant_id = $1 AND status = 'dead'",
		DB_ID(&tx->tenant)),
	    &s->dead_jobs);
}

enum err
summary_read(struct tx *tx, struct summary *out)
{
	struct summary s = {.currency = NULL};
	enum err e;

	if ((e = db_text(tx, &s.currency,
		 "SELECT currency FROM tenants WHERE id = $1",
		 DB_ID(&tx->tenant))) != OK)
		return e;
	if (!s.currency)
		return tx_fail(tx, E_NOTFOUND);
	if ((e = read_tallies(tx, &s)) != OK ||
	    (e = read_review(tx, &s)) != OK ||
	    (e = read_refusals(tx, &s)) != OK ||
	    (e = read_plan_changes(tx, &s)) != OK ||
	    (e = read_failed(tx, &s)) != OK ||
	    (e = read_silent(tx, &s)) != OK || (e = read_dead(tx, &s)) != OK)
		return e;
	*out = s;
	return OK;
}

/* ---- by day ---- */

enum err
summary_days(struct tx *tx, int64_t minor_out[SUMMARY_DAYS])
{
	int64_t from = first_day(tx), day[SUMMARY_DAYS] = {0};
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT day - $2, SUM(minor) FROM " SQL_TALLIES
	    " JOIN tenants t ON t.id = $1 AND t.currency = part "
	    "WHERE tally.kind = 'payments' AND day >= $2 "
	    "GROUP BY 1",
	    DB_ID(&tx->tenant), DB_INT(from));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		int64_t i = row_int(&r, 0);

		if (i >= 0 && i < SUMMARY_DAYS)
			day[i] = row_int(&r, 1);
	}
	if ((e = rows_done(&r)) != OK)
		return e;
	for (int i = 0; i < SUMMARY_DAYS; i++)
		minor_out[i] = day[i];
	return OK;
}

/* ---- the ledger ---- */

enum err
summary_ledger_agrees(struct tx *tx, bool *agrees_out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT id, total_minor - amount_paid_minor "
	    "AS due FROM invoices WHERE tenant_id = $1 "
	    "AND status IN ('open', 'paid') "
	    "ORDER BY id DESC LIMIT $2) AS newest "
	    "WHERE due <> COALESCE((SELECT SUM(CASE WHEN "
	    "d.code = $3 THEN m.amount_minor ELSE -m.amount_minor END) "
	    "FROM ledger_transfers m "
	    "JOIN ledger_accounts d ON d.tenant_id = m.tenant_id "
	    "AND d.id = m.debit_account_id "
	    "JOIN ledger_accounts c ON c.tenant_id = m.tenant_id "
	    "AND c.id = m.credit_account_id "
	    "WHERE m.tenant_id = $1 AND m.invoice_id = newest.id "
	    "AND (d.code = $3 OR c.code = $3)), 0)",
	    DB_ID(&tx->tenant), DB_INT(LEDGER_LOOK),
	    DB_TEXT(account_info(ACCOUNT_RECEIVABLES)->code));

	if (e == OK)
		*agrees_out = n == 0;
	return e;
}
