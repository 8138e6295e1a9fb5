/* stripe_parts.h - a call to Stripe, for the files of stripe.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_OUTSIDE_STRIPE_PARTS_H
#define MPANEL_OUTSIDE_STRIPE_PARTS_H

#include <jansson.h>
#include "base/buf.h"
#include "outside/stripe.h"

/* One call, errors as in stripe.h; form NULL: GET.  `key` is for idempotency,
 * or NULL.  *out is the caller's to json_decref(). */
enum err stripe_call(struct stripe *s, struct arena *a, const char *what,
    const char *path, const struct buf *form, const char *key,
    json_t **out) MUST_USE;
/* E_REMOTE: what came cannot be understood, or is about something else. */
enum err stripe_nonsense(struct stripe *s, const char *what) MUST_USE;

/* An address that somebody's browser may be sent to. */
bool stripe_is_page(const struct stripe *s, const char *url);

/* A text member, NULL when absent: borrowed, or a copy in the arena. */
const char *stripe_text(const json_t *o, const char *name);
const char *stripe_copy(struct arena *a, const json_t *o, const char *name);
/* An amount in minor units; false when it is none of that currency, or not of
 * this world: Stripe's own have at most twelve digits. */
bool stripe_amount(
    const json_t *o, const char *name, const char *currency, int64_t *out);

/* name=value, encoded. */
void stripe_put_text(struct buf *form, const char *name, const char *value);
void stripe_put_int(struct buf *form, const char *name, int64_t n);

#endif
