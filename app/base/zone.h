/* zone.h - time zones by the names of the IANA database.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_ZONE_H
#define MPANEL_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* Does this machine's database (Debian: tzdata) have "Europe/Berlin"? */
bool zone_valid(const char *name);

/* Seconds that its clocks are before UTC's at t; 0 for what is no zone. */
int32_t zone_offset(const char *name, int64_t t);

#endif
