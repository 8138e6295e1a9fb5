/* refusal.h - authenticated intakes that made no order are kept, not lost.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_REFUSAL_H
#define MPANEL_ORDERS_REFUSAL_H

#include <stddef.h>
#include "base/error.h"
#include "base/id.h"
#include "base/problem.h"
#include "store/store.h"

#define REFUSAL_BODY_MAX (256 * 1024)

struct refusal_new {
	const char *source;	       /* "api", "webhook" */
	const char *payment_intent_id; /* NULL: not to be found in the body */
	int http_status;
	const struct problems *reasons;
	const void *body; /* as it came; kept up to REFUSAL_BODY_MAX */
	size_t body_len;
};
/* Keep one.  The same body refused with the same status again, while the
 * first is open, counts up on that row. */
enum err refusal_keep(
    struct tx *tx, const struct refusal_new *n, struct id *out) MUST_USE;

struct refusal {
	struct id id, order;
	const char *status; /* open, placed, dismissed */
	const char *body;   /* NUL-terminated copy in tx->arena */
	size_t body_len;
};
/* Locked in a writing transaction; E_NOTFOUND. */
enum err refusal_get(
    struct tx *tx, const struct id *id, struct refusal *out) MUST_USE;
/* open -> placed by this order; E_CONFLICT when it was decided before. */
enum err refusal_placed(
    struct tx *tx, const struct id *id, const struct id *order) MUST_USE;
enum err refusal_dismiss(struct tx *tx, const struct id *id) MUST_USE;
/* Forget what is older than keep_days (clockwork). */
enum err refusal_forget(struct tx *tx, int keep_days) MUST_USE;

#endif
