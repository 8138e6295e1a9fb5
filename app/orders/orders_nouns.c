/* orders_nouns.c - orders and refused intakes as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/orders_nouns.h"

#include "base/error.h"
#include "billing/billing_nouns.h"

/* clang-format off */
static const struct field order_fields[] = {
	{"id",			"o.id",			FIELD_ID,	0,		NULL},
	{"number",		"o.number",		FIELD_TEXT,	FILTER | SEARCH, "o.number"},
	{"status",		"o.status",		FIELD_WORD,	FILTER,		"o.status"},
	{"customerId",		"o.customer_id",	FIELD_ID,	FILTER,		NULL},
	{"customerName",	"c.name",		FIELD_TEXT,	SEARCH | JOINED,		"c.name"},
	{"customerEmail",	"c.email",		FIELD_TEXT,	SEARCH | JOINED | IN_MEMORY, "c.email"},
	{"total",		"o.total_minor",	FIELD_MONEY,	0,		"o.total_minor"},
	{"received",		"o.received_minor",	FIELD_MONEY,	0,		NULL},
	{"currency",		"o.currency",		FIELD_TEXT,	FILTER | COARSE, NULL},
	{"paymentIntentId",	"o.payment_intent_id",	FIELD_TEXT,	FILTER | SEARCH, NULL},
	{"primaryDomain",	"o.primary_domain",	FIELD_TEXT,	SEARCH, NULL},
	{"couponCode",		"o.coupon_code",	FIELD_TEXT,	0,		NULL},
	{"discount",		"o.discount_minor",	FIELD_MONEY,	0,		NULL},
	{"placedBy",		"o.placed_by",		FIELD_TEXT,	0,		NULL},
	{"notes",		"o.notes",		FIELD_AREA,	DETAIL,		NULL},
	{"metadata",		"o.metadata",		FIELD_JSON,	DETAIL,		NULL},
	{"decidedBy",		"o.decided_by",		FIELD_TEXT,	0,		NULL},
	{"decidedAt",		"o.decided_at",		FIELD_TIME,	0,		NULL},
	{"completedAt",		"o.completed_at",	FIELD_TIME,	0,		NULL},
	{"version",		"o.version",		FIELD_INT,	0,		NULL},
	{"createdAt",		"o.created_at",		FIELD_TIME,	0,		"o.id"},
	{"updatedAt",		"o.updated_at",		FIELD_TIME,	0,		NULL},
};

static const struct field refusal_fields[] = {
	{"id",			"i.id",			FIELD_ID,	0,		NULL},
	{"status",		"i.status",		FIELD_WORD,	FILTER,		"i.status"},
	{"source",		"i.source",		FIELD_WORD,	FILTER | COARSE, NULL},
	{"paymentIntentId",	"i.payment_intent_id",	FIELD_TEXT,	FILTER | SEARCH, NULL},
	{"httpStatus",		"i.http_status",	FIELD_INT,	FILTER | COARSE, NULL},
	{"reasons",		"i.reasons",		FIELD_JSON,	0,		NULL},
	{"bodyBytes",		"i.body_bytes",		FIELD_INT,	0,		NULL},
	{"seenCount",		"i.seen_count",		FIELD_INT,	0,		NULL},
	{"orderId",		"i.order_id",		FIELD_ID,	0,		NULL},
	{"tokenName",		"i.token_name",		FIELD_TEXT,	0,		NULL},
	{"createdAt",		"i.created_at",		FIELD_TIME,	0,		"i.id"},
	{"updatedAt",		"i.updated_at",		FIELD_TIME,	0,		NULL},
};

static const struct field activity_fields[] = {
	{"id",			"a.id",			FIELD_ID,	0,		NULL},
	{"customerId",		"(t.customer_id)",	FIELD_ID,	FILTER | JOINED | COARSE, NULL},
	{"actorKind",		"a.actor_kind",		FIELD_WORD,	0,		NULL},
	{"actorId",		"a.actor_id",		FIELD_ID,	0,		NULL},
	{"actor",		"a.actor_name",		FIELD_TEXT,	0,		NULL},
	{"action",		"a.action",		FIELD_WORD,	0,		NULL},
	{"noun",		"a.noun",		FIELD_WORD,	0,		NULL},
	{"nounId",		"a.noun_id",		FIELD_ID,	0,		NULL},
	{"detail",		"a.detail",		FIELD_JSON,	0,		NULL},
	{"createdAt",		"a.created_at",		FIELD_TIME,	0,		"a.id"},
};
/* clang-format on */

static const struct noun_exact order_exact[] = {
    {"number", KEPT_UPPER}, {.field = "paymentIntentId"}, {NULL}};

const struct noun_found orders_found = {
    .kind = "orders",
    .code = 'o',
    .via = &customers_found,
    .via_column = "customer_id",
    .exact = order_exact,
    .title = "number",
    .text = "customerName",
    .status = "status",
    .icon = "users",
};

const struct noun orders_noun = {
    .name = "orders",
    .from = "orders o JOIN customers c "
	    "ON c.tenant_id = o.tenant_id AND c.id = o.customer_id",
    .base = "orders o",
    .tenant = "o.tenant_id",
    .id = "o.id",
    .currency = "o.currency",
    .field = order_fields,
    .n_fields = N_ELEMS(order_fields),
    .one = "order",
    .many = "Orders",
    .page = "/orders",
    .may_read = PERM_ORDERS_READ,
    .found = &orders_found,
};

const struct noun refusals_noun = {
    .name = "intake_refusals",
    .from = "intake_refusals i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .field = refusal_fields,
    .n_fields = N_ELEMS(refusal_fields),
};

/* Both engines look into each of them by its index of customers. */
#define THEIRS(table) " UNION ALL SELECT tenant_id, id, customer_id FROM " table

const struct noun activity_noun = {
    .name = "activity",
    .from = "(SELECT tenant_id, id, id AS customer_id FROM customers" THEIRS(
	"customer_notes") THEIRS("orders") THEIRS("invoices") THEIRS("payments")
	THEIRS("subscriptions") THEIRS("tickets") THEIRS("websites")
	    THEIRS("domains") ") t JOIN audit_logs a "
			      "ON a.tenant_id = t.tenant_id "
			      "AND a.noun_id = t.id",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .field = activity_fields,
    .n_fields = N_ELEMS(activity_fields),
};
