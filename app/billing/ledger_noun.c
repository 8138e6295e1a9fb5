/* ledger_noun.c - the ledger's transfers, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/ledger_noun.h"

#include "base/error.h"
#include "billing/billing_nouns.h"

/* clang-format off */
static const struct field fields[] = {
	[TRANSFER_ID]		= {"id",	"t.id",		FIELD_ID},
	[TRANSFER_ENTRY]	= {"entryId",	"t.entry_id",	FIELD_ID,	FILTER},
	/* no column to a planner: rows of a kind are many, and to be walked by
	 * time, not found by the index that keeps an event from being booked twice */
	[TRANSFER_KIND]		= {"kind",	"e.kind || ''",	FIELD_TEXT,	FILTER | JOINED | COARSE},
	[TRANSFER_SUBJECT]	= {"subjectId",	"e.subject_id",	FIELD_ID},
	[TRANSFER_WHAT]		= {"description", "e.description", FIELD_TEXT,	JOINED, NULL, .label = "What"},
	/* as a filter: either of the two */
	[TRANSFER_ACCOUNTS]	= {"account",	"d.code || ' ' || k.code", FIELD_TEXT, FILTER | JOINED | COARSE, NULL,
	 .among = "d.code, k.code"},
	[TRANSFER_DEBIT]	= {"debit",	"d.code",	FIELD_TEXT,	JOINED},
	[TRANSFER_DEBIT_NAME]	= {"debitName",	"d.name",	FIELD_TEXT,	JOINED, NULL, .label = "Debit"},
	[TRANSFER_CREDIT]	= {"credit",	"k.code",	FIELD_TEXT,	JOINED},
	[TRANSFER_CREDIT_NAME]	= {"creditName", "k.name",	FIELD_TEXT,	JOINED, NULL, .label = "Credit"},
	[TRANSFER_AMOUNT]	= {"amount",	"t.amount_minor", FIELD_MONEY,	0, NULL, .label = "Amount"},
	[TRANSFER_CURRENCY]	= {"currency",	"t.currency",	FIELD_TEXT},
	[TRANSFER_CUSTOMER]	= {"customerId", "t.customer_id", FIELD_ID,	FILTER},
	[TRANSFER_CUSTOMER_NAME] = {"customer",	"c.name",	FIELD_TEXT,	JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	[TRANSFER_INVOICE]	= {"invoiceId",	"t.invoice_id",	FIELD_ID,	FILTER},
	[TRANSFER_INVOICE_NUMBER] = {"invoice",	"i.number",	FIELD_TEXT,	JOINED, NULL,
	 .label = "Invoice", .of = &invoices_noun, .link = "invoiceId"},
	[TRANSFER_ORDER]	= {"orderId",	"i.order_id",	FIELD_ID,	JOINED},
	[TRANSFER_MADE]		= {"createdAt",	"t.created_at",	FIELD_TIME,	0,	"t.id", .label = "Booked"},
};
/* clang-format on */

#define SAME(alias) "ON " alias ".tenant_id = t.tenant_id AND " alias ".id = "

const struct noun ledger_noun = {
    .name = "ledger",
    .from = "ledger_transfers t "
	    "JOIN ledger_entries e " SAME(
		"e") "t.entry_id "
		     "JOIN ledger_accounts d " SAME(
			 "d") "t.debit_account_id "
			      "JOIN ledger_accounts k " SAME(
				  "k") "t.credit_account_id "
				       "LEFT JOIN customers c " SAME(
					   "c") "t.customer_id "
						"LEFT JOIN invoices i " SAME(
						    "i") "t.invoice_id",
    .base = "ledger_transfers t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .currency = "t.currency",
    .made = "t.created_at",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "posting",
    .many = "Ledger",
    .about = "Every movement of money: the account it left and the account "
	     "it went to. Nothing here can be changed.",
    .empty = "The first paid order writes its postings here.",
    .page = "/ledger",
    .api = "/api/admin/ledger",
    .may_read = PERM_PAYMENTS_READ,
};
