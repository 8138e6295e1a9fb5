/* schema.h - the tables as the database's own catalogue has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Read once, in the words of the engine: "uuid" or "TEXT".
 */
#ifndef MPANEL_RESOURCE_SCHEMA_H
#define MPANEL_RESOURCE_SCHEMA_H

#include "store/store.h"

struct schema_column {
	const struct schema_column *next;
	const char *table, *name, *type;
	bool is_required; /* NOT NULL */
	bool has_default;
	bool is_generated; /* from other columns */
};

struct schema_index {
	const struct schema_index *next;
	const char *table, *name;
	const char *columns; /* "tenant_id,status,id"; an expression is "?" */
	const char *when;    /* "(deleted_at IS NULL)"; NULL: all rows */
	bool is_unique;
};

struct schema_check {
	const struct schema_check *next;
	const char *table, *text;
};

struct schema {
	const struct schema_column *column;
	const struct schema_index *index;
	const struct schema_check *check;
};

/* In tx->arena. */
enum err schema_read(struct tx *tx, struct schema *out) MUST_USE;

/* NULL: there is none. */
const struct schema_column *schema_column(
    const struct schema *s, const char *table, const char *column);
const struct schema_index *schema_index(
    const struct schema *s, const char *table, const char *index);
/* The words of CHECK (column IN ('active', 'inactive')) and of nothing else, as
 * ",active,inactive,"; NULL where no such CHECK is. */
const char *schema_words(struct arena *a, const struct schema *s,
    const char *table, const char *column);

#endif
