/* invariants.c - what is always true of the knowledge base.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/invariants.h"

#include <stddef.h>

#include "resource/search_invariant.h"

#define PUBLIC "t.deleted_at IS NULL AND t.status = 'published'"

const struct invariant knowledge_invariants[] = {
    {
	.name = "kb.addresses",
	.promise = "every article has its address",
	.count_sql = "SELECT COUNT(*) FROM kb_articles WHERE tenant_id = $1",
	.bad_sql = "SELECT a.id, a.slug FROM kb_articles a "
		   "WHERE a.tenant_id = $1 AND a.deleted_at IS NULL "
		   "AND NOT EXISTS (SELECT 1 FROM kb_addresses d "
		   "WHERE d.tenant_id = a.tenant_id AND d.slug = a.slug "
		   "AND d.article_id = a.id) ORDER BY a.id",
    },
    SEARCH_INVARIANT("kb_articles", "t.deleted_at IS NULL"),
    SEARCH_INVARIANT_OF("kb_public", "kb_articles", PUBLIC),
    SEARCH_INVARIANT_OF("kb_titles", "kb_articles", PUBLIC),
    {.name = NULL},
};
