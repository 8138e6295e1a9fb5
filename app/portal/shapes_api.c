/* shapes_api.c - the calls of portal/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_api.h"
#include "portal/export.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"

/* clang-format off */
static const struct member account_members[] = {
	{"id",		FIELD_ID},
	{"name",	FIELD_TEXT},
	{"billing",	FIELD_BOOL},
	{"technical",	FIELD_BOOL},
	{"support",	FIELD_BOOL},
	{NULL}
};
static const struct shape account = {"client.account", NULL, account_members};
static const struct member me_members[] = {
	{"id",		FIELD_ID},
	{"email",	FIELD_EMAIL},
	{"name",	FIELD_TEXT},
	{"accounts",	.flags = MANY, .of = &account},
	{NULL}
};
static const struct shape me = {"client.me", NULL, me_members};

static const struct member cancel_members[] = {
	{"reason",	FIELD_WORD,	MAYBE},
	{"note",	FIELD_TEXT,	MAYBE},
	{NULL}
};
static const struct shape cancel = {"client.cancel", NULL, cancel_members};
static const struct member renewal_members[] = {
	{"autoRenew",	FIELD_BOOL},
	{NULL}
};
static const struct shape renewal = {"client.renewal", NULL, renewal_members};
static const struct member billing_members[] = {
	{"accountId",		FIELD_ID},
	{"currency",		FIELD_CURRENCY},
	{"creditBalance",	FIELD_MONEY},
	{"amountDue",		FIELD_MONEY},
	{"paysOnline",		FIELD_BOOL},
	{"bankInstructions",	FIELD_AREA, NULLABLE},
	{NULL}
};
static const struct shape billing = {"client.billing", NULL, billing_members};
static const struct shape pay = {"client.invoice.pay", NULL, NULL};
static const struct member page_members[] = {
	{"url",		FIELD_TEXT},
	{"id",		FIELD_TEXT},
	{NULL}
};
static const struct shape page = {"client.invoice.page", NULL, page_members};
static const struct member wishes_members[] = {
	{"invoices",	FIELD_BOOL},
	{"services",	FIELD_BOOL},
	{"support",	FIELD_BOOL},
	{"security",	FIELD_BOOL},
	{NULL}
};
static const struct shape wishes = {"client.notifications", NULL, wishes_members};
static const struct member wish_members[] = {
	{"invoices",	FIELD_BOOL, MAYBE},
	{"services",	FIELD_BOOL, MAYBE},
	{"support",	FIELD_BOOL, MAYBE},
	{"security",	FIELD_BOOL, MAYBE},
	{NULL}
};
static const struct shape wish = {"client.notifications.change", NULL, wish_members};
static const struct member close_members[] = {
	{"requested",	FIELD_BOOL},
	{"requestedBy",	FIELD_EMAIL, NULLABLE},
	{"requestedAt",	FIELD_TIME, NULLABLE},
	{"reason",	FIELD_TEXT, NULLABLE},
	{"services",	FIELD_INT},
	{"openInvoices", FIELD_INT},
	{"owed",	FIELD_MONEY},
	{"creditBalance", FIELD_MONEY},
	{"currency",	FIELD_CURRENCY},
	{NULL}
};
static const struct shape closing = {"client.close", NULL, close_members};
static const struct member close_ask_members[] = {
	{"password",	FIELD_TEXT},
	{"confirm",	FIELD_TEXT},
	{"reason",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape close_ask = {"client.close.ask", NULL, close_ask_members};
static const struct member no_members[] = {{NULL}};
static const struct shape nothing = {"client.nothing", NULL, no_members};
static const struct member seen_members[] = {
	{"version",	FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape profile_change = {"client.profile.change", &portal_profile_noun, seen_members};
static const struct member backup_members[] = {
	{"id",		FIELD_ID},
	{"createdAt",	FIELD_TIME},
	{"size",	FIELD_INT},
	{"files",	FIELD_INT},
	{"verified",	FIELD_BOOL},
	{"restorable",	FIELD_BOOL},
	{NULL}
};
static const struct shape backup = {"client.backup", NULL, backup_members};
static const char *const restores[] = {"restoring", "restored", "failed", NULL};
static const struct member restore_members[] = {
	{"status",	FIELD_WORD, .words = restores},
	{"takenAt",	FIELD_TIME},
	{"askedAt",	FIELD_TIME},
	{"keptUntil",	FIELD_TIME, NULLABLE},
	{NULL}
};
static const struct shape restore = {"client.restore", NULL, restore_members};
static const struct member backups_members[] = {
	{"domain",	FIELD_DOMAIN},
	{"restore",	.flags = NULLABLE, .of = &restore},
	{"items",	.flags = MANY, .of = &backup},
	{NULL}
};
static const struct shape backups = {"client.backups", NULL, backups_members};
static const char *const fetches[] = {"fetching", "ready", "failed", "gone", NULL};
static const struct member download_members[] = {
	{"status",	FIELD_WORD, .words = fetches},
	{"backupId",	FIELD_ID},
	{"takenAt",	FIELD_TIME},
	{"size",	FIELD_INT},
	{"sha256",	FIELD_TEXT},
	{"progress",	FIELD_INT},
	{"expiresAt",	FIELD_TIME, NULLABLE},
	{"href",	FIELD_TEXT, NULLABLE},
	{NULL}
};
static const struct shape download = {"client.download", NULL, download_members};

static const struct member plan_members[] = {
	{"product",	FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"description",	FIELD_TEXT},
	{"price",	FIELD_MONEY},
	{"currency",	FIELD_TEXT},
	{"atOnce",	FIELD_BOOL},
	{NULL}
};
static const struct shape plan = {"client.plan", NULL, plan_members};
static const struct member plan_wish_members[] = {
	{"product",	FIELD_TEXT},
	{"note",	FIELD_TEXT,	MAYBE},
	{NULL}
};
static const struct shape plan_wish = {"client.plan_wish", NULL, plan_wish_members};
static const struct member attach_members[] = {
	{"domain",	FIELD_DOMAIN},
	{NULL}
};
static const struct shape attach = {"client.attach", NULL, attach_members};
static const char *const attach_states[] = {"setting_up", "active", NULL};
static const struct member attached_members[] = {
	{"domain",	FIELD_DOMAIN},
	{"status",	FIELD_WORD, .words = attach_states},
	{NULL}
};
static const struct shape attached = {"client.attached", NULL, attached_members};

const struct api_shape portal_shapes[] = {
	{"client.me",		"Who I am, and which customer accounts I look after", .gives = &me},
	{"client.services",	"List what an account of mine has", .list = &portal_services_noun},
	{"client.service",	"One service of mine", .one = &portal_services_noun},
	{"client.services.cancel", "Cancel a service of mine at the end of what is paid for",
		.takes = &cancel, .one = &portal_services_noun},
	{"client.services.keep", "Keep a service of mine that was cancelled", .one = &portal_services_noun},
	{"client.services.plans", "List the plans that a service of mine can have instead",
		.gives = &plan, .flags = API_ITEMS},
	{"client.services.changes", "List what was asked for a service of mine", .list = &portal_changes_noun},
	{"client.services.change", "Ask for another plan for a service of mine",
		.takes = &plan_wish, .one = &portal_changes_noun, .status = 201},
	{"client.services.withdraw", "Take back that another plan was asked for", .one = &portal_changes_noun},
	{"client.services.attach", "Let a website of mine answer to a domain that points to its server",
		.takes = &attach, .gives = &attached, .status = 202},
	{"client.domains.change", "Say whether a domain of mine renews by itself",
		.takes = &renewal, .one = &portal_domains_noun},
	{"client.backups",	"The backups of a service of mine, the newest first", .gives = &backups},
	{"client.backups.restore", "Have the files of a service of mine restored from a backup", .gives = &backups, .status = 202},
	{"client.download.want", "Have the latest backup fetched, to be downloaded (200 when it is there already)", .gives = &download, .status = 202},
	{"client.download",	"How the backup that I want to download stands", .gives = &download},
	{"client.download.file", "The backup that was fetched", .media = {"application/gzip"}},
	{"client.domains",	"List the domains of an account of mine", .list = &portal_domains_noun},
	{"client.domain",	"One domain of mine", .one = &portal_domains_noun},
	{"client.invoices",	"List the invoices of an account of mine", .list = &portal_invoices_noun},
	{"client.invoice",	"One invoice of mine", .one = &portal_invoices_noun},
	{"client.invoice.pay",	"Pay an open invoice of mine: where, on Stripe's page", .takes = &pay, .gives = &page},
	{"client.billing",	"How an account of mine stands, and how it can be paid", .gives = &billing},
	{"client.payments",	"List the payments of an account of mine", .list = &portal_payments_noun},
	{"client.payment",	"One payment of mine", .one = &portal_payments_noun},
	{"client.receipt_pdf",	"The receipt of a payment of mine", .media = {"application/pdf"}},
	{"client.people",	"Who looks after an account of mine", .gives = &customer_person_shape, .flags = API_ITEMS},
	{"client.people.add",	"Let somebody look after an account of mine",
		.takes = &customer_person_new_shape, .gives = &customer_person_shape, .status = 201, .flags = API_ITEMS},
	{"client.people.remove", "Take somebody from an account of mine", .gives = &customer_person_shape, .flags = API_ITEMS},
	{"client.profile",	"The name and address of an account of mine", .one = &portal_profile_noun},
	{"client.profile.change", "Change them", .takes = &profile_change, .one = &portal_profile_noun},
	{"client.notifications", "Which mails I get about my accounts", .gives = &wishes},
	{"client.notifications.change", "Choose them", .takes = &wish, .gives = &wishes},
	{"client.close",	"What keeps an account from being closed, and whether that was asked for", .gives = &closing},
	{"client.close.ask",	"Ask for an account to be closed; confirm is its name", .takes = &close_ask, .gives = &closing, .status = 201},
	{"client.close.withdraw", "Take that back", .gives = &closing},
	{"client.exports",	"List the archives of an account's data", .list = &portal_exports_noun},
	{"client.export",	"One archive", .one = &portal_exports_noun},
	{"client.export.ask",	"Have an archive of all of an account's data made", .takes = &nothing, .one = &portal_exports_noun, .status = 201},
	{"client.export.file",	"The archive itself", .media = {"application/zip"}},
	{"client.invoice_pdf",	"One invoice of mine on paper", .media = {"application/pdf"}},
	{NULL}
};
/* clang-format on */
