/* ledger_api.c - the ledger's accounts and its trial balance for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Its postings are a described noun's: ledger_noun.c.
 */
#include "config.h"

#include "billing/ledger.h"
#include "billing/ledger_api.h"
#include "face/list_api.h"

static enum err
read_sums(struct request *rq, struct ledger_sums **out)
{
	struct ledger_sums *s = ARENA_NEW(rq->arena, struct ledger_sums);
	enum err e = s ? ledger_sums(rq->tx, s) : E_BUSY;

	if (e == OK)
		*out = s;
	return e;
}

static void
write_account(struct json_out *w, const struct ledger_sum *a)
{
	json_open(w, NULL, '{');
	json_str(w, "id", a->id.s);
	json_str(w, "code", a->code);
	json_str(w, "name", a->name);
	json_str(w, "kind", a->kind);
	json_str(w, "currency", a->currency);
	json_money(w, "debits", a->debit_minor, a->currency);
	json_money(w, "credits", a->credit_minor, a->currency);
	json_money(w, "balance", a->debit_minor - a->credit_minor, a->currency);
	json_close(w, '}');
}

static enum err
list_accounts(struct request *rq)
{
	struct ledger_sums *s;
	struct json_out *w;
	enum err e = read_sums(rq, &s);

	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (size_t i = 0; i < s->n; i++)
		write_account(w, &s->sum[i]);
	reply_items_end(w, s->n);
	return OK;
}

static void
write_trial(struct json_out *w, const struct ledger_trial *t)
{
	json_open(w, NULL, '{');
	json_str(w, "currency", t->currency);
	json_money(w, "debits", t->debit_minor, t->currency);
	json_money(w, "credits", t->credit_minor, t->currency);
	json_money(
	    w, "difference", t->debit_minor - t->credit_minor, t->currency);
	json_close(w, '}');
}

static enum err
trial_balance(struct request *rq)
{
	struct ledger_trial t;
	struct ledger_sums *s;
	struct json_out *w;
	size_t i = 0, n = 0;
	enum err e = read_sums(rq, &s);

	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (; ledger_trial_next(s, &i, &t); n++)
		write_trial(w, &t);
	reply_items_end(w, n);
	return OK;
}

/* clang-format off */
const struct route ledger_api_routes[] = {
	{GET, "/api/admin/ledger/accounts",	POOL_UI, AUTH_API, PERM_PAYMENTS_READ, BODY_NONE, 0,
		list_accounts, "ledger.accounts"},
	{GET, "/api/admin/ledger/trial-balance", POOL_UI, AUTH_API, PERM_PAYMENTS_READ, BODY_NONE, 0,
		trial_balance, "ledger.trial"},
	{0}
};
/* clang-format on */
