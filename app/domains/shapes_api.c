/* shapes_api.c - the calls of domains/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domains_api.h"
#include "domains/domains_noun.h"

/* clang-format off */
const struct api_shape domains_shapes[] = {
	{"domains.list",	"List domains", .list = &domains_noun},
	{"domains.get",		"One domain", .one = &domains_noun},
	{"customers.domains",	"List a customer's domains", .list = &domains_noun},
	{NULL}
};
/* clang-format on */
