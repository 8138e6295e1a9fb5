/* audit.h - who did what to which thing, in the transaction that did it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rows are append-only on both engines.  A detail is facts for staff to read
 * later: never a secret, a token or a body.
 */
#ifndef MPANEL_IDENTITY_AUDIT_H
#define MPANEL_IDENTITY_AUDIT_H

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* Note that tx->actor did `action` ("order.accept") to a `noun` ("order").
 * Actor, tenant, request and time come from tx.  noun_id may be NULL or unset;
 * detail_json is a JSON object, NULL for an empty one. */
enum err audit(struct tx *tx, const char *action, const char *noun,
    const struct id *noun_id, const char *detail_json) MUST_USE;

/* A detail of texts, each after its name: audit_detail(a, "from", old, "to",
 * new); a text that is NULL is null.  NULL when memory is refused. */
#define audit_detail(a, ...)                                                   \
	audit_detail_((a), (const char *const[]){__VA_ARGS__},                 \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
const char *audit_detail_(
    struct arena *a, const char *const *names_and_texts, size_t n);

#endif
