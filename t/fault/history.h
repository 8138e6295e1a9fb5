/* history.h - what was done to a database, and its state after each action.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The database is made and migrated step by step with rows in it, then a shop
 * trades in it as the dice will.
 */
#ifndef MPANEL_T_HISTORY_H
#define MPANEL_T_HISTORY_H

#include "action.h"
#include "dice.h"
#include "disk.h"

#define HISTORY_ACTS 60
#define HISTORY_MAX  (HISTORY_ACTS + 2 * 30 + 8) /* 30 steps of the schema */

struct orders {
	struct id id[HISTORY_ACTS];
	size_t n;
};

struct history {
	struct testdb *t;
	struct dice dice;
	struct disk *disk; /* watches the place */
	struct place live;
	struct action action[HISTORY_MAX];
	size_t n_actions;
	size_t shop; /* the number of actions after which there is one */
	/* what the next acts may be about */
	struct orders review, unpaid, verifying, done;
	struct act leased[HISTORY_ACTS];
	size_t n_leased;
	const char *body[HISTORY_ACTS];
	size_t n_bodies;
};

/* A database from nothing to a shop. */
void history_migrate(struct history *h);
/* HISTORY_ACTS actions more. */
void history_trade(struct history *h);

/* The next action, to be filled in ... */
struct action *history_next(struct history *h, const char *name,
    enum err (*run)(struct place *p, struct action *a));
/* ... and done; bails out when it fails. */
void history_do(struct history *h, struct action *a);

/* How many actions were acknowledged before this event of the disk. */
size_t history_acked(const struct history *h, size_t at);
struct state history_state(const struct history *h, size_t n_actions);

#endif
