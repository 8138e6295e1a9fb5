/* ledger.h - double entry under all money.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An entry is one event, booked once (unique by kind and subject); it is made
 * of transfers, each from one account (credit) to another (debit), so an
 * unbalanced entry can't be written.  Rows are append-only on both engines.
 */
#ifndef MPANEL_BILLING_LEDGER_H
#define MPANEL_BILLING_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum account {
	ACCOUNT_CLEARING,    /* money at the card processor */
	ACCOUNT_BANK,	     /* money at the bank: paid by hand */
	ACCOUNT_RECEIVABLES, /* what customers owe on issued invoices */
	ACCOUNT_DEPOSITS,    /* paid, not yet applied to an invoice */
	ACCOUNT_CREDIT,	     /* customers' credit balances */
	ACCOUNT_TAX,	     /* tax collected, owed to the state */
	ACCOUNT_REVENUE,
	ACCOUNT_REFUNDS,  /* revenue given back */
	ACCOUNT_CASH,	  /* notes and coins: paid by hand */
	ACCOUNT_BAD_DEBT, /* written off */
	ACCOUNT__MAX
};

struct account_info {
	const char *code, *name, *kind;
};
const struct account_info *account_info(enum account a);

/* The accounts of a currency that are there already, for whoever books more
 * than one entry; unset: made at its first use. */
struct ledger_accounts {
	struct id id[ACCOUNT__MAX];
};
/* Ask for them, and read the answer. */
enum err ledger_accounts_ask(
    struct tx *tx, const char *currency, struct rows *r) MUST_USE;
enum err ledger_accounts_read(
    struct rows *r, struct ledger_accounts *out) MUST_USE;

/* Open an entry; the transfers below go into it. */
struct ledger_entry {
	struct id id;
	const struct ledger_accounts *accounts; /* NULL: looked up */
	const char *currency;
	struct id customer; /* of every transfer; may be unset */
	struct id invoice;
};
/* E_CONFLICT: this event has been booked before. */
enum err ledger_open(struct tx *tx, const char *kind, const struct id *subject,
    const char *description, struct ledger_entry *entry) MUST_USE;
/* Move amount_minor (> 0; 0 books nothing) from credit to debit. */
enum err ledger_move(struct tx *tx, const struct ledger_entry *entry,
    enum account debit, enum account credit, int64_t amount_minor) MUST_USE;

/* Debits minus credits of an account in a currency. */
enum err ledger_balance(struct tx *tx, enum account a, const char *currency,
    int64_t *minor_out) MUST_USE;

/* An account with all that was ever booked on it. */
struct ledger_sum {
	struct id id;
	const char *code, *name, *kind, *currency;
	int64_t debit_minor, credit_minor;
};
/* All accounts by currency and code, at a cost that does not grow with what
 * they hold. */
enum { LEDGER_SUMS_MAX = 400 };
struct ledger_sums {
	size_t n;
	struct ledger_sum sum[LEDGER_SUMS_MAX];
};
enum err ledger_sums(struct tx *tx, struct ledger_sums *out) MUST_USE;

/* The balances of a currency's accounts, those of debit and those of credit:
 * they come to the same. */
struct ledger_trial {
	const char *currency;
	int64_t debit_minor, credit_minor;
	size_t n; /* its accounts, which end before *i */
};
/* The next currency, from account *i on; false: there is none. */
bool ledger_trial_next(
    const struct ledger_sums *s, size_t *i, struct ledger_trial *out);

#endif
