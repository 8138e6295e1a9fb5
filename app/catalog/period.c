/* period.c - billing periods and the words for them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/period.h"

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

/* clang-format off */
static const struct period_info periods[PERIOD__MAX] = {
	[PERIOD_ONCE]		= {"once",	"once",		0,	""},
	[PERIOD_MONTH]		= {"month",	"monthly",	1,	"/mo"},
	[PERIOD_QUARTER]	= {"quarter",	"quarterly",	3,	"/quarter"},
	[PERIOD_HALFYEAR]	= {"halfyear",	"semiannually",	6,	"/6 mo"},
	[PERIOD_YEAR]		= {"year",	"annually",	12,	"/yr"},
	[PERIOD_2YEARS]		= {"2years",	"biennially",	24,	"/2 yr"},
	[PERIOD_3YEARS]		= {"3years",	"triennially",	36,	"/3 yr"},
};
/* clang-format on */

/* Words of other programs for the same periods. */
static const struct {
	const char *word;
	enum period period;
} aliases[] = {
    {"yearly", PERIOD_YEAR},
    {"annual", PERIOD_YEAR},
    {"onetime", PERIOD_ONCE},
};

const struct period_info *
period_info(enum period p)
{
	assert(p < PERIOD__MAX);
	return &periods[p];
}

bool
period_parse(const char *s, enum period *out)
{
	for (enum period p = 0; p < PERIOD__MAX; p++) {
		if (str_eq(s, periods[p].word) || str_eq(s, periods[p].label)) {
			*out = p;
			return true;
		}
	}
	for (size_t i = 0; i < N_ELEMS(aliases); i++) {
		if (str_eq(s, aliases[i].word)) {
			*out = aliases[i].period;
			return true;
		}
	}
	return false;
}
