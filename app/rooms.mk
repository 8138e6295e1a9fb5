# the business rooms, from left to right; a room links those to its left
noinst_LIBRARIES += libjobs.a
libjobs_a_SOURCES = \
	app/jobs/checks.c app/jobs/checks.h \
	app/jobs/clock_log.c app/jobs/clock_log.h \
	app/jobs/jobs_noun.c app/jobs/jobs_noun.h \
	app/jobs/outbox.c app/jobs/outbox.h \
	app/jobs/due.c app/jobs/due.h \
	app/jobs/work.c app/jobs/work.h

noinst_LIBRARIES += libtenancy.a
libtenancy_a_SOURCES = \
	app/tenancy/shapes_api.c \
	app/tenancy/brand.c app/tenancy/brand.h \
	app/tenancy/brand_api.c app/tenancy/brand_api.h \
	app/tenancy/brand_pages.c \
	app/tenancy/colour.c app/tenancy/colour.h \
	app/tenancy/host.c \
	app/tenancy/logo.c app/tenancy/logo.h \
	app/tenancy/tenant.c app/tenancy/tenant.h \
	app/tenancy/tenant_change.c app/tenancy/tenant_parts.h \
	app/tenancy/tenant_setting.c app/tenancy/tenant_setting.h \
	app/tenancy/tenant_settings.c app/tenancy/tenant_settings.h \
	app/tenancy/tenant_settings_list.c \
	app/tenancy/tenants_noun.c app/tenancy/tenants_noun.h

noinst_LIBRARIES += libmail.a
libmail_a_SOURCES = \
	app/mail/shapes_api.c \
	app/mail/mail.c app/mail/mail.h app/mail/mail_parts.h \
	app/mail/mail_alert.c app/mail/mail_alert.h \
	app/mail/mail_api.c app/mail/mail_api.h \
	app/mail/mail_compose.c app/mail/mail_compose.h \
	app/mail/mail_fill.c app/mail/mail_fill.h \
	app/mail/mail_kinds.c \
	app/mail/mail_noun.c app/mail/mail_noun.h \
	app/mail/mail_pages.c app/mail/mail_pages.h \
	app/mail/mail_render.c \
	app/mail/mail_verbs.c app/mail/mail_verbs.h \
	app/mail/mail_work.c app/mail/mail_work.h \
	app/mail/incoming.c app/mail/incoming.h \
	app/mail/incoming_body.c app/mail/incoming_gmime.c \
	app/mail/incoming_head.c app/mail/incoming_parts.h \
	app/mail/incoming_report.c \
	app/mail/incoming_html.c \
	app/mail/incoming_text.c \
	app/mail/message.c app/mail/message.h \
	app/mail/quoted.c app/mail/quoted.h \
	app/mail/reply_address.c app/mail/reply_address.h \
	app/mail/template_pages.c

noinst_LIBRARIES += libidentity.a
libidentity_a_SOURCES = \
	app/identity/auth_shapes_api.c app/identity/shapes_api.c \
	app/identity/account.c app/identity/account.h \
	app/identity/account_api.c app/identity/account_api.h \
	app/identity/account_change_api.c app/identity/account_change_api.h \
	app/identity/account_link.c app/identity/account_link.h \
	app/identity/account_pages.c app/identity/account_pages.h \
	app/identity/address_api.c app/identity/address_api.h \
	app/identity/address_rule.c app/identity/address_rule.h \
	app/identity/api_token.c app/identity/api_token.h \
	app/identity/approval.c app/identity/approval.h \
	app/identity/approval_mails.c app/identity/approval_mails.h \
	app/identity/approval_title.c \
	app/identity/approvals_api.c app/identity/approvals_api.h \
	app/identity/approvals_pages.c \
	app/identity/audit.c app/identity/audit.h \
	app/identity/audit_api.c app/identity/audit_api.h \
	app/identity/audit_chain.c app/identity/audit_chain.h \
	app/identity/audit_list_pages.c \
	app/identity/audit_forget.c \
	app/identity/audit_kept.c \
	app/identity/audit_mails.c app/identity/audit_mails.h \
	app/identity/audit_parts.h \
	app/identity/audit_seal.c \
	app/identity/audit_verify.c \
	app/identity/audit_walk.c \
	app/identity/audit_work.c app/identity/audit_work.h \
	app/identity/audit_export.c app/identity/audit_export.h \
	app/identity/audit_facts.c app/identity/audit_facts.h \
	app/identity/audit_nouns.c app/identity/audit_nouns.h \
	app/identity/audit_pages.c app/identity/audit_pages.h \
	app/identity/auth_api.c app/identity/auth_api.h \
	app/identity/gate_api.c app/identity/gate_api.h \
	app/identity/invariants.c app/identity/invariants.h \
	app/identity/jwt.c app/identity/jwt.h \
	app/identity/browser.c app/identity/browser.h \
	app/identity/challenge.c app/identity/challenge.h \
	app/identity/factor.c app/identity/factor.h \
	app/identity/factor_parts.h \
	app/identity/factor_api.c app/identity/factor_api.h \
	app/identity/factor_codes.c \
	app/identity/factor_mail.c \
	app/identity/factor_pages.c app/identity/factor_pages.h \
	app/identity/factor_totp.c \
	app/identity/company_rules.c app/identity/company_rules.h \
	app/identity/device.c app/identity/device.h \
	app/identity/link_pages.c \
	app/identity/log_ins_noun.c app/identity/log_ins_noun.h \
	app/identity/log_ins_pages.c \
	app/identity/login.c app/identity/login.h \
	app/identity/login_api.c app/identity/login_api.h \
	app/identity/login_limits_api.c app/identity/login_limits_api.h \
	app/identity/login_pages.c app/identity/login_pages.h \
	app/identity/platform.c app/identity/platform.h \
	app/identity/qr.c app/identity/qr.h \
	app/identity/password.c app/identity/password.h \
	app/identity/personal_key.c app/identity/personal_key.h \
	app/identity/personal_key_pages.c \
	app/identity/personal_key_pages.h \
	app/identity/role.c app/identity/role.h \
	app/identity/role_list.c \
	app/identity/role_made.c app/identity/role_made.h \
	app/identity/roles_api.c app/identity/roles_api.h \
	app/identity/roles_pages.c \
	app/identity/role_change_api.c app/identity/role_change_api.h \
	app/identity/security_pages.c \
	app/identity/session.c app/identity/session.h \
	app/identity/settings_api.c app/identity/settings_api.h \
	app/identity/settings_pages.c \
	app/identity/session_parts.h \
	app/identity/session_visit.c \
	app/identity/throttle.c app/identity/throttle.h \
	app/identity/tenants_api.c app/identity/tenants_api.h \
	app/identity/tenants_hosts_pages.c \
	app/identity/tenants_state_pages.c \
	app/identity/tenants_pages.c app/identity/tenants_pages.h \
	app/identity/totp.c app/identity/totp.h \
	app/identity/tokens_api.c app/identity/tokens_api.h \
	app/identity/tokens_pages.c \
	app/identity/user.c app/identity/user.h \
	app/identity/users_api.c app/identity/users_api.h \
	app/identity/users_noun.c app/identity/users_noun.h \
	app/identity/users_pages.c app/identity/users_pages.h

noinst_LIBRARIES += libcatalog.a
libcatalog_a_SOURCES = \
	app/catalog/shapes_api.c \
	app/catalog/catalog_api.c app/catalog/catalog_api.h \
	app/catalog/coupon.c app/catalog/coupon.h \
	app/catalog/coupons_noun.c app/catalog/coupons_noun.h \
	app/catalog/invariants.c app/catalog/invariants.h \
	app/catalog/extras_noun.c app/catalog/extras_noun.h \
	app/catalog/products_api.c app/catalog/products_api.h \
	app/catalog/products_noun.c app/catalog/products_noun.h \
	app/catalog/period.c app/catalog/period.h \
	app/catalog/product.c app/catalog/product.h

noinst_LIBRARIES += libbilling.a
libbilling_a_SOURCES = \
	app/billing/shapes_api.c \
	app/billing/billing_api.c app/billing/billing_api.h \
	app/billing/billing_mails.c app/billing/billing_mails.h \
	app/billing/billing_nouns.c app/billing/billing_nouns.h \
	app/billing/checkout.c app/billing/checkout.h \
	app/billing/checkout_event.c app/billing/checkout_settle.c \
	app/billing/checkout_work.c app/billing/checkout_work.h \
	app/billing/counter.c app/billing/counter.h \
	app/billing/customer.c app/billing/customer.h \
	app/billing/customer_close.c app/billing/customer_close.h \
	app/billing/customer_mail.c app/billing/customer_mail.h \
	app/billing/customer_people.c app/billing/customer_people.h \
	app/billing/customer_notes.c app/billing/customer_notes.h \
	app/billing/enter_pages.c \
	app/billing/notes_api.c app/billing/notes_api.h \
	app/billing/notes_pages.c \
	app/billing/people_api.c \
	app/billing/invariants.c app/billing/invariants.h \
	app/billing/credit_note.c app/billing/credit_note.h \
	app/billing/invoice.c app/billing/invoice.h \
	app/billing/invoice_hand.c app/billing/invoice_hand.h \
	app/billing/invoice_held.c app/billing/invoice_held.h \
	app/billing/invoice_verbs.c app/billing/invoice_verbs.h \
	app/billing/invoice_body_api.c \
	app/billing/invoices_api.c app/billing/invoices_api.h \
	app/billing/invoices_pages.c app/billing/invoices_pages.h \
	app/billing/invoice_ask_pages.h \
	app/billing/invoice_form_pages.c \
	app/billing/invoice_money_pages.c \
	app/billing/invoice_paper_pages.c \
	app/billing/invoice_paper.h \
	app/billing/invoice_pdf.c app/billing/invoice_pdf.h \
	app/billing/invoice_rows_pages.c \
	app/billing/invoice_show_pages.c app/billing/invoice_show_pages.h \
	app/billing/invoice_verb_pages.c \
	app/billing/ledger.c app/billing/ledger.h \
	app/billing/ledger_api.c app/billing/ledger_api.h \
	app/billing/ledger_noun.c app/billing/ledger_noun.h \
	app/billing/ledger_pages.c \
	app/billing/tally.c app/billing/tally.h \
	app/billing/plan_change.c app/billing/plan_change.h \
	app/billing/plan_changes_noun.c app/billing/plan_changes_noun.h \
	app/billing/plan_mails.c app/billing/plan_mails.h \
	app/billing/payment.c app/billing/payment.h \
	app/billing/payment_parts.h app/billing/payment_refund.c \
	app/billing/refund_all.c app/billing/refund_all.h \
	app/billing/payment_said.c app/billing/payment_said.h \
	app/billing/receipt_pages.c app/billing/receipt_pages.h \
	app/billing/refund_limit_api.c app/billing/refund_limit_api.h \
	app/billing/refund_work.c app/billing/refund_work.h \
	app/billing/stripe_client.c app/billing/stripe_client.h \
	app/billing/subscription.c app/billing/subscription.h \
	app/billing/subscription_end.c app/billing/subscription_end.h \
	app/billing/subscription_verbs.c app/billing/subscription_verbs.h \
	app/billing/tax.c app/billing/tax.h \
	app/billing/tax_id.c app/billing/tax_id.h \
	app/billing/tax_noun.c app/billing/tax_noun.h

noinst_LIBRARIES += libprovisioning.a
libprovisioning_a_SOURCES = \
	app/provisioning/shapes_api.c \
	app/provisioning/invariants.c app/provisioning/invariants.h \
	app/provisioning/agent_state.h \
	app/provisioning/provisioning_pages.c \
	app/provisioning/provisioning_pages.h \
	app/provisioning/task_pages.c \
	app/provisioning/tasks_pages.c \
	app/provisioning/task.h app/provisioning/task_parts.h \
	app/provisioning/task_mails.c app/provisioning/task_mails.h \
	app/provisioning/task_verbs.c app/provisioning/task_verbs.h \
	app/provisioning/task_lease.c \
	app/provisioning/task_outcome.c \
	app/provisioning/task_place.c \
	app/provisioning/task_row.c \
	app/provisioning/tasks_api.c \
	app/provisioning/tasks_noun.c app/provisioning/tasks_noun.h \
	app/provisioning/worker_api.c app/provisioning/worker_api.h

noinst_LIBRARIES += libhosting.a
libhosting_a_SOURCES = \
	app/hosting/shapes_api.c \
	app/hosting/agent_api.c app/hosting/agent_api.h \
	app/hosting/archive_api.c \
	app/hosting/archive_fetch.c app/hosting/archive_fetch.h \
	app/hosting/archive_file.c app/hosting/archive_file.h \
	app/hosting/backup.c app/hosting/backup.h \
	app/hosting/backup_list.c app/hosting/backup_list.h \
	app/hosting/backups_noun.c \
	app/hosting/history.c app/hosting/history.h \
	app/hosting/metrics_pages.c \
	app/hosting/restore.c app/hosting/restore.h \
	app/hosting/removal.c app/hosting/removal.h \
	app/hosting/rollup.c app/hosting/rollup.h \
	app/hosting/charts_pages.c \
	app/hosting/servers_pages.c app/hosting/servers_pages.h \
	app/hosting/websites_pages.c app/hosting/websites_pages.h \
	app/hosting/configure.c app/hosting/configure.h \
	app/hosting/ending.c app/hosting/ending.h \
	app/hosting/enroll_api.c \
	app/hosting/hosting_api.c app/hosting/hosting_api.h \
	app/hosting/hosting_nouns.c app/hosting/hosting_nouns.h \
	app/hosting/hosting_kinds.c app/hosting/hosting_kinds.h \
	app/hosting/hosting_verbs.c app/hosting/hosting_verbs.h \
	app/hosting/invariants.c app/hosting/invariants.h \
	app/hosting/payload.c app/hosting/payload.h \
	app/hosting/plan_work.c app/hosting/plan_work.h \
	app/hosting/placement.c app/hosting/placement.h \
	app/hosting/placement_wait.c \
	app/hosting/server.c app/hosting/server.h \
	app/hosting/servers_noun.c \
	app/hosting/usage.c app/hosting/usage.h \
	app/hosting/usage_pages.c app/hosting/usage_pages.h \
	app/hosting/website.c app/hosting/website.h \
	app/hosting/website_parts.h

noinst_LIBRARIES += libdomains.a
libdomains_a_SOURCES = \
	app/domains/shapes_api.c \
	app/domains/attach.c app/domains/attach.h \
	app/domains/domain.c app/domains/domain.h \
	app/domains/domains_api.c app/domains/domains_api.h \
	app/domains/domains_noun.c app/domains/domains_noun.h

noinst_LIBRARIES += liborders.a
liborders_a_SOURCES = \
	app/orders/shapes_api.c \
	app/orders/intake.h app/orders/intake_read.c \
	app/orders/checkout_api.c app/orders/stripe_api.h \
	app/orders/correct_pages.c \
	app/orders/customer_pages.c app/orders/customer_rows_pages.c \
	app/orders/customers_pages.c \
	app/orders/dashboard_pages.c \
	app/orders/todo_pages.c \
	app/orders/decide_pages.c \
	app/orders/order_pages.c app/orders/order_rows_pages.c \
	app/orders/orders_pages.c app/orders/orders_pages.h \
	app/orders/refusals_pages.c \
	app/orders/intake_api.c app/orders/intake_api.h \
	app/orders/stripe_event.c app/orders/stripe_event.h \
	app/orders/webhook_api.c \
	app/orders/invariants.c app/orders/invariants.h \
	app/orders/orders_api.c app/orders/orders_api.h \
	app/orders/orders_nouns.c app/orders/orders_nouns.h \
	app/orders/money.c app/orders/money.h \
	app/orders/notices.c app/orders/notices.h \
	app/orders/notices_api.c app/orders/notices_api.h \
	app/orders/notices_pages.c \
	app/orders/order.h app/orders/order_parts.h \
	app/orders/order_answer.c \
	app/orders/order_check.c \
	app/orders/order_coupon.c \
	app/orders/order_decide.c \
	app/orders/order_fulfil.c \
	app/orders/order_look.c app/orders/order_look.h \
	app/orders/order_place.c app/orders/order_place.h \
	app/orders/order_paid.c \
	app/orders/order_write.c \
	app/orders/new_order_api.c app/orders/new_order_api.h \
	app/orders/new_order_form_pages.c \
	app/orders/new_order_said_pages.c \
	app/orders/new_order_pages.c app/orders/new_order_pages.h \
	app/orders/order_mails.c app/orders/order_mails.h \
	app/orders/order_progress.c \
	app/orders/order_store.c \
	app/orders/order_take.c \
	app/orders/refund_api.c app/orders/refund_api.h \
	app/orders/refusal.c app/orders/refusal.h \
	app/orders/suggest_pages.c \
	app/orders/summary.c app/orders/summary.h

noinst_LIBRARIES += libannounce.a
libannounce_a_SOURCES = \
	app/announce/shapes_api.c \
	app/announce/announce.c app/announce/announce.h \
	app/announce/announce_api.h \
	app/announce/announce_nouns.c app/announce/announce_nouns.h \
	app/announce/announce_read.c \
	app/announce/feed_pages.c \
	app/announce/public_pages.c app/announce/public_pages.h \
	app/announce/staff_pages.c \
	app/announce/status_api.c app/announce/status_pages.c

noinst_LIBRARIES += libportal.a
libportal_a_SOURCES = \
	app/portal/shapes_api.c \
	app/portal/account.c app/portal/account.h \
	app/portal/account_pages.c \
	app/portal/billing_pages.c \
	app/portal/backups.c app/portal/backups.h \
	app/portal/backups_api.c \
	app/portal/backups_pages.c \
	app/portal/attach_api.c app/portal/attach_api.h \
	app/portal/attach_pages.c \
	app/portal/cancel_pages.c \
	app/portal/close_api.c \
	app/portal/close_pages.c \
	app/portal/domains_pages.c \
	app/portal/export.c app/portal/export.h \
	app/portal/export_api.c \
	app/portal/export_nouns.c \
	app/portal/export_pages.c \
	app/portal/export_sweep.c \
	app/portal/export_work.c \
	app/portal/home_pages.c \
	app/portal/invoices_pages.c \
	app/portal/lists_pages.c \
	app/portal/pay_api.c app/portal/pay_api.h \
	app/portal/pay_pages.c \
	app/portal/people.c app/portal/people.h \
	app/portal/people_api.c \
	app/portal/people_pages.c \
	app/portal/profile.h \
	app/portal/profile_api.c \
	app/portal/profile_pages.c \
	app/portal/plan_pages.c \
	app/portal/portal_api.c app/portal/portal_api.h \
	app/portal/portal_nouns.c app/portal/portal_nouns.h \
	app/portal/portal_pages.h \
	app/portal/service_pages.h \
	app/portal/services_api.c \
	app/portal/services_pages.c \
	app/portal/status_pages.c \
	app/portal/usage_pages.c \
	app/portal/zip.c app/portal/zip.h

noinst_LIBRARIES += libknowledge.a
libknowledge_a_SOURCES = \
	app/knowledge/shapes_api.c \
	app/knowledge/invariants.c app/knowledge/invariants.h \
	app/knowledge/kb_api.c app/knowledge/kb_api.h \
	app/knowledge/kb_article.c app/knowledge/kb_article.h \
	app/knowledge/kb_miss.c app/knowledge/kb_miss.h \
	app/knowledge/kb_nouns.c app/knowledge/kb_nouns.h \
	app/knowledge/kb_search.c app/knowledge/kb_search.h \
	app/knowledge/kb_verbs.c app/knowledge/kb_verbs.h \
	app/knowledge/public_pages.c \
	app/knowledge/staff_pages.c

noinst_LIBRARIES += libsupport.a
libsupport_a_SOURCES = \
	app/support/desk_api.c \
	app/support/help_api.c \
	app/support/help_form_pages.c \
	app/support/help_pages.c \
	app/support/inbox_pages.c \
	app/support/canned.c app/support/desk.h \
	app/support/invariants.c app/support/invariants.h \
	app/support/mail_in.c app/support/mail_in.h \
	app/support/mail_in_files.c \
	app/support/mail_in_noun.c \
	app/support/mail_in_once.c \
	app/support/mail_in_parts.h \
	app/support/mail_in_who.c \
	app/support/merge_pages.c \
	app/support/rating_pages.c \
	app/support/said_api.c \
	app/support/shapes_api.c \
	app/support/support_api.h \
	app/support/support_pages.h \
	app/support/talk_pages.c \
	app/support/ticket.c app/support/ticket.h \
	app/support/ticket_agents.c \
	app/support/ticket_copy.c \
	app/support/ticket_clock.c app/support/ticket_clock.h \
	app/support/ticket_export.c app/support/ticket_export.h \
	app/support/ticket_late.c \
	app/support/ticket_merge.c app/support/ticket_rating.c \
	app/support/ticket_tags.c \
	app/support/ticket_file.c app/support/ticket_file.h \
	app/support/ticket_fill.c \
	app/support/ticket_form_pages.c \
	app/support/ticket_link.c \
	app/support/ticket_mails.c app/support/ticket_mails.h \
	app/support/ticket_message.c \
	app/support/ticket_pages.c \
	app/support/ticket_parts.h \
	app/support/ticket_people.c app/support/ticket_people.h \
	app/support/ticket_state.c \
	app/support/ticket_store.c \
	app/support/ticket_sweep.c app/support/ticket_sweep.h \
	app/support/tickets_noun.c app/support/tickets_noun.h

# All of them, in link order.
ROOM_LIBS = libsupport.a libknowledge.a libportal.a libannounce.a liborders.a libdomains.a libhosting.a libprovisioning.a \
	libbilling.a libcatalog.a libidentity.a libmail.a \
	libtenancy.a libjobs.a \
	libface.a libresource.a
