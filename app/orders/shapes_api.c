/* shapes_api.c - the calls of orders/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/new_order_api.h"
#include "orders/orders_api.h"
#include "orders/orders_nouns.h"

/* clang-format off */
/* ---- what an order has made ---- */

static const struct member invoice_members[] = {
	{"id",		FIELD_ID},
	{"number",	FIELD_TEXT, NULLABLE},
	{"status",	FIELD_WORD},
	{"total",	FIELD_MONEY},
	{"currency",	FIELD_CURRENCY},
	{NULL}
};
static const struct shape invoice = {"order.invoice", NULL, invoice_members};
static const struct member subscription_members[] = {
	{"id",		    FIELD_ID},
	{"product",	    FIELD_TEXT},
	{"domain",	    FIELD_TEXT, NULLABLE},
	{"billingPeriod",   FIELD_WORD},
	{"status",	    FIELD_WORD},
	{"nextBillingDate", FIELD_DATE, NULLABLE},
	{NULL}
};
static const struct shape subscription = {"order.subscription", NULL, subscription_members};
static const struct member task_members[] = {{"id", FIELD_ID}, {"type", FIELD_WORD}, {"status", FIELD_WORD}, {NULL}};
static const struct shape task = {"order.task", NULL, task_members};
static const struct member problem_members[] = {
	{"item", FIELD_INT, NULLABLE}, {"code", FIELD_WORD}, {"message", FIELD_TEXT}, {NULL}
};
static const struct shape problem = {"order.problem", NULL, problem_members};
#define MADE										\
	{"invoice",	      .flags = NULLABLE, .of = &invoice},			\
	{"subscriptions",     .flags = MANY, .of = &subscription},			\
	{"provisioningTasks", .flags = MANY, .of = &task},				\
	{"problems",	      .flags = MANY, .of = &problem}

/* ---- intake ---- */

static const struct member bought_members[] = {
	{"productSlug",	  FIELD_TEXT},
	{"qty",		  FIELD_INT,   MAYBE, .min = 1, .max = 1000},
	{"unitPrice",	  FIELD_MONEY, MAYBE},
	{"billingPeriod", FIELD_TEXT},
	{"domain",	  FIELD_TEXT,  MAYBE},
	{NULL}
};
static const struct shape bought = {"intake.item", NULL, bought_members};
static const struct member address_members[] = {
	{"line1",	FIELD_TEXT, MAYBE},
	{"line2",	FIELD_TEXT, MAYBE},
	{"city",	FIELD_TEXT, MAYBE},
	{"state",	FIELD_TEXT, MAYBE},
	{"postalCode",	FIELD_TEXT, MAYBE},
	{"country",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape address = {"intake.address", NULL, address_members};
static const struct member paid_members[] = {
	{"stripePaymentIntentId", FIELD_TEXT,  MAYBE},
	{"paymentIntentId",	  FIELD_TEXT,  MAYBE},
	{"customerEmail",	  FIELD_EMAIL},
	{"customerName",	  FIELD_TEXT,  MAYBE},
	{"customerPhone",	  FIELD_TEXT,  MAYBE},
	{"items",		  .flags = MANY, .of = &bought, .min = 1, .max = 100},
	{"primaryDomain",	  FIELD_TEXT,  MAYBE},
	{"currency",		  FIELD_TEXT,  MAYBE},
	{"couponCode",		  FIELD_TEXT,  MAYBE},
	{"address",		  .flags = MAYBE, .of = &address},
	{"metadata",		  FIELD_JSON,  MAYBE},
	{NULL}
};
static const struct shape paid = {"intake", NULL, paid_members};
static const struct member placed_members[] = {
	{"ok",		  FIELD_BOOL},
	{"replayed",	  FIELD_BOOL},
	{"orderId",	  FIELD_ID},
	{"orderNumber",	  FIELD_TEXT},
	{"status",	  FIELD_WORD},
	{"customerId",	  FIELD_ID},
	{"customerEmail", FIELD_TEXT},
	MADE,
	{NULL}
};
static const struct shape placed = {"intake.placed", NULL, placed_members};

/* ---- orders ---- */

static const struct member item_members[] = {
	{"id",		  FIELD_ID},
	{"product",	  FIELD_TEXT},
	{"quantity",	  FIELD_INT},
	{"billingPeriod", FIELD_WORD},
	{"unitPrice",	  FIELD_MONEY},
	{"discount",	  FIELD_MONEY},
	{"ownPrice",	  FIELD_BOOL},
	{"domain",	  FIELD_TEXT, NULLABLE},
	{NULL}
};
static const struct shape item = {"order.item", NULL, item_members};
static const struct member order_members[] = {{"items", .flags = MANY, .of = &item}, MADE, {NULL}};
static const struct shape order = {"order", &orders_noun, order_members};
static const struct member correction_members[] = {
	{"item",	  FIELD_INT,  .min = 0, .max = 99},
	{"productSlug",	  FIELD_TEXT, MAYBE},
	{"domain",	  FIELD_TEXT, MAYBE},
	{"billingPeriod", FIELD_TEXT, MAYBE},
	{"qty",		  FIELD_INT,  MAYBE, .min = 1, .max = 1000},
	{NULL}
};
static const struct shape correction = {"order.correction", NULL, correction_members};
static const struct member corrections_members[] = {
	{"items", .flags = MANY, .of = &correction, .min = 1, .max = 100}, {NULL}
};
static const struct shape corrections = {"order.corrections", NULL, corrections_members};
static const struct member reason_members[] = {{"reason", FIELD_TEXT, MAYBE}, {NULL}};
static const struct shape reason = {"order.reason", NULL, reason_members};
static const struct member refusal_members[] = {{"body", FIELD_TEXT, NULLABLE}, {NULL}};
static const struct shape refusal = {"refusal", &refusals_noun, refusal_members};
static const struct shape corrected = {"intake.corrected", NULL, NULL, true};

/* ---- the dashboard ---- */

static const struct member recent_members[] = {
	{"id",		FIELD_ID},
	{"number",	FIELD_TEXT},
	{"status",	FIELD_WORD},
	{"total",	FIELD_MONEY},
	{"currency",	FIELD_CURRENCY},
	{"customerId",	FIELD_ID},
	{"createdAt",	FIELD_TIME},
	{NULL}
};
static const struct shape recent = {"summary.invoice", NULL, recent_members};
static const struct member active_members[] = {
	{"id",		FIELD_ID},
	{"product",	FIELD_TEXT},
	{"domain",	FIELD_TEXT, NULLABLE},
	{"status",	FIELD_WORD},
	{"customerId",	FIELD_ID},
	{"createdAt",	FIELD_TIME},
	{NULL}
};
static const struct shape active = {"summary.subscription", NULL, active_members};
static const struct member summary_members[] = {
	{"totalRevenue30d",	FIELD_MONEY},
	{"totalRevenueAllTime",	FIELD_MONEY},
	{"mrr",			FIELD_MONEY},
	{"arr",			FIELD_MONEY},
	{"currency",		FIELD_CURRENCY},
	{"activeCustomers",	FIELD_INT},
	{"pendingInvoices",	FIELD_INT},
	{"ordersInReview",	FIELD_INT},
	{"refusedIntakes",	FIELD_INT},
	{"failedTasks",		FIELD_INT},
	{"deadOutbox",		FIELD_INT},
	{"recentInvoices",	.flags = MANY, .of = &recent},
	{"activeSubscriptions",	.flags = MANY, .of = &active},
	{NULL}
};
static const struct shape summary = {"summary", NULL, summary_members};

/* ---- Stripe ---- */

static const struct member checkout_members[] = {
	{"planId",	FIELD_ID,   MAYBE},
	{"slug",	FIELD_TEXT, MAYBE},
	{"term",	FIELD_TEXT},
	{"successUrl",	FIELD_TEXT},
	{"cancelUrl",	FIELD_TEXT},
	{"email",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape checkout = {"checkout", NULL, checkout_members};
static const struct member page_members[] = {{"url", FIELD_TEXT}, {"id", FIELD_TEXT}, {NULL}};
static const struct shape page = {"checkout.page", NULL, page_members};
static const struct shape event = {"stripe.event", NULL, NULL, true};
static const struct member received_members[] = {{"received", FIELD_BOOL}, {NULL}};
static const struct shape received = {"stripe.received", NULL, received_members};

#define HOOK "Take an event that Stripe has signed"
static const struct member notice_members[] = {
	{"id",		FIELD_TEXT},
	{"kind",	FIELD_WORD},
	{"nounId",	FIELD_ID},
	{"title",	FIELD_TEXT},
	{"text",	FIELD_TEXT},
	{"path",	FIELD_TEXT, NULLABLE},
	{"read",	FIELD_BOOL},
	{"since",	FIELD_TIME},
	{NULL}
};
static const struct shape notice = {"notice", NULL, notice_members};
static const struct member some_notice_members[] = {{"id", FIELD_TEXT, MAYBE}, {NULL}};
static const struct shape some_notice = {"notice.some", NULL, some_notice_members};
static const struct member one_notice_members[] = {{"id", FIELD_TEXT}, {NULL}};
static const struct shape one_notice = {"notice.one", NULL, one_notice_members};

const struct api_shape orders_shapes[] = {
	{"intake.place",	"Hand in an order that was paid", 
		.takes = &paid, .gives = &placed, .status = 201, .also = {200, 202}},
	{"intake.get",		"The order of a payment intent as it is now", .gives = &placed},
	{"dashboard.summary",	"How the company does, and what waits", .gives = &summary},
	{"notifications.list",	"What waits for your attention", .gives = &notice, .flags = API_ITEMS},
	{"notifications.read",	"Mark a notice, or all, as read", .takes = &some_notice, .gives = &notice, .flags = API_ITEMS},
	{"notifications.unread", "Mark a notice as unread", .takes = &one_notice, .gives = &notice, .flags = API_ITEMS},
	{"customers.activity",	"What happened to a customer and what is theirs", .list = &activity_noun},
	{"orders.list",		"List orders", .list = &orders_noun},
	{"orders.get",		"One order with all that it made", .gives = &order},
	{"orders.new",		"Place an order by hand for a customer",
		.takes = &new_order_shape, .gives = &order, .status = 201},
	{"orders.accept",	"Accept an order in review as it was paid", .gives = &order},
	{"orders.correct",	"Correct items of an order in review", .takes = &corrections, .gives = &order},
	{"orders.refund",	"Refund an order", .takes = &reason, .gives = &order, .flags = API_WAITS},
	{"orders.cancel",	"Cancel an order", .takes = &reason, .gives = &order},
	{"refusals.list",	"List refused intakes", .list = &refusals_noun},
	{"refusals.get",	"One refused intake with its body", .gives = &refusal},
	{"refusals.place",	"Place a refused intake, as it was or put right",
		.takes = &corrected, .gives = &placed, .status = 201},
	{"refusals.dismiss",	"Dismiss a refused intake", .one = &refusals_noun},
	{"stripe.webhook",	HOOK, .takes = &event, .gives = &received},
	{"stripe.webhook_slug",	HOOK " for a company by its name", .takes = &event, .gives = &received},
	{"checkout.start",	"Go to Stripe's own page to pay", .takes = &checkout, .gives = &page},
	{NULL}
};
/* clang-format on */
