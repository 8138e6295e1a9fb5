/* csv.h - a value of a described noun as a cell for a spreadsheet (RFC 4180).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_RESOURCE_CSV_H
#define MPANEL_RESOURCE_CSV_H

#include "base/buf.h"
#include "resource/noun.h"

/* Field i of a row of list_run() or noun_get(); nothing for NULL.  Numbers are
 * numbers, money has its decimals, instants are UTC. */
void csv_field(
    struct buf *b, const struct noun *n, const struct rows *r, size_t i);

#endif
