/* perm.c - the names of the permissions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/perm.h"

#include <string.h>

#include "base/error.h"

struct perm_row {
	const char *name, *text;
};

/* clang-format off */
static const struct perm_row rows[PERM__MAX] = {
	[PERM__UNSET] = { "", "" },
#define X(id, name, text) [PERM_##id] = { (name), (text) },
	PERM_LIST(X)
#undef X
};
/* clang-format on */

const char *
perm_name(enum perm p)
{
	assert((int)p >= 0 && p < PERM__MAX);
	return rows[p].name;
}

const char *
perm_text(enum perm p)
{
	assert((int)p >= 0 && p < PERM__MAX);
	return rows[p].text;
}

bool
perm_find(const char *name, enum perm *out)
{
	for (int i = PERM__UNSET + 1; i < PERM__MAX; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*out = (enum perm)i;
		return true;
	}
	return false;
}
