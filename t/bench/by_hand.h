/* by_hand.h - the list of payments as a page made by hand, to measure against.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * As the panel's own pages are: a template of this page alone
 * (t/bench/templates/by_hand.mustache) and a function that fills a row.  Its
 * rows, filters, links and count are those of the page that payments_noun has
 * from its description, at the same path.
 */
#ifndef MPANEL_T_BENCH_BY_HAND_H
#define MPANEL_T_BENCH_BY_HAND_H

#include "web/web.h"

extern const struct route by_hand_routes[];

/* The noun's fields are where this page takes them from. */
bool by_hand_fits(void);

#endif
