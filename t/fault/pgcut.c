/* pgcut.c - PostgreSQL goes away at each message of a request.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A proxy cuts the connection before, within or behind the nth message of the
 * program or of the server: on a connection that is made anew for the request
 * (start-up and preparation included), and on one that has done the same
 * before.  The answer is 503 with Retry-After and the state that before or
 * after, never between; or the right answer with its effect.  The same call
 * again is done once, whatever became of the first.
 *
 * Some messages of each request, chosen by MPANEL_SEED; MPANEL_FAULTS=all cuts
 * at every one.  MPANEL_ERRAND=NAME narrows, MPANEL_SLICE=2/5 takes the second
 * fifth.
 */
#include "config.h"

#include <dirent.h>

#include "base/log.h"
#include "counter.h"
#include "cutter.h"
#include "dice.h"
#include "tap.h"

#define SAMPLES	     16 /* of each errand and kind of connection */
#define LOGINS	     4	/* a password takes long */
#define FAILURES_MAX 20

struct game {
	struct counter counter;
	struct cutter *cutter;
	struct dice dice;
	const struct errand *errand;
	bool is_cold;
	struct cut_seen whole;	  /* of a request that is not cut */
	char after[128];	  /* its end */
	char *body;		  /* heap */
	int n_cut, n_good, n_bad; /* cuts; answered well; wrong */
};

static int
n_open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* The connection as the game wants it. */
static void
set_up(struct game *g)
{
	struct trip t;

	if (g->is_cold) {
		cutter_drop(g->cutter);
		return;
	}
	counter_prepare(&g->counter, g->errand, &t);
	if (counter_call(&g->counter, &t) != g->errand->status)
		bail("%s without a cut: %s", g->errand->name,
		    g->counter.web.body);
}

static void
learn(struct game *g)
{
	struct counter *c = &g->counter;
	struct trip t;
	int status;

	set_up(g);
	counter_prepare(c, g->errand, &t);
	cutter_arm(g->cutter, &(struct cut){.nth = 0});
	status = counter_call(c, &t);
	g->whole = cutter_disarm(g->cutter);
	snprintf(g->after, sizeof(g->after), "%s", counter_look(c, &t));
	free(g->body);
	g->body = strdup(c->web.body);
	if (status != g->errand->status)
		bail("%s: %d %s", g->errand->name, status, c->web.body);
}

static void
complain(struct game *g, const struct cut *cut, const char *what, int status,
    const char *state)
{
	static const char *const places[] = {"before", "within", "after"};

	if (++g->n_bad < FAILURES_MAX)
		note("%s, %s, cut %s message %d of the %s (%s): %s: %d, %s",
		    g->errand->name, g->is_cold ? "cold" : "warm",
		    places[cut->place], cut->nth,
		    cut->side == CUT_FRONTEND ? "program" : "server",
		    cut->reset ? "RST" : "FIN", what, status, state);
}

static bool
is_right(struct game *g, const struct trip *t, int status, const char *state)
{
	bool is_done = strcmp(state, g->after) == 0;

	if (status == g->errand->status)
		return is_done;
	return status == 503 &&
	       webtest_header(&g->counter.web, "Retry-After")[0] &&
	       (is_done || strcmp(state, t->before) == 0);
}

/* The caller tries again: it finds out, or it is done now. */
static bool
repeats(struct game *g, const struct trip *t, const char *state, int *status)
{
	const struct errand *e = g->errand;
	bool was_done = strcmp(state, t->before) != 0;

	*status = counter_call(&g->counter, t);
	if (e->again == 0)
		return *status == e->status;
	return *status == (was_done ? e->again : e->status) &&
	       strcmp(counter_look(&g->counter, t), g->after) == 0;
}

static void
cut_at(struct game *g, const struct cut *cut)
{
	struct counter *c = &g->counter;
	struct cut_seen seen;
	struct trip t;
	const char *state;
	int status;

	arena_reset(c->shop.t->arena);
	set_up(g);
	counter_prepare(c, g->errand, &t);
	cutter_arm(g->cutter, cut);
	status = counter_call(c, &t);
	seen = cutter_disarm(g->cutter);
	state = counter_look(c, &t);
	g->n_cut += seen.has_cut;
	g->n_good += status == g->errand->status;
	if (!is_right(g, &t, status, state))
		complain(g, cut, "wrong", status, state);
	else if (t.call.method[0] == 'G' && status == 200 &&
		 strcmp(c->web.body, g->body) != 0)
		complain(g, cut, "another body", status, state);
	if (!repeats(g, &t, state, &status))
		complain(g, cut, "again", status, state);
}

/* The i-th point of all. */
static struct cut
point(struct game *g, int i)
{
	struct cut cut = {.place = (enum cut_place)(i % CUT_PLACES),
	    .side = CUT_FRONTEND,
	    .nth = i / CUT_PLACES + 1,
	    .reset = dice_roll(&g->dice, 2)};

	if (cut.nth > g->whole.n[CUT_FRONTEND]) {
		cut.side = CUT_BACKEND;
		cut.nth -= g->whole.n[CUT_FRONTEND];
	}
	return cut;
}

static void
play(struct game *g)
{
	bool all = getenv("MPANEL_FAULTS") &&
		   strcmp(getenv("MPANEL_FAULTS"), "all") == 0;
	int n_points, n = g->errand->again ? SAMPLES : LOGINS;
	int slice = 1, n_slices = 1;

	g->n_cut = g->n_good = g->n_bad = 0;
	learn(g);
	n_points =
	    CUT_PLACES * (g->whole.n[CUT_FRONTEND] + g->whole.n[CUT_BACKEND]);
	if (all && getenv("MPANEL_SLICE"))
		sscanf(getenv("MPANEL_SLICE"), "%d/%d", &slice, &n_slices);
	if (all)
		n = n_points / n_slices;
	for (int i = 0; i < n; i++) {
		int at = all ? i * n_slices + slice - 1
			     : (int)dice_roll(&g->dice, (uint32_t)n_points);
		struct cut cut = point(g, at);

		cut_at(g, &cut);
	}
	note("%s, %s: %d and %d messages, %d of %d cut, %d answered well",
	    g->errand->name, g->is_cold ? "cold" : "warm",
	    g->whole.n[CUT_FRONTEND], g->whole.n[CUT_BACKEND], g->n_cut, n,
	    g->n_good);
	ok(g->n_bad == 0 && g->n_cut > 0,
	    "%s, on a connection made %s: cut anywhere, all or nothing, and "
	    "once when it is repeated",
	    g->errand->name, g->is_cold ? "for it" : "before");
}

static void
test(struct testdb *t)
{
	const char *only = getenv("MPANEL_ERRAND");
	uint64_t seed = dice_seed();
	struct game g = {.dice = dice_new(seed)};
	const char *name = strchr(t->url, '@') + 2;
	int n_files;

	if (t->engine != DB_POSTGRES)
		return;
	note("MPANEL_SEED=%" PRIu64, seed);
	log_set_level(LOG_ERROR);
	g.cutter = cutter_start(arena_printf(t->arena, "%s/.s.PGSQL.5432",
	    strstr(t->url, "host=") + strlen("host=")));
	counter_open(&g.counter, t,
	    arena_printf(t->arena,
		"postgresql://mpanel_app@127.0.0.1:%d/%.*s?sslmode=disable"
		"&gssencmode=disable",
		cutter_port(g.cutter), (int)strcspn(name, "?"), name));
	n_files = n_open_files();
	for (int i = 0; i < n_errands; i++) {
		g.errand = &errands[i];
		if (only && strcmp(only, g.errand->name) != 0)
			continue;
		for (int cold = 0; cold < 2; cold++) {
			g.is_cold = cold;
			play(&g);
		}
	}
	/* There are thousands of orders by now, where all points are cut. */
	testdb_analyze(t);
	ok(shop_is_sound(&g.counter.shop), "every invariant holds");
	is_int(n_open_files(), n_files, "and no file is left open");
	free(g.body);
	counter_close(&g.counter);
	cutter_stop(&g.cutter);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
