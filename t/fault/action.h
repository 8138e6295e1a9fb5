/* action.h - what is done to a database, each one thing that may be done again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	struct action a = {.run = action_checkpoint};
 *
 *	e = a.run(&place, &a);
 *
 * An act of a shop (acts.h), or what happens below it: opening, a migration, a
 * checkpoint.
 */
#ifndef MPANEL_T_ACTION_H
#define MPANEL_T_ACTION_H

#include "acts.h"
#include "state.h"

/* A database at work: the live one, or what was left of it. */
struct place {
	struct testdb t; /* with the connection of a web worker */
	struct db *work; /* that of the housekeeper */
	struct shop shop;
};
enum err place_open(struct place *p);
void place_close(struct place *p);

struct action {
	const char *name;
	enum err (*run)(struct place *p, struct action *a);
	const char *steps; /* a migration: the directory ... */
	int n_steps;	   /* ... and what is in it */
	const char *sql;   /* rows of an older schema */
	struct act act;	   /* in the shop */
	bool is_many;	   /* transactions: the states between are not known */
	size_t acked;	   /* the disk's events when it was acknowledged */
	struct state after;
};

/* Whoever looks at a place has opened it: then this does nothing. */
enum err action_open(struct place *p, struct action *a);
enum err action_migrate(struct place *p, struct action *a);
enum err action_rows(struct place *p, struct action *a);
enum err action_shop(struct place *p, struct action *a);
enum err action_act(struct place *p, struct action *a);
enum err action_checkpoint(struct place *p, struct action *a);
/* What is in the log is copied, but the log can't be cut: the next writer
 * begins again at its front. */
enum err action_checkpoint_beside_reader(struct place *p, struct action *a);
/* A fault of our own, which must be found: one action, two transactions. */
enum err action_halves(struct place *p, struct action *a);

#endif
