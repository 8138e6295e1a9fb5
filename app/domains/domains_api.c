/* domains_api.c - customers' domains for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domains_api.h"

#include "billing/billing_nouns.h"
#include "domains/domains_noun.h"
#include "face/list_api.h"

static enum err
list_domains(struct request *rq)
{
	return list_api(rq, &domains_noun, NULL, NULL);
}

static enum err
get_domain(struct request *rq)
{
	return detail_api(rq, &domains_noun);
}

static enum err
customer_domains(struct request *rq)
{
	return sublist_api(rq, &customers_noun, &domains_noun, "customerId");
}

/* clang-format off */
#define READ(path, handler, name)					\
	{GET, path, POOL_UI, AUTH_API, PERM_DOMAINS_READ, BODY_NONE, 0, handler, name}

const struct route domains_api_routes[] = {
	READ("/api/admin/domains",		list_domains, "domains.list"),
	READ("/api/domains",			list_domains, "domains.list_flat"),
	READ("/api/admin/domains/:id",		get_domain, "domains.get"),
	READ("/api/domains/:id",		get_domain, "domains.get_flat"),
	READ("/api/admin/customers/:id/domains", customer_domains, "customers.domains"),
	{0}
};
/* clang-format on */
