/* testbox.h - a box of keys for tests that seal or sign.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_TESTBOX_H
#define MPANEL_T_TESTBOX_H

#include "base/secret.h"

/* Made at the first call, with a key of this process alone. */
const struct secret_box *test_box(void);
/* One more whose first key is new and whose second is test_box()'s, as after a
 * rotation; close it. */
struct secret_box *test_box_rotated(void);

#endif
