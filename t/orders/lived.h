/* lived.h - a shop that has seen everything, for tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_ORDERS_LIVED_H
#define MPANEL_T_ORDERS_LIVED_H

#include "shop.h"

/* People, orders in every state, invoices, coupons, tasks of a shop that was
 * just opened. */
void live(struct shop *s);
/* Bails out of what did not go right. */
void must(enum err e, const char *what);

#endif
