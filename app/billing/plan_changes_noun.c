/* plan_changes_noun.c - wishes for another plan, as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/plan_changes_noun.h"

#include "billing/billing_nouns.h"

/* clang-format off */
static const struct choice states[] = {
	{"open", "Open"}, {"accepted", "Accepted"}, {"done", "Done"},
	{"declined", "Declined"}, {"withdrawn", "Withdrawn"}, {NULL}};

static const struct field fields[] = {
	{"id",		"x.id",			FIELD_ID},
	{"subscriptionId", "x.subscription_id",	FIELD_ID,	FILTER},
	{"service",	"COALESCE(s.domain, f.name)", FIELD_TEXT, JOINED, NULL,
	 .label = "Service", .of = &subscriptions_noun, .link = "subscriptionId"},
	{"customerId",	"x.customer_id",	FIELD_ID,	FILTER},
	{"customer",	"c.name",		FIELD_TEXT,	JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	{"fromPlan",	"f.name",		FIELD_TEXT,	JOINED, NULL, .label = "Has"},
	{"toPlan",	"t.name",		FIELD_TEXT,	JOINED, NULL, .label = "Asks for"},
	{"product",	"t.code",		FIELD_TEXT,	JOINED},
	{"priceNow",	"x.from_price_minor",	FIELD_MONEY,	0, NULL, .label = "Price now"},
	{"price",	"x.to_price_minor",	FIELD_MONEY,	0, NULL, .label = "Price then"},
	{"currency",	"x.currency",		FIELD_TEXT},
	{"billingPeriod", "x.period",		FIELD_TEXT},
	{"status",	"x.status",		FIELD_WORD,	FILTER, NULL,
	 .label = "Status", .choice = states},
	{"note",	"x.note",		FIELD_AREA,	QUIET, NULL, .label = "The customer says"},
	{"askedBy",	"x.asked_name",		FIELD_TEXT,	QUIET, NULL, .label = "Asked by"},
	{"reason",	"x.reason",		FIELD_TEXT,	QUIET, NULL, .label = "Why not"},
	{"decidedBy",	"x.decided_name",	FIELD_TEXT,	QUIET, NULL, .label = "Decided by"},
	{"decidedAt",	"x.decided_at",		FIELD_TIME,	QUIET, NULL, .label = "Decided"},
	{"dueOn",	"x.due_on",		FIELD_DATE,	QUIET, NULL, .label = "To be carried out on"},
	{"doneAt",	"x.done_at",		FIELD_TIME,	QUIET, NULL, .label = "Carried out"},
	{"version",	"x.version",		FIELD_INT},
	{"createdAt",	"x.created_at",		FIELD_TIME,	0,	"x.id", .label = "Asked"},
	{"updatedAt",	"x.updated_at",		FIELD_TIME},
};
/* clang-format on */

const struct noun plan_changes_noun = {
    .name = "plan_changes",
    .from = "plan_changes x "
	    "JOIN subscriptions s ON s.tenant_id = x.tenant_id "
	    "AND s.id = x.subscription_id "
	    "JOIN customers c ON c.tenant_id = x.tenant_id "
	    "AND c.id = x.customer_id "
	    "JOIN products f ON f.tenant_id = x.tenant_id "
	    "AND f.id = x.from_product_id "
	    "JOIN products t ON t.tenant_id = x.tenant_id "
	    "AND t.id = x.to_product_id",
    .base = "plan_changes x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .currency = "x.currency",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "plan change",
    .many = "Plan changes",
    .about = "What customers would rather have than the plan that they pay "
	     "for.",
    .empty = "A customer who asks for another plan brings the first one.",
    .title = "service",
    .page = "/plan-changes",
    .api = "/api/admin/plan-changes",
    .may_read = PERM_SUBSCRIPTIONS_READ,
};
