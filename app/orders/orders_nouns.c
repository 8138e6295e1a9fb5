/* orders_nouns.c - orders and refused intakes as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/orders_nouns.h"

#include "base/error.h"

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
/* clang-format on */

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
};

const struct noun refusals_noun = {
    .name = "intake_refusals",
    .from = "intake_refusals i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .field = refusal_fields,
    .n_fields = N_ELEMS(refusal_fields),
};
