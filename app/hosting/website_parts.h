/* website_parts.h - websites as rows, shared by the flows of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_WEBSITE_PARTS_H
#define MPANEL_HOSTING_WEBSITE_PARTS_H

#include "hosting/website.h"

/* Locked where the tx writes. */
enum err website_get(
    struct tx *tx, const struct id *id, struct website *out) MUST_USE;
/* The status when its agent has done what it was last asked to. */
enum err website_will_be(
    struct tx *tx, const struct website *w, const char **status_out) MUST_USE;
/* The live website of a subscription; E_NOTFOUND. */
enum err website_of_subscription(
    struct tx *tx, const struct id *subscription, struct id *out) MUST_USE;
const char *website_payload(
    struct tx *tx, const struct website *w, int64_t retention_days);
enum err website_set_status(
    struct tx *tx, const struct id *id, const char *status) MUST_USE;
/* Queue a step for a site; `key` makes it unique among its steps. */
enum err website_step(struct tx *tx, const struct website *w, const char *step,
    struct id *task_out) MUST_USE;

#endif
