/* wiring.c - what the rooms offer, gathered: main/ alone knows everyone.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/wiring.h"

#include <string.h>

#include "announce/announce_api.h"
#include "announce/announce_nouns.h"
#include "base/fact.h"
#include "billing/billing_api.h"
#include "billing/billing_nouns.h"
#include "billing/customer_close.h"
#include "billing/customer_people.h"
#include "billing/billing_mails.h"
#include "billing/customer_notes.h"
#include "billing/invariants.h"
#include "billing/invoices_api.h"
#include "billing/invoices_pages.h"
#include "billing/ledger_api.h"
#include "billing/ledger_noun.h"
#include "billing/notes_api.h"
#include "billing/plan_changes_noun.h"
#include "billing/plan_mails.h"
#include "billing/subscription_verbs.h"
#include "billing/tax_noun.h"
#include "catalog/catalog_api.h"
#include "catalog/coupons_noun.h"
#include "catalog/extras_noun.h"
#include "catalog/invariants.h"
#include "catalog/products_api.h"
#include "catalog/products_noun.h"
#include "domains/domain.h"
#include "domains/domains_api.h"
#include "domains/domains_noun.h"
#include "face/noun_routes.h"
#include "face/styleguide_page.h"
#include "hosting/agent_api.h"
#include "hosting/hosting_api.h"
#include "hosting/hosting_kinds.h"
#include "hosting/hosting_nouns.h"
#include "hosting/hosting_verbs.h"
#include "hosting/invariants.h"
#include "hosting/placement.h"
#include "hosting/restore.h"
#include "hosting/plan_work.h"
#include "hosting/servers_pages.h"
#include "hosting/usage.h"
#include "hosting/websites_pages.h"
#include "identity/account_api.h"
#include "identity/account_pages.h"
#include "identity/address_api.h"
#include "identity/approval_mails.h"
#include "identity/approvals_api.h"
#include "identity/audit_api.h"
#include "identity/audit_facts.h"
#include "identity/audit_mails.h"
#include "identity/audit_nouns.h"
#include "identity/auth_api.h"
#include "identity/factor_api.h"
#include "identity/factor_pages.h"
#include "identity/gate_api.h"
#include "identity/invariants.h"
#include "identity/log_ins_noun.h"
#include "identity/login_pages.h"
#include "identity/settings_api.h"
#include "identity/tenants_api.h"
#include "identity/tokens_api.h"
#include "identity/roles_api.h"
#include "identity/users_api.h"
#include "identity/users_noun.h"
#include "identity/users_pages.h"
#include "jobs/jobs_noun.h"
#include "knowledge/invariants.h"
#include "knowledge/kb_api.h"
#include "knowledge/kb_nouns.h"
#include "knowledge/kb_verbs.h"
#include "main/api_docs_pages.h"
#include "main/guardian.h"
#include "main/health_api.h"
#include "main/jobs.h"
#include "main/menu.h"
#include "main/openapi_api.h"
#include "main/search.h"
#include "main/soon.h"
#include "mail/mail.h"
#include "mail/mail_alert.h"
#include "mail/mail_api.h"
#include "mail/mail_fill.h"
#include "mail/mail_noun.h"
#include "mail/mail_verbs.h"
#include "orders/intake_api.h"
#include "orders/invariants.h"
#include "orders/notices_api.h"
#include "orders/order.h"
#include "orders/order_mails.h"
#include "orders/order_place.h"
#include "orders/orders_api.h"
#include "orders/orders_nouns.h"
#include "orders/orders_pages.h"
#include "orders/stripe_api.h"
#include "portal/export.h"
#include "portal/attach_api.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"
#include "provisioning/invariants.h"
#include "provisioning/provisioning_pages.h"
#include "provisioning/task.h"
#include "provisioning/task_mails.h"
#include "provisioning/task_verbs.h"
#include "provisioning/tasks_noun.h"
#include "provisioning/worker_api.h"
#include "support/desk.h"
#include "support/invariants.h"
#include "support/mail_in.h"
#include "support/support_pages.h"
#include "support/ticket_export.h"
#include "support/tickets_noun.h"
#include "support/ticket_mails.h"
#include "support/ticket_clock.h"
#include "tenancy/brand_api.h"
#include "tenancy/tenants_noun.h"
#include "web/serve.h"

/* Described once: each has its list, its forms, its JSON and its CSV. */
const struct noun *const nouns[] = {
    &customers_noun,
    &products_noun,
    &prices_noun,
    &tlds_noun,
    &options_noun,
    &choices_noun,
    &addons_noun,
    &coupons_noun,
    &subscriptions_noun,
    &plan_changes_noun,
    &invoices_noun,
    &payments_noun,
    &credit_notes_noun,
    &tax_rules_noun,
    &ledger_noun,
    &jobs_noun,
    &servers_noun,
    &domains_noun,
    &websites_noun,
    &backups_noun,
    &tasks_noun,
    &announcements_noun,
    &kb_articles_noun,
    &kb_categories_noun,
    &kb_misses_noun,
    &departments_noun,
    &canned_replies_noun,
    &incoming_mails_noun,
    NULL,
};

const struct verb *const verb_tables[] = {
    customer_verbs,
    hosting_verbs,
    subscription_verbs,
    plan_verbs,
    task_verbs,
    announce_verbs,
    kb_verbs,
    NULL,
};

const struct shown_noun shown_nouns[] = {
    {&tenants_noun, "api"},
    {&mails_noun, "api"},
    {&users_noun, "api"},
    {&users_page_noun, "page"},
    {&tokens_noun, "api"},
    {&tokens_page_noun, "page"},
    {&audit_noun, "api"},
    {&customers_page_noun, "page"},
    {&invoice_items_noun, "page"},
    {&invoices_page_noun, "page"},
    {&customer_notes_noun, "api"},
    {&activity_noun, "api"},
    {&coupon_uses_noun, "page"},
    {&tasks_page_noun, "page"},
    {&servers_page_noun, "page"},
    {&websites_page_noun, "page"},
    {&orders_noun, "api"},
    {&orders_page_noun, "page"},
    {&refusals_noun, "api"},
    {&refusals_page_noun, "page"},
    {&public_announcements_noun, "client"},
    {&portal_services_noun, "client"},
    {&portal_services_page_noun, "page"},
    {&portal_domains_noun, "client"},
    {&portal_changes_noun, "client"},
    {&portal_invoices_noun, "client"},
    {&kb_public_noun, "client"},
    {&kb_titles_noun, "client"},
    {&kb_shelves_noun, "client"},
    {&portal_payments_noun, "client"},
    {&portal_profile_noun, "client"},
    {&portal_exports_noun, "client"},
    {&log_ins_noun, "account"},
    {&export_account_noun, "export"},
    {&export_people_noun, "export"},
    {&export_orders_noun, "export"},
    {&export_order_items_noun, "export"},
    {&export_subscriptions_noun, "export"},
    {&export_websites_noun, "export"},
    {&export_domains_noun, "export"},
    {&export_invoices_noun, "export"},
    {&export_lines_noun, "export"},
    {&export_payments_noun, "export"},
    {&export_refunds_noun, "export"},
    {&export_credit_notes_noun, "export"},
    {&export_credit_noun, "export"},
    {&export_plan_changes_noun, "export"},
    {&export_tickets_noun, "export"},
    {&export_messages_noun, "export"},
    {&export_attachments_noun, "export"},
    {&export_ratings_noun, "export"},
    {&export_mails_noun, "export"},
    {&export_activity_noun, "export"},
    {&portal_tickets_noun, "client"},
    {&tickets_noun, "api"},
    {NULL},
};

/* answers, before a ticket is sent */
help_suggester *const help_suggest = kb_put_suggestions;

noun_auditor *const noun_note = audit_noun_row;
noun_witness *const noun_changed_by = audit_noun_changed;

static const struct route *const room_tables[] = {
    web_routes,
    health_routes,
    login_page_routes,
    auth_api_routes,
    account_api_routes,
    account_page_routes,
    users_api_routes,
    roles_api_routes,
    tokens_api_routes,
    address_api_routes,
    tenants_api_routes,
    tenants_page_routes,
    tenants_hosts_page_routes,
    tenants_state_page_routes,
    security_page_routes,
    tokens_page_routes,
    users_page_routes,
    roles_page_routes,
    link_page_routes,
    factor_api_routes,
    factor_page_routes,
    approvals_api_routes,
    approvals_page_routes,
    audit_api_routes,
    audit_page_routes,
    intake_routes,
    worker_routes,
    tasks_api_routes,
    agent_routes,
    archive_routes,
    enroll_routes,
    hosting_api_routes,
    domains_api_routes,
    billing_api_routes,
    ledger_api_routes,
    ledger_page_routes,
    invoices_api_routes,
    invoices_page_routes,
    people_api_routes,
    notes_api_routes,
    notes_page_routes,
    enter_page_routes,
    catalog_api_routes,
    products_api_routes,
    orders_api_routes,
    webhook_routes,
    checkout_routes,
    notices_api_routes,
    notices_page_routes,
    dashboard_page_routes,
    orders_page_routes,
    refusal_page_routes,
    customer_page_routes,
    status_api_routes,
    status_page_routes,
    announce_staff_routes,
    portal_api_routes,
    portal_page_routes,
    portal_services_api_routes,
    portal_cancel_page_routes,
    portal_plan_page_routes,
    portal_attach_api_routes,
    portal_attach_page_routes,
    portal_domains_page_routes,
    portal_pay_api_routes,
    portal_pay_page_routes,
    portal_people_api_routes,
    portal_people_page_routes,
    kb_api_routes,
    kb_page_routes,
    kb_staff_routes,
    portal_profile_api_routes,
    portal_profile_page_routes,
    portal_export_api_routes,
    portal_export_page_routes,
    portal_close_api_routes,
    portal_close_page_routes,
    help_api_routes,
    help_page_routes,
    desk_api_routes,
    desk_page_routes,
    portal_backups_api_routes,
    portal_backups_page_routes,
    provisioning_page_routes,
    server_page_routes,
    server_metrics_routes,
    website_page_routes,
    search_page_routes,
    settings_api_routes,
    settings_page_routes,
    search_api_routes,
    brand_api_routes,
    brand_page_routes,
    mail_api_routes,
    mail_page_routes,
    styleguide_routes,
    openapi_routes,
    api_docs_routes,
    guardian_routes,
    jobs_api_routes,
    jobs_page_routes,
    soon_page_routes,
    soon_api_routes,
};

const struct route *const *
wiring_routes(size_t *n_out)
{
	static const struct route *tables[N_ELEMS(room_tables) + 1];

	memcpy(tables, room_tables, sizeof(room_tables));
	tables[N_ELEMS(room_tables)] =
	    noun_routes(room_tables, N_ELEMS(room_tables));
	*n_out = tables[N_ELEMS(room_tables)] ? N_ELEMS(tables) : 0;
	return tables;
}

static const struct api_shape *const shape_tables[] = {
    main_shapes,
    auth_shapes,
    identity_shapes,
    tenancy_shapes,
    mail_shapes,
    catalog_shapes,
    billing_shapes,
    provisioning_shapes,
    hosting_shapes,
    domains_shapes,
    orders_shapes,
    announce_shapes,
    portal_shapes,
    kb_shapes,
    support_shapes,
};

struct api_tables
wiring_api(void)
{
	struct api_tables t = {
	    .shapes = shape_tables, .n_shapes = N_ELEMS(shape_tables)};

	t.routes = wiring_routes(&t.n_routes);
	return t;
}

const struct gate_ops gate_ops = {
    .tenant_of_host = identity_tenant_of_host,
    .actor_of_cookie = identity_actor_of_cookie,
    .actor_of_token = identity_actor_of_token,
    .note_denied = identity_note_denied,
    .note_refused = intake_note_refused,
    .dress = menu_dress,
    .touch = identity_touch,
};

const struct fact_hearer fact_hearers[] = {
    {FACT_ORDER_PLACED, customer_welcome},
    {FACT_SITE_NAMED, order_site_named},
    {FACT_TASK_SUCCEEDED, order_task_succeeded},
    {FACT_TASK_FAILED, order_task_failed},
    {FACT_TASK_RETRIED, order_task_retried},
    {FACT_TASK_CANCELLED, order_task_failed},
    {FACT_INVOICE_PAID, order_invoice_paid},
    {FACT_INVOICE_VOID, order_invoice_void},
    {FACT_SUBSCRIPTION_ACTIVE, subscription_mail_ready},
    {FACT_SUBSCRIPTION_SUSPENDED, subscription_mail_suspended},
    {FACT_SUBSCRIPTION_ENDED, domain_subscription_ended},
    {FACT_OUTBOX_DEAD, export_dead},
    {FACT_OUTBOX_DEAD, mail_outbox_dead},
    {FACT_MAIL_RESENT, audit_mail_resent},
    {FACT_MAIL_STOPPED, audit_mail_stopped},
    {FACT_MAIL_TESTED, audit_mail_tested},
    {FACT_BRAND_CHANGED, audit_brand_changed},
    {FACT_TENANT_RESUMED, mail_tenant_resumed},
    {FACT_TICKET_OPENED, ticket_mail_opened},
    {FACT_TICKET_REPLIED, ticket_mail_replied},
    {FACT_TICKET_CLOSED, ticket_mail_closed},
    {.hear = NULL},
};

const struct mail_filler mail_fillers[] = {
    {MAIL_ORDER_CONFIRMATION, "orderId", order_mail_fill},
    {MAIL_ORDER_REFUNDED, "orderId", order_refunded_fill},
    {MAIL_INVOICE, "invoiceId", invoice_mail_fill},
    {MAIL_RECEIPT, "paymentId", receipt_mail_fill},
    {MAIL_SERVICE_READY, "subscriptionId", subscription_mail_fill},
    {MAIL_SERVICE_SUSPENDED, "subscriptionId", subscription_mail_fill},
    {MAIL_SERVICE_ENDING, "subscriptionId", subscription_ending_fill},
    {MAIL_SERVICE_KEPT, "subscriptionId", subscription_kept_fill},
    {MAIL_SERVICE_ENDED, "subscriptionId", subscription_mail_fill},
    {MAIL_USAGE, "crossingId", usage_mail_fill},
    {MAIL_SITE_RESTORED, "taskId", restore_mail_fill},
    {MAIL_SITE_NOT_RESTORED, "taskId", restore_mail_fill},
    {MAIL_TICKET_RECEIVED, "ticketId", ticket_mail_fill},
    {MAIL_TICKET_REPLIED, "messageId", ticket_answer_fill},
    {MAIL_TICKET_CLOSED, "ticketId", ticket_mail_fill},
    {MAIL_TICKET_ASKED, "messageId", ticket_asked_fill},
    {MAIL_STAFF_REVIEW, "orderId", order_review_fill},
    {MAIL_STAFF_REFUSED_INTAKE, "refusalId", refusal_mail_fill},
    {MAIL_STAFF_TASK_FAILED, "taskId", task_mail_fill},
    {MAIL_STAFF_NO_PLACE, "taskId", place_mail_fill},
    {MAIL_STAFF_DEAD_LETTER, "outboxId", mail_dead_fill},
    {MAIL_STAFF_AUDIT, "tenantId", audit_mail_fill},
    {MAIL_STAFF_APPROVAL, "approvalId", approval_mail_fill},
    {MAIL_PLAN_ASKED, "changeId", plan_mail_fill},
    {MAIL_PLAN_ACCEPTED, "changeId", plan_mail_fill},
    {MAIL_PLAN_DECLINED, "changeId", plan_mail_fill},
    {MAIL_STAFF_PLAN_ASKED, "changeId", plan_alert_fill},
    {MAIL_STAFF_SERVICE_ENDING, "subscriptionId", subscription_end_alert_fill},
    {MAIL_STAFF_PAYMENT, "paymentId", payment_mail_fill},
    {MAIL_STAFF_CLOSE, "customerId", close_mail_fill},
    {MAIL_STAFF_TICKET, "messageId", ticket_alert_fill},
    {MAIL_STAFF_TICKET_LATE, "ticketId", ticket_late_fill},
    {.template = NULL},
};

/* What customers take with them. */
const struct exporter exporters[] = {
    {"account", "Your account: names, address, tax id, credit",
	&export_account_noun, NULL},
    {"people", "Who looks after it", &export_people_noun, NULL},
    {"orders", "Your orders", &export_orders_noun, NULL},
    {"order-items", "What you ordered", &export_order_items_noun, NULL},
    {"subscriptions", "Your services", &export_subscriptions_noun, NULL},
    {"websites", "Your websites, without their files", &export_websites_noun,
	NULL},
    {"domains", "Your domains", &export_domains_noun, NULL},
    {"invoices", "Your invoices, each also on paper", &export_invoices_noun,
	export_invoice_file},
    {"invoice-lines", "What the invoices are for", &export_lines_noun, NULL},
    {"payments", "Your payments", &export_payments_noun, NULL},
    {"refunds", "What was paid back", &export_refunds_noun, NULL},
    {"credit-notes", "Your credit notes, each also on paper",
	&export_credit_notes_noun, export_credit_note_file},
    {"credit", "What went into your credit, and out of it", &export_credit_noun,
	NULL},
    {"plan-changes", "Which other plans you asked for",
	&export_plan_changes_noun, NULL},
    {"tickets", "What you asked us", &export_tickets_noun, NULL},
    {"messages", "What was said about it", &export_messages_noun, NULL},
    {"attachments", "The files of it, each as it was sent",
	&export_attachments_noun, export_attachment_file},
    {"ratings", "What you said of our help", &export_ratings_noun, NULL},
    {"mails", "Which mails were sent to you", &export_mails_noun, NULL},
    {"activity", "What was done to all of this, and by whom",
	&export_activity_noun, NULL},
    {.name = NULL},
};

const struct task_kind task_kinds[] = {
    HOSTING_TASK_KINDS,
    {.type = NULL},
};

const struct invariant *const invariant_tables[] = {
    identity_invariants,
    billing_invariants,
    catalog_invariants,
    provisioning_invariants,
    hosting_invariants,
    orders_invariants,
    knowledge_invariants,
    support_invariants,
};
const size_t n_invariant_tables = N_ELEMS(invariant_tables);
