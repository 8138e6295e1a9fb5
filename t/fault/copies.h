/* copies.h - a panel to be backed up, and what is done with its backups.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_COPIES_H
#define MPANEL_T_COPIES_H

#include "shop.h"

/* Dice: MPANEL_SEED, which is printed, repeats a run. */
void copy_seed(void);
uint32_t copy_roll(uint32_t sides);
/* MPANEL_FAULTS=all: many times as much. */
bool copy_is_long(void);

/* Two tenants with orders and odd values, and one without a row. */
void copy_open_panel(struct testdb *t, struct shop *one, struct shop *two);
void copy_place(struct shop *s, const char *intent);

/* The path of a file in the test's own directory. */
const char *copy_name(struct testdb *t, const char *what);
/* Back up over what is there. */
void copy_make(struct testdb *t, const char *file);
/* As the owner of the tables. */
enum err copy_restore(struct testdb *t, const char *file);
/* The bytes of a file, NUL-terminated, on the heap. */
char *copy_load(const char *file, size_t *n_out);
void copy_store(const char *file, const char *text, size_t n);

#endif
