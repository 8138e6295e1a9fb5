/* perm.h - every permission there is, as an enum and as `noun:verb` text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One list makes the enum, the names and the size of the set.  Roles (in
 * identity/) are sets of these; tokens carry sets of these as scopes.
 */
#ifndef MPANEL_BASE_PERM_H
#define MPANEL_BASE_PERM_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define PERM_LIST(X)							\
	X(DASHBOARD_READ,	"dashboard:read",	"See the dashboard")			\
	X(ORDERS_READ,		"orders:read",		"See orders")				\
	X(ORDERS_WRITE,		"orders:write",		"Accept, correct and cancel orders")	\
	X(ORDERS_INTAKE,	"orders:intake",	"Hand in paid orders (API token)")	\
	X(CUSTOMERS_READ,	"customers:read",	"See customers")			\
	X(CUSTOMERS_WRITE,	"customers:write",	"Change customers")			\
	X(CUSTOMERS_ENTER,	"customers:enter",	"Look at the portal as a customer")	\
	X(SUBSCRIPTIONS_READ,	"subscriptions:read",	"See subscriptions")			\
	X(SUBSCRIPTIONS_WRITE,	"subscriptions:write",	"Suspend and reactivate subscriptions")	\
	X(INVOICES_READ,	"invoices:read",	"See invoices")				\
	X(INVOICES_WRITE,	"invoices:write",	"Issue and settle invoices")		\
	X(PAYMENTS_READ,	"payments:read",	"See payments")				\
	X(PAYMENTS_REFUND,	"payments:refund",	"Refund payments")			\
	X(PRODUCTS_READ,	"products:read",	"See products")				\
	X(PRODUCTS_WRITE,	"products:write",	"Change products and prices")		\
	X(TASKS_READ,		"tasks:read",		"See provisioning tasks")		\
	X(TASKS_WRITE,		"tasks:write",		"Retry and cancel provisioning tasks")	\
	X(TASKS_WORK,		"tasks:work",		"Claim and report tasks (server token)")	\
	X(SERVERS_READ,		"servers:read",		"See servers")				\
	X(SERVERS_WRITE,	"servers:write",	"Add and change servers")		\
	X(WEBSITES_READ,	"websites:read",	"See websites")				\
	X(WEBSITES_WRITE,	"websites:write",	"Suspend and remove websites")		\
	X(DOMAINS_READ,		"domains:read",		"See domains")				\
	X(DOMAINS_WRITE,	"domains:write",	"Change domains")			\
	X(TICKETS_READ,		"tickets:read",		"See tickets")				\
	X(TICKETS_WRITE,	"tickets:write",	"Answer, assign and close tickets")	\
	X(KB_READ,		"kb:read",		"See the knowledge base")		\
	X(KB_WRITE,		"kb:write",		"Write and publish articles")		\
	X(STATUS_READ,		"status:read",		"See announcements and network status")	\
	X(STATUS_WRITE,		"status:write",		"Publish announcements and network status") \
	X(USERS_READ,		"users:read",		"See staff users")			\
	X(USERS_WRITE,		"users:write",		"Change staff users and roles")		\
	X(AUDIT_READ,		"audit:read",		"Read the audit log")			\
	X(SETTINGS_READ,	"settings:read",	"See settings")				\
	X(SETTINGS_WRITE,	"settings:write",	"Change settings")			\
	X(METRICS_READ,		"metrics:read",		"Read /api/metrics")			\
	X(PORTAL_USE,		"portal:use",		"Use the client portal")		\
	X(PLATFORM_TENANTS,	"platform:tenants",	"Manage tenants")
/* clang-format on */

enum perm {
	PERM__UNSET, /* a route row that forgot to say: mpanel does not start */
#define X(id, name, text) PERM_##id,
	PERM_LIST(X)
#undef X
	    PERM__MAX
};

struct perm_set {
	uint64_t bits[1];
};
_Static_assert(PERM__MAX <= 64, "perm_set needs another word");

const char *perm_name(enum perm p);
const char *perm_text(enum perm p);
/* By `noun:verb`; false when there is no such permission. */
bool perm_find(const char *name, enum perm *out);

static inline void
perm_add(struct perm_set *s, enum perm p)
{
	s->bits[0] |= UINT64_C(1) << p;
}
static inline bool
perm_has(const struct perm_set *s, enum perm p)
{
	return (s->bits[0] >> p & 1) != 0;
}

#endif
