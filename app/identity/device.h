/* device.h - what a User-Agent means to a person.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_DEVICE_H
#define MPANEL_IDENTITY_DEVICE_H

#include "base/arena.h"

/* "Firefox on Windows"; of programs the first word, "curl/7.88.1"; of nothing
 * "An unknown device".  It is what the other side says: good for knowing one's
 * own devices, never for deciding. */
const char *device_label(struct arena *a, const char *user_agent);

#endif
