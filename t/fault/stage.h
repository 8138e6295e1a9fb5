/* stage.h - a shop made ready, and scenes that are played on copies of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	stage_init(&s, t);
 *	for (size_t i = 0; (scene = stage_scene(i)) != NULL; i++) {
 *		stage_enter(&s, scene);
 *		e = scene->run(&s);
 *		stage_leave(&s);
 *	}
 *	stage_fini(&s);
 */
#ifndef MPANEL_T_STAGE_H
#define MPANEL_T_STAGE_H

#include "acts.h"

/* The prepared databases. */
#define STAGE_SHOP "shop.db"
#define STAGE_OLD  "old.db" /* the schema but for its last step, with rows */

/* A copy of a prepared database, at work. */
struct stage {
	struct testdb t; /* db: NULL when opening it has failed */
	struct shop shop;
	struct act act;
	uint64_t answer; /* of what only reads */
};

struct scene {
	const char *name;
	enum err (*run)(struct stage *s);
	const char *base; /* the prepared database; "": there is none */
	struct act act;
	bool adds;	/* a second time is another one: a session, a claim */
	bool is_slow;	/* hashes a password */
	bool has_steps; /* a migration: each of its steps is there or not */
};

/* Prepare the databases in t's directory; t->db is closed. */
void stage_init(struct stage *s, struct testdb *t);
void stage_fini(struct stage *s);
/* NULL: that was the last. */
const struct scene *stage_scene(size_t i);

/* A new copy, opened; syncs are left out from here on (shim.h). */
void stage_enter(struct stage *s, const struct scene *scene);
void stage_leave(struct stage *s);
/* Open the copy that is there. */
enum err stage_open(struct stage *s);

#endif
