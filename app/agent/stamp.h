/* stamp.h - an instant as part of a file name: 20261120T180203Z.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_STAMP_H
#define MPANEL_AGENT_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define STAMP_SIZE 17

void stamp_of_time(int64_t t, char out[static STAMP_SIZE]);
/* s begins with a stamp; what follows it is not looked at. */
bool stamp_parse(const char *s, int64_t *t_out);

#endif
