/* by_hand_wiring.c - the panel with one page by hand instead of described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Linked with --wrap=wiring_routes: the panel's own tables, in which the page
 * of by_hand.c has taken the place of what noun_routes() made of payments_noun.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "by_hand.h"
#include "main/wiring.h"

const struct route *const *__real_wiring_routes(size_t *n_out);
const struct route *const *__wrap_wiring_routes(size_t *n_out);

static bool
is_same(const struct route *a, const struct route *b)
{
	return a->methods == b->methods && str_eq(a->path, b->path);
}

/* The table with that row replaced; the table itself where it has no such. */
static const struct route *
replace(const struct route *table, const struct route *by)
{
	struct route *copy;
	size_t n = 0, at = 0;
	bool has = false;

	for (; table[n].path; n++)
		if (is_same(&table[n], by)) {
			at = n;
			has = true;
		}
	if (!has)
		return table;
	copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		return NULL;
	memcpy(copy, table, n * sizeof(*copy));
	copy[at] = *by;
	return copy;
}

const struct route *const *
__wrap_wiring_routes(size_t *n_out)
{
	const struct route *const *own = __real_wiring_routes(n_out);
	const struct route **tables = calloc(*n_out, sizeof(*tables));
	bool replaced = false;

	for (size_t i = 0; tables && i < *n_out; i++) {
		tables[i] = replace(own[i], by_hand_routes);
		if (!tables[i])
			tables = NULL;
		else if (tables[i] != own[i])
			replaced = true;
	}
	if (!tables || !replaced)
		*n_out = 0;
	return tables;
}
