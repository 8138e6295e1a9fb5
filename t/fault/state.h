/* state.h - what is in a database, as two numbers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_STATE_H
#define MPANEL_T_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* Of a SQLite database, by the store's door. */
struct state {
	uint64_t content; /* of the schema and of every row, in any order */
	uint64_t shape;	  /* of the schema and how many rows each table has */
};
enum err state_read(struct db *db, struct state *out) MUST_USE;

/* The file is sound and no row refers to nothing. */
bool state_is_sound(struct db *db);

#endif
