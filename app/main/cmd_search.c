/* cmd_search.c - mpanel search: fill the index of words, or make it anew.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * To fill is what `mpanel work` does, without its rests: after an upgrade of a
 * large house.  Anew: every row gets a mark, and every entry that has lost its
 * row, and marks become entries: what is right already stays, and who searches
 * meanwhile finds what there was.  A rebuild that was stopped is finished by
 * `mpanel work`, or begun anew.
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "main/search.h"

enum { MARKS_AT_ONCE = 1000, ARENA_MAX = 16 * 1024 * 1024 };

typedef enum err marker(struct tx *tx, const struct noun *n, struct id *after,
    int64_t limit, int64_t *n_out);

struct rebuild {
	struct app *app;
	struct arena *arena; /* of one transaction */
	const struct noun *noun;
	marker *mark;
	struct id after, next;
	int64_t n;
	struct search_walk walk, stepped;
	bool anew, joins;
};

/* As app_run(), and what it needed is forgotten. */
static enum err
run_tx(struct rebuild *b, const struct tenant *t,
    enum err (*fn)(struct tx *tx, void *arg))
{
	struct problems problems;
	struct tx tx;

	arena_reset(b->arena);
	problems_init(&problems, b->arena);
	b->app->actor.tenant = t->id;
	tx_init(&tx, b->arena, &problems, &b->app->actor, t->id.s);
	return tx_run(b->app->db, TX_WRITE, &tx, fn, b);
}

static enum err
mark_some(struct tx *tx, void *arg)
{
	struct rebuild *b = arg;
	struct id after = b->after; /* it may be run again */
	enum err e = b->mark(tx, b->noun, &after, MARKS_AT_ONCE, &b->n);

	if (e == OK)
		b->next = after;
	return e;
}

static enum err
index_some(struct tx *tx, void *arg)
{
	struct rebuild *b = arg;

	return search_index(tx, found_nouns, &b->n);
}

static enum err
index_all(struct rebuild *b, const struct tenant *t, int64_t *sum)
{
	enum err e;

	do {
		e = run_tx(b, t, index_some);
		*sum += e == OK ? b->n : 0;
	} while (e == OK && b->n == SEARCH_BATCH);
	return e;
}

/* From the first row on: nothing lacks before the step. */
static enum err
fill_some(struct tx *tx, void *arg)
{
	struct rebuild *b = arg;
	enum err e;

	b->stepped = b->walk; /* it may be run again */
	e = search_fill(tx, b->noun, &b->stepped);
	return e == OK ? search_filled(tx, b->noun, &b->stepped.after) : e;
}

static enum err
fill_noun(struct rebuild *b, const struct tenant *t, int64_t *sum)
{
	enum err e;

	b->walk = (struct search_walk){.more = true};
	do {
		e = run_tx(b, t, fill_some);
		b->walk = b->stepped;
		*sum += e == OK ? b->walk.made : 0;
	} while (e == OK && b->walk.more);
	return e;
}

static enum err
rebuild_noun(struct rebuild *b, const struct tenant *t, int64_t *sum)
{
	static marker *const markers[] = {search_mark, search_mark_strays};
	enum err e = OK;

	for (size_t i = 0; e == OK && i < N_ELEMS(markers); i++) {
		b->mark = markers[i];
		b->after = (struct id){""};
		do {
			e = run_tx(b, t, mark_some);
			b->after = b->next;
			if (e == OK && b->n > 0)
				e = index_all(b, t, sum);
			else
				break;
		} while (e == OK);
	}
	return e;
}

static enum err
join_some(struct tx *tx, void *arg)
{
	struct rebuild *b = arg;

	return search_join(tx, &b->joins);
}

static enum err
join_all(struct rebuild *b, const struct tenant *t)
{
	enum err e;

	do
		e = run_tx(b, t, join_some);
	while (e == OK && b->joins);
	return e;
}

static enum err
rebuild_tenant(struct app *app, const struct tenant *t, void *arg)
{
	struct rebuild *b = arg;
	int64_t sum = 0;
	enum err e = b->anew ? OK : index_all(b, t, &sum);

	(void)app;
	for (size_t i = 0; e == OK && found_nouns[i]; i++) {
		b->noun = found_nouns[i];
		if (b->noun->found->kind)
			e = b->anew ? rebuild_noun(b, t, &sum)
				    : fill_noun(b, t, &sum);
	}
	if (e == OK)
		e = join_all(b, t);
	if (e == OK)
		printf("%s\t%" PRId64 " entries made%s\n", t->slug, sum,
		    b->anew ? " anew" : "");
	return e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *tenant = NULL;
	const struct option_row options[] = {
	    {.name = "tenant", .value = &tenant},
	    {.name = NULL},
	};
	struct rebuild b = {.app = app};
	int rest;
	enum err e = app_options(app, options, 2, argc, argv, &rest);

	if (e != OK)
		return e;
	b.anew = argc > 1 && str_eq(argv[1], "rebuild");
	if (rest != 2 || (!b.anew && !str_eq(argv[1], "fill")))
		return app_usage(app);
	b.arena = arena_new(ARENA_MAX);
	e = b.arena ? app_open(app) : E_BUSY;
	if (e == OK)
		e = app_each_tenant(app, tenant, rebuild_tenant, &b);
	arena_free(&b.arena);
	return e;
}

const struct command cmd_search = {
    .name = "search",
    .args = "fill|rebuild [--tenant S]",
    .help = "fill the index of words or make it anew, while it is used",
    .run = run,
};
