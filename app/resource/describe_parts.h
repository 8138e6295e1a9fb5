/* describe_parts.h - between the files of describe.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_RESOURCE_DESCRIBE_PARTS_H
#define MPANEL_RESOURCE_DESCRIBE_PARTS_H

#include "resource/noun.h"
#include "resource/schema.h"

struct describe {
	struct tx *tx;
	const struct schema *schema;
	const struct noun *noun;
};

struct place {
	const char *table, *column;
};
/* Of "o.number"; false for an expression, and with a column only when no table
 * has that alias. */
bool describe_place(
    const struct describe *d, const char *sql, struct place *out);

/* An index behind each filter, each sort and each key. */
void describe_indexes(const struct describe *d);
/* The engine plans what is made of the description. */
enum err describe_try(const struct describe *d) MUST_USE;

#endif
