/* write_sql.h - the statements that write rows of a described noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Built here and nowhere else, so that what describe.h tries is what runs.
 */
#ifndef MPANEL_RESOURCE_WRITE_SQL_H
#define MPANEL_RESOURCE_WRITE_SQL_H

#include "resource/write.h"
#include "store/sql.h"

enum { KEY_FIELDS_MAX = 4 };

/* SELECT 1 of the rows that have these values of a key's fields. */
void write_same(struct sql *s, struct tx *tx, const struct noun *n,
    const struct noun_key *k, const struct db_val *val);
void write_insert(struct sql *s, const struct values *v, const struct id *id);
void write_update(struct sql *s, const struct values *v, const struct id *id);
/* Sets deleted_at. */
void write_remove(struct sql *s, const struct tx *tx, const struct noun *n,
    const struct id *id);

#endif
