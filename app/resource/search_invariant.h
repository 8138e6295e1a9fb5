/* search_invariant.h - nothing is missing from the index, and nothing too much.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SEARCH_INVARIANT(kind, there) is a row of an invariant table: rows `t` of the
 * kind's table for which `there` is true have an entry or a mark, as far as new
 * ones have been looked for (search_walk.c) and but for the last ten minutes
 * before; and entries have a row.  SEARCH_INVARIANT_OF() names the table of a
 * kind that is called otherwise.
 */
#ifndef MPANEL_RESOURCE_SEARCH_INVARIANT_H
#define MPANEL_RESOURCE_SEARCH_INVARIANT_H

/* clang-format off */
#define SEARCH_MARKED(kind) \
	"(SELECT m.row_id FROM search_marks m " \
	"WHERE m.tenant_id = $1 AND m.kind = '" kind "') "
#define SEARCH_LACKING(kind, table, there) \
	"SELECT t.id, 'is not in the index' FROM " table " t " \
	"JOIN search_walks w ON w.tenant_id = t.tenant_id " \
	"AND w.kind = '" kind "' AND w.filled_id >= t.id " \
	"WHERE t.tenant_id = $1 AND " there " " \
	"AND t.created_at < w.filled_at - 600 " \
	"AND NOT EXISTS (SELECT 1 FROM search_entries e " \
	"WHERE e.tenant_id = t.tenant_id AND e.kind = '" kind "' " \
	"AND e.row_id = t.id) " \
	"AND t.id NOT IN " SEARCH_MARKED(kind)
#define SEARCH_TOO_MUCH(kind, table, there) \
	"SELECT e.row_id, 'is in the index, and no more' " \
	"FROM search_entries e " \
	"WHERE e.tenant_id = $1 AND e.kind = '" kind "' " \
	"AND NOT EXISTS (SELECT 1 FROM " table " t " \
	"WHERE t.tenant_id = e.tenant_id AND t.id = e.row_id AND " there ") " \
	"AND e.row_id NOT IN " SEARCH_MARKED(kind)
#define SEARCH_INVARIANT_OF(kind, table, there) { \
	.name = "search." kind, \
	.promise = "what can be searched is in the index, or marked", \
	.count_sql = "SELECT COUNT(*) FROM " table " t WHERE t.tenant_id = $1", \
	.bad_sql = SEARCH_LACKING(kind, table, there) "UNION ALL " \
		SEARCH_TOO_MUCH(kind, table, there), \
}
#define SEARCH_INVARIANT(kind, there) SEARCH_INVARIANT_OF(kind, kind, there)
/* clang-format on */

#endif
