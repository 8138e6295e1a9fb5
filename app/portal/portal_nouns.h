/* portal_nouns.h - what customers see of what they have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The same rows that staff see, with other fields: none that is the company's
 * own.  Each is listed for one account alone (portal_api.h): the field
 * PORTAL_OWNER has its id.
 */
#ifndef MPANEL_PORTAL_PORTAL_NOUNS_H
#define MPANEL_PORTAL_PORTAL_NOUNS_H

#include "resource/noun.h"

#define PORTAL_OWNER "accountId"

/* Each with its product, and with its website while there is one and what that
 * one uses. */
#define PORTAL_SERVICES                                                        \
	"subscriptions s "                                                     \
	"JOIN products p ON p.tenant_id = s.tenant_id "                        \
	"AND p.id = s.product_id "                                             \
	"LEFT JOIN websites w ON w.tenant_id = s.tenant_id "                   \
	"AND w.subscription_id = s.id AND w.status <> 'removed' "              \
	"LEFT JOIN site_usage_now u ON u.tenant_id = w.tenant_id "             \
	"AND u.website_id = w.id"

extern const struct noun portal_services_noun;
extern const struct noun portal_services_page_noun; /* lists_pages.c */
extern const struct noun portal_domains_noun;
extern const struct noun portal_changes_noun; /* wishes for another plan */
extern const struct noun portal_invoices_noun;
extern const struct noun portal_payments_noun;
/* The account itself, as whoever looks after its invoices keeps it. */
extern const struct noun portal_profile_noun;

/* Where the fields of a domain and of an invoice are, for their pages. */
enum {
	DOMAIN_ID,
	DOMAIN_NAME,
	DOMAIN_WHERE,
	DOMAIN_BEGAN,
	DOMAIN_ENDS,
	DOMAIN_STATUS,
	DOMAIN_RENEWS,
	DOMAIN_OWNER,
	DOMAIN_CREATED
};
enum {
	OWN_INVOICE_ID,
	OWN_INVOICE_NUMBER,
	OWN_INVOICE_ISSUED,
	OWN_INVOICE_DUE,
	OWN_INVOICE_TOTAL,
	OWN_INVOICE_OWED,
	OWN_INVOICE_CURRENCY,
	OWN_INVOICE_STATUS,
	OWN_INVOICE_WHAT,
	OWN_INVOICE_OWNER,
	OWN_INVOICE_CREATED
};
/* The same of a payment. */
enum {
	OWN_PAYMENT_ID,
	OWN_PAYMENT_INVOICE,
	OWN_PAYMENT_NUMBER,
	OWN_PAYMENT_AMOUNT,
	OWN_PAYMENT_REFUNDED,
	OWN_PAYMENT_CURRENCY,
	OWN_PAYMENT_METHOD,
	OWN_PAYMENT_STATUS,
	OWN_PAYMENT_DATE,
	OWN_PAYMENT_OWNER,
	OWN_PAYMENT_CREATED
};

#endif
