/* describe.h - is the database what a noun's description says?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Tables, columns, types, what may be empty, the words of a choice, the keys,
 * an index behind each filter and each sort: by the engine's catalogue.  Then
 * the engine plans the statements that are made of the description.
 */
#ifndef MPANEL_RESOURCE_DESCRIBE_H
#define MPANEL_RESOURCE_DESCRIBE_H

#include "resource/noun.h"
#include "resource/schema.h"

/* Adds a problem to tx->problems for each difference, named after the field
 * ("": the noun); a statement that the database refuses is one, and fails the
 * transaction.  Needs a tenant, of which nothing is read. */
enum err describe_check(
    struct tx *tx, const struct schema *s, const struct noun *n) MUST_USE;

#endif
