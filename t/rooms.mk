# tests of the business rooms

IDENTITY_LIBS = libidentity.a libmail.a libtenancy.a libjobs.a $(TESTDB_LIBS)
check_PROGRAMS += \
	t/identity/account.t \
	t/identity/address_rule.t \
	t/identity/api_token.t \
	t/identity/approval.t \
	t/identity/audit_chain.t \
	t/identity/gate.t t/identity/host.t \
	t/identity/jwt.t \
	t/identity/keys_upgrade.t \
	t/identity/factor.t \
	t/identity/login.t \
	t/identity/password.t \
	t/identity/personal_key.t \
	t/identity/role.t \
	t/identity/role_made.t \
	t/identity/session.t \
	t/identity/throttle.t \
	t/identity/user.t \
	t/tenancy/brand.t t/tenancy/settings.t t/tenancy/tenant.t
t_identity_address_rule_t_SOURCES = t/identity/address_rule.c \
	t/identity/people.h
t_identity_address_rule_t_LDADD = $(IDENTITY_LIBS)
t_identity_account_t_SOURCES = t/identity/account.c t/identity/people.h
t_identity_account_t_LDADD = $(IDENTITY_LIBS)
t_identity_api_token_t_SOURCES = t/identity/api_token.c t/identity/people.h
t_identity_api_token_t_LDADD = $(IDENTITY_LIBS)
t_identity_approval_t_SOURCES = t/identity/approval.c t/identity/people.h
t_identity_approval_t_LDADD = libidentity.a libmail.a libtenancy.a libjobs.a libtemplate.a \
	$(TESTDB_LIBS)
t_identity_audit_chain_t_SOURCES = t/identity/audit_chain.c \
	app/main/settings.c
t_identity_audit_chain_t_LDADD = $(IDENTITY_LIBS)
t_identity_host_t_SOURCES = t/identity/host.c t/identity/people.h
t_identity_host_t_LDADD = libidentity.a libmail.a libtenancy.a libjobs.a \
	$(WEBTEST_LIBS)
t_identity_gate_t_SOURCES = t/identity/gate.c t/identity/people.h
t_identity_gate_t_LDADD = libidentity.a libmail.a libtenancy.a libjobs.a \
	$(WEBTEST_LIBS)
t_identity_jwt_t_SOURCES = t/identity/jwt.c
t_identity_jwt_t_LDADD = $(IDENTITY_LIBS)
t_identity_keys_upgrade_t_SOURCES = t/identity/keys_upgrade.c t/identity/people.h \
	t/fault/steps.c t/fault/steps.h
t_identity_keys_upgrade_t_LDADD = $(IDENTITY_LIBS)
t_identity_personal_key_t_SOURCES = t/identity/personal_key.c t/identity/people.h
t_identity_personal_key_t_LDADD = $(IDENTITY_LIBS)
t_identity_login_t_SOURCES = t/identity/login.c t/identity/people.h
t_identity_login_t_LDADD = $(IDENTITY_LIBS)
# hashes are counted
t_identity_login_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=crypto_pwhash
t_identity_factor_t_SOURCES = t/identity/factor.c t/identity/people.h
t_identity_factor_t_LDADD = $(IDENTITY_LIBS)
t_identity_throttle_t_SOURCES = t/identity/throttle.c t/identity/people.h
t_identity_throttle_t_LDADD = $(IDENTITY_LIBS)
EXTRA_PROGRAMS += t/identity/totp_cmd
identity_tools = t/identity/totp_cmd
t_identity_totp_cmd_SOURCES = t/identity/totp_cmd.c
t_identity_totp_cmd_LDADD = libidentity.a $(BASE_LIBS) $(OATH_LIBS)
t_identity_password_t_SOURCES = t/identity/password.c
t_identity_password_t_LDADD = $(IDENTITY_LIBS)
t_identity_role_t_SOURCES = t/identity/role.c
t_identity_role_t_LDADD = $(IDENTITY_LIBS)
t_identity_role_made_t_SOURCES = t/identity/role_made.c t/identity/people.h
t_identity_role_made_t_LDADD = $(IDENTITY_LIBS)
t_identity_session_t_SOURCES = t/identity/session.c t/identity/people.h
t_identity_session_t_LDADD = $(IDENTITY_LIBS)
t_identity_user_t_SOURCES = t/identity/user.c t/identity/people.h
t_identity_user_t_LDADD = $(IDENTITY_LIBS)
t_tenancy_brand_t_SOURCES = t/tenancy/brand.c
t_tenancy_brand_t_LDADD = libtenancy.a $(TESTDB_LIBS)
t_tenancy_settings_t_SOURCES = t/tenancy/settings.c
t_tenancy_settings_t_LDADD = libtenancy.a libresource.a $(TESTDB_LIBS)
t_tenancy_tenant_t_SOURCES = t/tenancy/tenant.c
t_tenancy_tenant_t_LDADD = libtenancy.a $(TESTDB_LIBS)

# a tenant that sells; shop.c is the wiring of the flows in tests
check_LIBRARIES += libshop.a
libshop_a_SOURCES = t/lib/shop.c t/lib/shop.h \
	t/lib/shop_staff.c t/lib/shop_staff.h
SHOP_LIBS = libshop.a liborders.a libdomains.a libhosting.a \
	libprovisioning.a libbilling.a libcatalog.a libidentity.a \
	libmail.a libtenancy.a libjobs.a libresource.a libtemplate.a \
	$(TESTDB_LIBS)
check_PROGRAMS += \
	t/billing/books.t t/billing/customer_people.t t/billing/tally.t \
	t/billing/invoices.t \
	t/mail/flow.t \
	t/catalog/product.t \
	t/hosting/servers.t \
	t/catalog/extras.t \
	t/hosting/places.t \
	t/hosting/places_closed.t \
	t/hosting/places_race.t \
	t/hosting/places_upgrade.t \
	t/hosting/ending.t \
	t/hosting/plans.t \
	t/hosting/removals.t \
	t/hosting/sites.t \
	t/hosting/usage.t \
	t/hosting/rollup.t t/jobs/again.t t/jobs/work.t \
	t/orders/by_hand.t \
	t/orders/coupon_uses.t \
	t/orders/coupons.t \
	t/orders/intake.t \
	t/orders/invariants.t \
	t/orders/on_invoice.t \
	t/orders/placed.t \
	t/orders/plans.t \
	t/orders/products.t \
	t/orders/refusal.t \
	t/orders/review.t \
	t/orders/search.t t/orders/search_work.t \
	t/orders/storm.t \
	t/orders/take.t \
	t/orders/settle.t \
	t/orders/undecided.t \
	t/orders/undo.t \
	t/provisioning/alert.t \
	t/provisioning/storm.t \
	t/provisioning/tasks.t \
	t/resource/describe.t \
	t/resource/known.t \
	t/resource/list.t
t_mail_flow_t_SOURCES = t/mail/flow.c
t_mail_flow_t_LDADD = libshop.a liborders.a libdomains.a libhosting.a \
	libprovisioning.a libbilling.a libcatalog.a libidentity.a \
	libmail.a libtenancy.a libjobs.a libresource.a libtemplate.a \
	liboutside.a $(TESTDB_LIBS) $(CURL_LIBS) $(CARES_LIBS)
PLACING = t/orders/placing.c t/orders/placing.h
COUPONED = $(PLACING) t/orders/couponed.c t/orders/couponed.h
t_orders_by_hand_t_SOURCES = t/orders/by_hand.c $(PLACING)
t_orders_by_hand_t_LDADD = $(SHOP_LIBS)
t_orders_placed_t_SOURCES = t/orders/placed.c $(PLACING)
t_orders_placed_t_LDADD = $(SHOP_LIBS)
t_orders_on_invoice_t_SOURCES = t/orders/on_invoice.c $(PLACING)
t_orders_on_invoice_t_LDADD = $(SHOP_LIBS)
t_orders_coupon_uses_t_SOURCES = t/orders/coupon_uses.c $(COUPONED)
t_orders_coupon_uses_t_LDADD = $(SHOP_LIBS)
t_orders_coupons_t_SOURCES = t/orders/coupons.c $(COUPONED)
t_orders_coupons_t_LDADD = $(SHOP_LIBS)
t_orders_intake_t_SOURCES = t/orders/intake.c
t_orders_intake_t_LDADD = $(SHOP_LIBS)
t_orders_plans_t_SOURCES = t/orders/plans.c
t_orders_plans_t_LDADD = $(SHOP_LIBS)
t_orders_products_t_SOURCES = t/orders/products.c
t_orders_products_t_LDADD = libharm.a $(SHOP_LIBS)
t_orders_review_t_SOURCES = t/orders/review.c
t_orders_review_t_LDADD = $(SHOP_LIBS)
t_orders_search_t_SOURCES = t/orders/search.c
t_orders_search_t_LDADD = $(SHOP_LIBS)
t_orders_search_work_t_SOURCES = t/orders/search_work.c app/main/search_work.c
t_orders_search_work_t_LDADD = $(SHOP_LIBS)
t_orders_take_t_SOURCES = t/orders/take.c
t_orders_take_t_LDADD = $(SHOP_LIBS)
t_orders_settle_t_SOURCES = t/orders/settle.c
t_orders_settle_t_LDADD = $(SHOP_LIBS) liboutside.a $(CURL_LIBS) $(CARES_LIBS)
t_orders_undecided_t_SOURCES = t/orders/undecided.c
t_orders_undecided_t_LDADD = $(SHOP_LIBS)
t_orders_undo_t_SOURCES = t/orders/undo.c
t_orders_undo_t_LDADD = $(SHOP_LIBS)
t_provisioning_alert_t_SOURCES = t/provisioning/alert.c
t_provisioning_alert_t_LDADD = $(SHOP_LIBS)
t_provisioning_storm_t_SOURCES = t/provisioning/storm.c
t_provisioning_storm_t_LDADD = $(SHOP_LIBS)
t_provisioning_tasks_t_SOURCES = t/provisioning/tasks.c
t_provisioning_tasks_t_LDADD = $(SHOP_LIBS)
t_catalog_extras_t_SOURCES = t/catalog/extras.c
t_catalog_extras_t_LDADD = $(SHOP_LIBS)
t_hosting_places_t_SOURCES = t/hosting/places.c
t_hosting_places_t_LDADD = $(SHOP_LIBS)
t_hosting_places_closed_t_SOURCES = t/hosting/places_closed.c
t_hosting_places_closed_t_LDADD = $(SHOP_LIBS)
t_hosting_places_race_t_SOURCES = t/hosting/places_race.c
t_hosting_places_race_t_LDADD = $(SHOP_LIBS)
t_hosting_places_upgrade_t_SOURCES = t/hosting/places_upgrade.c \
	t/fault/steps.c t/fault/steps.h
t_hosting_places_upgrade_t_LDADD = $(SHOP_LIBS)
t_hosting_ending_t_SOURCES = t/hosting/ending.c
t_hosting_ending_t_LDADD = $(SHOP_LIBS)
t_hosting_plans_t_SOURCES = t/hosting/plans.c
t_hosting_plans_t_LDADD = $(SHOP_LIBS)
t_hosting_removals_t_SOURCES = t/hosting/removals.c t/identity/people.h
t_hosting_removals_t_LDADD = $(SHOP_LIBS)
t_hosting_sites_t_SOURCES = t/hosting/sites.c
t_hosting_sites_t_LDADD = $(SHOP_LIBS)
t_hosting_usage_t_SOURCES = t/hosting/usage.c
t_hosting_usage_t_LDADD = $(SHOP_LIBS)
t_hosting_rollup_t_SOURCES = t/hosting/rollup.c
t_hosting_rollup_t_LDADD = $(SHOP_LIBS)
t_jobs_again_t_SOURCES = t/jobs/again.c
t_jobs_again_t_LDADD = $(SHOP_LIBS)
t_jobs_work_t_SOURCES = t/jobs/work.c
t_jobs_work_t_LDADD = $(SHOP_LIBS)
t_resource_describe_t_SOURCES = t/resource/describe.c
t_resource_describe_t_LDADD = libresource.a $(TESTDB_LIBS)
t_resource_known_t_SOURCES = t/resource/known.c
t_resource_known_t_LDADD = libresource.a $(TESTDB_LIBS)
t_resource_list_t_SOURCES = t/resource/list.c
t_resource_list_t_LDADD = $(SHOP_LIBS)
t_orders_invariants_t_SOURCES = t/orders/invariants.c t/orders/lived.c t/orders/lived.h
t_orders_invariants_t_LDADD = $(SHOP_LIBS) liboutside.a $(CURL_LIBS)

check_PROGRAMS += t/knowledge/library.t
t_knowledge_library_t_SOURCES = t/knowledge/library.c
t_knowledge_library_t_LDADD = libknowledge.a $(SHOP_LIBS)

# Articles are found as quickly among ten thousand as among a thousand.
library: check-programs
	MPANEL_KB_ROWS=10000 $(srcdir)/t/run --build . t/knowledge/library.t
.PHONY: library

SUPPORT_LIBS = libsupport.a $(SHOP_LIBS)
DESK = t/support/desk.c t/support/desk.h
check_PROGRAMS += \
	t/support/clocks.t \
	t/support/files.t \
	t/support/plans.t \
	t/support/sweep.t \
	t/support/order.t \
	t/support/tickets.t
t_support_clocks_t_SOURCES = t/support/clocks.c $(DESK)
t_support_clocks_t_LDADD = $(SUPPORT_LIBS)
t_support_order_t_SOURCES = t/support/order.c $(DESK)
t_support_order_t_LDADD = $(SUPPORT_LIBS)
t_support_files_t_SOURCES = t/support/files.c app/main/settings.c
t_support_files_t_LDADD = $(SUPPORT_LIBS)
t_support_plans_t_SOURCES = t/support/plans.c $(DESK)
t_support_plans_t_LDADD = libsupport.a libportal.a $(SHOP_LIBS)
t_support_sweep_t_SOURCES = t/support/sweep.c $(DESK) app/main/settings.c
t_support_sweep_t_LDADD = $(SUPPORT_LIBS)
t_support_tickets_t_SOURCES = t/support/tickets.c $(DESK)
t_support_tickets_t_LDADD = $(SUPPORT_LIBS)

# pages, through the gate
check_PROGRAMS += \
	t/face/noun.t \
	t/face/verb.t \
	t/face/openapi.t \
	t/face/show.t \
	t/orders/new_order.t \
	t/orders/pages.t \
	t/orders/summary.t
t_face_noun_t_SOURCES = t/face/noun.c t/face/gadgets.c t/face/gadgets.h
t_face_noun_t_LDADD = libtenancy.a libface.a libresource.a $(WEBTEST_LIBS)
t_face_verb_t_SOURCES = t/face/verb.c t/face/gadgets.c t/face/gadgets.h
t_face_verb_t_LDADD = libtenancy.a libface.a libresource.a $(WEBTEST_LIBS)
t_face_openapi_t_SOURCES = t/face/openapi.c
t_face_openapi_t_LDADD = libface.a libresource.a libweb.a libtemplate.a \
	$(STORE_LIBS) $(FCGI_LIBS)
t_face_show_t_SOURCES = t/face/show.c
t_face_show_t_LDADD = libface.a libresource.a libweb.a libtemplate.a $(STORE_LIBS) \
	$(FCGI_LIBS)
SHOP_PAGES = t/lib/shop_pages.c t/lib/shop_pages.h
SHOP_PAGES_LIBS = libshop.a liborders.a libdomains.a libhosting.a \
	libprovisioning.a libbilling.a libcatalog.a libidentity.a \
	libmail.a libtenancy.a libjobs.a libface.a libresource.a liboutside.a \
	$(WEBTEST_LIBS) $(CURL_LIBS) $(CARES_LIBS)
t_orders_new_order_t_SOURCES = t/orders/new_order.c $(SHOP_PAGES)
t_orders_new_order_t_LDADD = $(SHOP_PAGES_LIBS)
t_orders_pages_t_SOURCES = t/orders/pages.c $(SHOP_PAGES)
t_orders_pages_t_LDADD = $(SHOP_PAGES_LIBS)
t_orders_summary_t_SOURCES = t/orders/summary.c
t_orders_summary_t_LDADD = $(SHOP_LIBS)
t_billing_tally_t_SOURCES = t/billing/tally.c
t_billing_tally_t_LDADD = $(SHOP_LIBS)
t_billing_books_t_SOURCES = t/billing/books.c
t_billing_books_t_LDADD = $(SHOP_LIBS)
t_billing_invoices_t_SOURCES = t/billing/invoices.c
t_billing_invoices_t_LDADD = $(SHOP_LIBS)
t_billing_customer_people_t_SOURCES = t/billing/customer_people.c
t_billing_customer_people_t_LDADD = $(SHOP_LIBS)
t_catalog_product_t_SOURCES = t/catalog/product.c
t_catalog_product_t_LDADD = $(SHOP_LIBS)
t_orders_refusal_t_SOURCES = t/orders/refusal.c
t_orders_refusal_t_LDADD = $(SHOP_LIBS)
t_orders_storm_t_SOURCES = t/orders/storm.c
t_orders_storm_t_LDADD = $(SHOP_LIBS)
t_hosting_servers_t_SOURCES = t/hosting/servers.c
t_hosting_servers_t_LDADD = $(SHOP_LIBS)
