/* ledger.c - double entry under all money.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/ledger.h"

#include "base/clock.h"
#include "base/text.h"
#include "billing/tally.h"

/* clang-format off */
static const struct account_info accounts[ACCOUNT__MAX] = {
	[ACCOUNT_CLEARING]	= {"1010", "Card processor",	"asset"},
	[ACCOUNT_BANK]		= {"1020", "Bank",		"asset"},
	[ACCOUNT_RECEIVABLES]	= {"1200", "Receivables",	"asset"},
	[ACCOUNT_DEPOSITS]	= {"2100", "Customer deposits",	"liability"},
	[ACCOUNT_CREDIT]	= {"2110", "Customer credit",	"liability"},
	[ACCOUNT_TAX]		= {"2200", "Tax payable",	"liability"},
	[ACCOUNT_REVENUE]	= {"4000", "Revenue",		"income"},
	[ACCOUNT_REFUNDS]	= {"4900", "Refunds",		"income"},
	[ACCOUNT_CASH]		= {"1000", "Cash",		"asset"},
	[ACCOUNT_BAD_DEBT]	= {"6100", "Bad debts",		"expense"},
};
/* clang-format on */

const struct account_info *
account_info(enum account a)
{
	assert(a < ACCOUNT__MAX);
	return &accounts[a];
}

static void
read_account(const struct rows *r, struct ledger_accounts *out)
{
	for (int a = 0; a < ACCOUNT__MAX; a++)
		if (str_eq(accounts[a].code, row_text(r, 0)))
			out->id[a] = row_id(r, 1);
}

enum err
ledger_accounts_ask(struct tx *tx, const char *currency, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT code, id FROM ledger_accounts "
	    "WHERE tenant_id = $1 AND currency = $2",
	    DB_ID(&tx->tenant), DB_TEXT(currency));
}

enum err
ledger_accounts_read(struct rows *r, struct ledger_accounts *out)
{
	*out = (struct ledger_accounts){.id[0] = {""}};
	while (rows_next(r))
		read_account(r, out);
	return rows_done(r);
}

static enum err
account_lookup(
    struct tx *tx, enum account a, const char *currency, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM ledger_accounts "
	    "WHERE tenant_id = $1 AND code = $2 AND currency = $3",
	    DB_ID(&tx->tenant), DB_TEXT(accounts[a].code), DB_TEXT(currency));

	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

/* The account's id; made at its first use in a currency.  Two transactions may
 * make it at once: the loser of the unique key reads the winner's row. */
static enum err
account_id(struct tx *tx, const struct ledger_entry *entry, enum account a,
    struct id *out)
{
	const struct account_info *info = &accounts[a];
	const char *currency = entry->currency;
	struct id id;
	enum err e;

	if (entry->accounts && id_is_set(&entry->accounts->id[a])) {
		*out = entry->accounts->id[a];
		return OK;
	}
	e = account_lookup(tx, a, currency, out);
	if (e != E_NOTFOUND)
		return e;
	id = id_new(clock_now_ms());
	e = db_exec(tx,
	    "INSERT INTO ledger_accounts (tenant_id, id, code, name, kind, "
	    "currency, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) "
	    "ON CONFLICT (tenant_id, code, currency) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(info->code),
	    DB_TEXT(info->name), DB_TEXT(info->kind), DB_TEXT(currency),
	    DB_INT(tx->now));
	return e == OK ? account_lookup(tx, a, currency, out) : e;
}

enum err
ledger_open(struct tx *tx, const char *kind, const struct id *subject,
    const char *description, struct ledger_entry *entry)
{
	entry->id = id_new(clock_now_ms());
	return db_later(tx,
	    "INSERT INTO ledger_entries (tenant_id, id, kind, subject_id, "
	    "description, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $6)",
	    DB_ID(&tx->tenant), DB_ID(&entry->id), DB_TEXT(kind),
	    DB_ID(subject), DB_TEXT(description), DB_INT(tx->now));
}

enum err
ledger_move(struct tx *tx, const struct ledger_entry *entry, enum account debit,
    enum account credit, int64_t amount_minor)
{
	struct id id = id_new(clock_now_ms()), from, to;
	enum err e;

	assert(amount_minor >= 0);
	if (amount_minor == 0)
		return OK;
	if ((e = account_id(tx, entry, debit, &to)) != OK ||
	    (e = account_id(tx, entry, credit, &from)) != OK)
		return e;
	e = tally_add(tx, &(struct tally){
			      .kind = "transfers",
			      .part = to.s,
			      .counterpart = from.s,
			      .n = 1,
			      .minor = amount_minor,
			  });
	if (e != OK)
		return e;
	return db_later(tx,
	    "INSERT INTO ledger_transfers (tenant_id, id, entry_id, "
	    "debit_account_id, credit_account_id, amount_minor, currency, "
	    "customer_id, invoice_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&entry->id), DB_ID(&to),
	    DB_ID(&from), DB_INT(amount_minor), DB_TEXT(entry->currency),
	    DB_ID(&entry->customer), DB_ID(&entry->invoice), DB_INT(tx->now));
}

enum err
ledger_balance(
    struct tx *tx, enum account a, const char *currency, int64_t *minor_out)
{
	return db_int(tx, 0, minor_out,
	    "SELECT SUM(CASE WHEN part = CAST(a.id AS TEXT) "
	    "THEN minor ELSE -minor END) "
	    "FROM ledger_accounts a JOIN " SQL_TALLIES
	    " ON tally.kind = 'transfers' "
	    "AND CAST(a.id AS TEXT) IN (part, counterpart) "
	    "WHERE a.tenant_id = $1 AND a.code = $2 AND a.currency = $3",
	    DB_ID(&tx->tenant), DB_TEXT(accounts[a].code), DB_TEXT(currency));
}

enum err
ledger_sums(struct tx *tx, struct ledger_sums *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT a.id, a.code, a.name, a.kind, a.currency, "
	    "SUM(CASE WHEN part = CAST(a.id AS TEXT) THEN minor ELSE 0 END), "
	    "SUM(CASE WHEN counterpart = CAST(a.id AS TEXT) "
	    "THEN minor ELSE 0 END) "
	    "FROM ledger_accounts a LEFT JOIN " SQL_TALLIES
	    " ON tally.kind = 'transfers' "
	    "AND CAST(a.id AS TEXT) IN (part, counterpart) "
	    "WHERE a.tenant_id = $1 "
	    "GROUP BY a.id, a.code, a.name, a.kind, a.currency "
	    "ORDER BY a.currency, a.code",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	out->n = 0;
	while (rows_next(&r)) {
		if (out->n == LEDGER_SUMS_MAX) {
			tx_fail(tx, E_LIMIT);
			break;
		}
		out->sum[out->n++] = (struct ledger_sum){
		    .id = row_id(&r, 0),
		    .code = row_strdup(&r, 1),
		    .name = row_strdup(&r, 2),
		    .kind = row_strdup(&r, 3),
		    .currency = row_strdup(&r, 4),
		    .debit_minor = row_int(&r, 5),
		    .credit_minor = row_int(&r, 6),
		};
	}
	return rows_done(&r);
}

bool
ledger_trial_next(
    const struct ledger_sums *s, size_t *i, struct ledger_trial *out)
{
	size_t first = *i;

	if (first == s->n)
		return false;
	*out = (struct ledger_trial){.currency = s->sum[first].currency};
	for (; *i < s->n && str_eq(s->sum[*i].currency, out->currency); ++*i) {
		int64_t balance =
		    s->sum[*i].debit_minor - s->sum[*i].credit_minor;

		if (balance > 0)
			out->debit_minor += balance;
		else
			out->credit_minor -= balance;
	}
	out->n = *i - first;
	return true;
}
