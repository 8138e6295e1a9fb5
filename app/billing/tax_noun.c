/* tax_noun.c - tax rules, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who pays which rate: tax.c looks for the rule of a customer's state, else of
 * the country, else of everywhere.
 */
#include "config.h"
#include "billing/tax_noun.h"

#include "base/error.h"
#include "base/text.h"
#include "resource/search.h"
#include "resource/write.h"

#define WRITTEN (NEW | EDIT)

static const struct choice states[] = {
    {"active", "Active"}, {"inactive", "Inactive"}, {NULL}};

/* clang-format off */
static const struct field fields[] = {
	{"id",		"t.id",		FIELD_ID},
	{"name",	"t.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "t.name",
	 .label = "Name", .hint = "As on invoices, like “VAT” or “Sales tax”.", .max = 60},
	{"country",	"t.country",	FIELD_COUNTRY,	FILTER | WRITTEN, NULL,
	 .label = "Country", .hint = "Two letters, like DE. Empty: everywhere."},
	{"state",	"t.state",	FIELD_TEXT,	FILTER | WRITTEN, NULL,
	 .label = "State", .hint = "As in the customer's address. Empty: the whole country.", .max = 60},
	{"rate",	"t.rate_ppm",	FIELD_PERCENT,	WRITTEN | REQUIRED, NULL,
	 .label = "Rate", .hint = "In percent. It is contained in the prices, not added."},
	{"status",	"t.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Status", .choice = states},
	{"version",	"t.version",	FIELD_INT},
	{"createdAt",	"t.created_at",	FIELD_TIME,	DETAIL, "t.id", .label = "Made"},
	{"updatedAt",	"t.updated_at",	FIELD_TIME,	DETAIL, NULL, .label = "Changed"},
};
/* clang-format on */

/* A state is one of its country only. */
static enum err
check(struct tx *tx, const struct values *v)
{
	struct db_val country, state;
	bool has_country = values_will(v, "country", &country);

	if (values_will(v, "state", &state) && state.text[0] &&
	    !(has_country && country.text[0]))
		problem_add(tx->problems, "country", "required",
		    "A state is one of a country: name it, too.");
	return OK;
}

static const char *const place[] = {"country", "state"};
static const struct noun_key keys[] = {
    {"tax_rules_place", place, N_ELEMS(place), "status", "active",
	"There is an active rule for this place already."},
    {NULL},
};

static const struct noun_found found = {
    .title = "name",
    .text = "country",
    .status = "status",
    .icon = "bill",
};

const struct noun tax_rules_noun = {
    .name = "tax-rules",
    .from = "tax_rules t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .alive = "t.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "tax rule",
    .many = "Tax rules",
    .about = "What part of a price is tax, by where the customer lives.",
    .empty = "Without a rule nobody pays tax. The first one may be for "
	     "everywhere, and more for countries and their states.",
    .page = "/tax",
    .api = "/api/admin/tax-rules",
    .table = "tax_rules",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_INVOICES_READ,
    .may_write = PERM_INVOICES_WRITE,
    .key = keys,
    .check = check,
    .found = &found,
    .few = "a company has few tax rules",
};
