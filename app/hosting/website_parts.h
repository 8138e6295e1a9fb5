/* website_parts.h - websites as rows, shared by the flows of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_WEBSITE_PARTS_H
#define MPANEL_HOSTING_WEBSITE_PARTS_H

#include "hosting/payload.h"
#include "hosting/website.h"

#define PHP_VERSION_DEFAULT "8.2"

/* By a product's plan, JSON. */
enum err plan_wants_php(struct tx *tx, const char *plan, bool *out) MUST_USE;
/* Locked where the tx writes. */
enum err website_get(
    struct tx *tx, const struct id *id, struct website *out) MUST_USE;
/* The status when its agent has done what it was last asked to. */
enum err website_will_be(
    struct tx *tx, const struct website *w, const char **status_out) MUST_USE;
/* E_CONFLICT: what is wanted can't be done to a website that is (or will be) in
 * that state, which a problem says. */
enum err website_not_from(
    struct tx *tx, const struct website *w, const char *status) MUST_USE;
/* The live website of a subscription; E_NOTFOUND. */
enum err website_of_subscription(
    struct tx *tx, const struct id *subscription, struct id *out) MUST_USE;
/* To be completed, for payload_json(). */
struct site_payload website_payload_of(const struct website *w);
const char *website_payload(
    struct tx *tx, const struct website *w, int64_t retention_days);
enum err website_set_status(
    struct tx *tx, const struct id *id, const char *status) MUST_USE;
/* Queue a step for a site; `key` makes it unique among its steps. */
enum err website_step(struct tx *tx, const struct website *w, const char *step,
    struct id *task_out) MUST_USE;

#endif
