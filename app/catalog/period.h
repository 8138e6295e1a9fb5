/* period.h - billing periods and the words for them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_PERIOD_H
#define MPANEL_CATALOG_PERIOD_H

#include <stdbool.h>

enum period {
	PERIOD_ONCE,
	PERIOD_MONTH,
	PERIOD_QUARTER,
	PERIOD_HALFYEAR,
	PERIOD_YEAR,
	PERIOD_2YEARS,
	PERIOD_3YEARS,
	PERIOD__MAX
};

struct period_info {
	const char *word;  /* "month": in rows and JSON */
	const char *label; /* "monthly": accepted on input, shown as term */
	int months;	   /* 0 for once */
	const char *per;   /* "/mo" for pages, "" for once */
};
const struct period_info *period_info(enum period p);
/* By word or label ("year", "annually", "yearly"); false when unknown. */
bool period_parse(const char *s, enum period *out);

#endif
