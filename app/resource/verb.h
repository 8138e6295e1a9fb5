/* verb.h - what is done to one of a noun, described once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A verb is a row of a const table: what people and programs call it, what it
 * asks before, who may, and the flow that does it.  Its call, its button, its
 * question and its form come from that row (face/noun_routes.h).  The table is
 * in the room that does it, which may be right of the noun's.
 *
 *	static const struct verb verbs[] = {
 *		{&websites_noun, "suspend", "Suspend…", ...,
 *		 .run = suspend},
 *		{NULL},
 *	};
 */
#ifndef MPANEL_RESOURCE_VERB_H
#define MPANEL_RESOURCE_VERB_H

#include <stdbool.h>
#include "base/perm.h"
#include "base/settings.h"
#include "resource/write.h"

enum verb_flag {
	VERB_DANGER = 1 << 0, /* its button warns */
	VERB_FIRST = 1 << 1   /* the one that people come for */
};

/* To which one, and with what. */
struct verb_call {
	struct tx *tx;
	struct id id;
	/* Fields of the verb's `args`, all of them read; see verb_arg(). */
	const struct values *args;
	const struct settings *machine;
};

/* All that it is to be done to, before it is done to any. */
struct verb_many {
	struct tx *tx;
	const struct settings *machine;
	const struct values *args;
	const struct id *id; /* in their order */
	size_t n;
	/* What is found out. */
	bool *is_done;	   /* for each: nothing is left to do, leave it out */
	size_t wrong;	   /* the one that an error is about */
	struct id waiting; /* set: none is done before a second person approves
			    * it (identity/approval.h) */
};

struct verb {
	const struct noun *noun; /* NULL ends a table */
	const char *name;	 /* "suspend": how its paths end */
	const char *label;	 /* "Suspend…": a button */
	const char *icon;	 /* or NULL */
	/* The question, in which %s is the thing.  NULL: done at once. */
	const char *ask, *text, *yes, *no;
	const char *done; /* "%s is suspended." */
	/* "%s are suspended.": it may be done to several at once, from their
	 * list.  NULL: to one only. */
	const char *all;
	enum perm perm;
	unsigned flags; /* of enum verb_flag */
	/* States in which it is offered, ended by NULL; NULL: in all.  What it
	 * refuses is up to run(). */
	const char *const *from;
	/* The same of a field of the noun, by its API name: only where it has a
	 * value, and only where it has none.  NULL: whatever it has.  Lists,
	 * which don't look at single rows, offer what has an if_set to nobody.
	 */
	const char *if_set, *if_unset;
	/* What is asked beside: VERB_ARGS() of fields that are NEW.  NULL:
	 * nothing. */
	const struct noun *args;
	/* E_INPUT and E_CONFLICT with problems; whatever it has written by then
	 * is taken back. */
	enum err (*run)(const struct verb_call *c);
	/* Before run(), also of one only; NULL: nothing is looked at. */
	enum err (*look)(struct verb_many *m);
};

/* What a verb asks, as its `args`:
 *
 *	static const struct noun why = VERB_ARGS("reason", why_fields);
 */
#define VERB_ARGS(word, fields)                                                \
	{                                                                      \
		.name = (word), .field = (fields),                             \
		.n_fields = N_ELEMS(fields), .ops = NOUN_ADD                   \
	}

/* The tables of all rooms, ended by NULL (main/). */
extern const struct verb *const verb_tables[];

/* A noun's verbs in order, 0 and up; NULL behind the last. */
const struct verb *noun_verb(const struct noun *n, size_t i);

bool verb_is_offered(const struct verb *v, const char *state);
/* As well by the row of noun_get(), NULL for none. */
bool verb_is_for(
    const struct verb *v, const char *state, const struct rows *row);

/* A text that was given, "" for none. */
const char *verb_arg(const struct verb_call *c, const char *name);

#endif
