/* search_work.c - what `mpanel work` does for the search, tenant by tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/search_work.h"

#include "base/clock.h"
#include "main/search.h"

enum {
	STEPS = 2, /* that write, each second, of marks and of each noun */
	LOOKS = 8, /* steps of a look for who was overtaken */
	STEPS_LATE = 100,
	STEPS_CHECK = 10,
	STEPS_JOIN = 200,
	OVERTAKEN_MS = 2000, /* who begins earlier may commit later */
	LATE_MS = 600 * 1000,
	CHECK_S = 86400, /* from one check of all rows to the next */
	NOUNS_MAX = 16
};

/* What a look has found to do. */
struct look {
	bool has_marks;
	struct search_progress progress[NOUNS_MAX];
	struct search_walk fresh[NOUNS_MAX], overtaken[NOUNS_MAX];
	bool has_fresh[NOUNS_MAX], has_overtaken[NOUNS_MAX];
};

/* One transaction of a walk. */
struct step {
	const struct noun *noun;
	struct search_walk at, next;
	bool is_first; /* nothing lacks before it: keep how far it comes */
	bool lacks;
};

/* ---- steps ---- */

static enum err
step_look(struct tx *tx, void *arg)
{
	struct step *s = arg;

	s->next = s->at; /* it may be run again */
	return search_look(tx, s->noun, &s->next, &s->lacks);
}

static enum err
step_fill(struct tx *tx, void *arg)
{
	struct step *s = arg;
	enum err e;

	s->next = s->at;
	e = search_fill(tx, s->noun, &s->next);
	return e == OK && s->is_first
		   ? search_filled(tx, s->noun, &s->next.after)
		   : e;
}

/* At most so many steps that may write. */
static enum err
fill(struct work *w, struct step *s, int steps)
{
	enum err e = OK;

	s->at.more = true;
	for (int i = 0; e == OK && s->at.more && i < steps; i++) {
		e = work_do(w, TX_WRITE, step_fill, s);
		s->at = s->next;
	}
	return e;
}

/* At most so many, of which STEPS write: writers wait only where there is
 * something to write. */
static enum err
walk(struct work *w, struct step *s, int steps)
{
	enum err e = OK;
	int fills = 0;

	s->at.more = true;
	for (int i = 0; e == OK && s->at.more && fills < STEPS && i < steps;
	     i++) {
		e = work_do(w, TX_READ, step_look, s);
		if (e == OK && s->lacks) {
			e = work_do(w, TX_WRITE, step_fill, s);
			fills++;
		}
		s->at = s->next;
	}
	return e;
}

static enum err
step_marks(struct tx *tx, void *arg)
{
	int64_t *n = arg;

	return search_index(tx, found_nouns, n);
}

static enum err
index_marks(struct work *w)
{
	int64_t n = SEARCH_BATCH;
	enum err e = OK;

	for (int i = 0; e == OK && n == SEARCH_BATCH && i < STEPS; i++)
		e = work_do(w, TX_WRITE, step_marks, &n);
	return e;
}

/* ---- each second ---- */

/* Rows behind the last that was filled.  Many that have entries are passed by
 * writing, too, so that it is known that they need not be looked at again. */
static enum err
look_fresh(struct tx *tx, struct look *l, size_t i)
{
	struct search_walk at = {.after = l->progress[i].filled};
	bool lacks = false;
	enum err e = search_look(tx, found_nouns[i], &at, &lacks);

	l->fresh[i].after = l->progress[i].filled;
	l->has_fresh[i] = lacks || at.more;
	return e;
}

/* Rows of a moment before it.  (Also where ids lie ahead of the clock.) */
static enum err
look_overtaken(struct tx *tx, struct look *l, size_t i)
{
	const struct id *filled = &l->progress[i].filled;
	struct search_walk *at = &l->overtaken[i];
	int64_t now_ms = clock_now_ms(), ms;
	enum err e = OK;

	if (!id_is_set(filled))
		return OK;
	ms = id_ms(filled->s);
	if (ms < now_ms - 5 * OVERTAKEN_MS)
		return OK;
	if (ms > now_ms)
		ms = now_ms;
	*at = (struct search_walk){
	    .after = id_floor(ms - OVERTAKEN_MS),
	    .until = *filled,
	    .more = true,
	};
	for (int k = 0;
	     e == OK && at->more && !l->has_overtaken[i] && k < LOOKS; k++)
		e = search_look(tx, found_nouns[i], at, &l->has_overtaken[i]);
	return e;
}

static enum err
look(struct tx *tx, void *arg)
{
	struct look *l = arg;
	enum err e;

	*l = (struct look){.has_marks = false};
	e = search_has_marks(tx, &l->has_marks);
	if (e == OK)
		e = search_progress(tx, found_nouns, l->progress);
	for (size_t i = 0; e == OK && found_nouns[i]; i++) {
		assert(i < NOUNS_MAX);
		if (!found_nouns[i]->found->kind)
			continue;
		e = look_fresh(tx, l, i);
		if (e == OK)
			e = look_overtaken(tx, l, i);
	}
	return e;
}

enum err
search_work(struct work *w)
{
	struct look *l = ARENA_NEW(w->arena, struct look);
	enum err e = l ? work_do(w, TX_READ, look, l) : E_BUSY;

	if (e == OK && l->has_marks)
		e = index_marks(w);
	for (size_t i = 0; e == OK && found_nouns[i]; i++) {
		struct step fresh = {
		    found_nouns[i], l->fresh[i], .is_first = true};
		struct step late = {found_nouns[i], l->overtaken[i]};

		if (l->has_overtaken[i])
			e = fill(w, &late, STEPS);
		if (e == OK && l->has_fresh[i])
			e = fill(w, &fresh, STEPS);
	}
	return e;
}

/* ---- now and then ---- */

static enum err
step_join(struct tx *tx, void *arg)
{
	return search_join(tx, arg);
}

enum err
search_work_join(struct work *w)
{
	bool more = db_engine(w->db) == DB_SQLITE;
	enum err e = OK;

	for (int i = 0;
	     e == OK && more && i < STEPS_JOIN && !work_is_stopping(); i++)
		e = work_do(w, TX_WRITE, step_join, &more);
	return e;
}

static enum err
read_progress(struct tx *tx, void *arg)
{
	struct search_progress *p = arg;

	return search_progress(tx, found_nouns, p);
}

typedef enum err before(
    struct work *w, const struct noun *n, const struct search_progress *p);

/* Each noun's rows before the last that was filled. */
static enum err
each_noun(struct work *w, before *fn)
{
	struct search_progress p[NOUNS_MAX];
	enum err e = work_do(w, TX_READ, read_progress, p);

	for (size_t i = 0; e == OK && found_nouns[i]; i++) {
		assert(i < NOUNS_MAX);
		if (found_nouns[i]->found->kind && id_is_set(&p[i].filled))
			e = fn(w, found_nouns[i], &p[i]);
	}
	return e;
}

static enum err
late(struct work *w, const struct noun *n, const struct search_progress *p)
{
	struct step s = {.noun = n, .at.until = p->filled};

	s.at.after = id_floor(clock_now_ms() - LATE_MS);
	return walk(w, &s, STEPS_LATE);
}

enum err
search_work_late(struct work *w)
{
	return each_noun(w, late);
}

static enum err
step_checked(struct tx *tx, void *arg)
{
	const struct step *s = arg;
	static const struct id end = {""};

	return search_checked(
	    tx, s->noun, s->at.more ? &s->at.after : &end, clock_now());
}

/* Some rows further, or from the first again when a day has gone by. */
static enum err
check(struct work *w, const struct noun *n, const struct search_progress *p)
{
	struct step s = {.noun = n, .at.after = p->checked};
	enum err e;

	if (!id_is_set(&p->checked) && clock_now() - p->checked_at < CHECK_S)
		return OK;
	s.at.until = p->filled;
	e = walk(w, &s, STEPS_CHECK);
	return e == OK ? work_do(w, TX_WRITE, step_checked, &s) : e;
}

enum err
search_work_check(struct work *w)
{
	return each_noun(w, check);
}
