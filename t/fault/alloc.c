/* alloc.c - no request is answered wrongly because memory was refused.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each scene is one request to the whole wiring over a database with orders in
 * every state.  It runs once without a fault; then again from the same
 * beginning with its nth request for memory refused, only that one or all that
 * follow.  What must hold each time:
 *
 *	the answer is the one without a fault, with the same body and the same
 *	effect; or it is 503 with Retry-After, or none, and nothing has happened
 *	(but what a repetition of the request finds and tells: scenes marked
 *	KEYED); and the program goes on and has lost no memory.
 *
 * By default some n of each scene, chosen by MPANEL_SEED; MPANEL_FAULTS=all
 * takes every n.  MPANEL_SCENE=NAME narrows.  Under valgrind it finds nothing:
 * that brings its own malloc().
 */
#include "config.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "house.h"
#include "memory.h"
#include "tap.h"

#define PATIENCE_S 60 /* a request that takes longer hangs */
#define SAMPLES	   4  /* of each scene, kind of fault and engine */

/* One request, with its nth piece of memory refused (0: none); what it asked
 * for in *asked_out. */
static int
call(struct house *h, const struct scene *sc, int64_t nth, bool lasting,
    int64_t *asked_out)
{
	struct asked a;
	int status;

	house_ask(h, sc, &a);
	alarm(PATIENCE_S);
	memory_refuse(nth, lasting);
	status = webtest_try(&h->web, &a.call);
	*asked_out = memory_stop();
	alarm(0);
	return status;
}

/* ---- what must hold ---- */

static struct {
	const struct scene *scene;
	int64_t nth;
	bool lasting;
	const char *engine;
} here; /* for whoever dies */

static void
on_crash(int sig)
{
	char line[160];
	int n = snprintf(line, sizeof(line),
	    "not ok - signal %d in %s, %s, memory refused %s %lld\n", sig,
	    here.engine, here.scene ? here.scene->name : "set-up",
	    here.lasting ? "from" : "at", (long long)here.nth);

	(void)!write(STDOUT_FILENO, line, (size_t)n);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Status line, headers and body that belong together. */
static const char *
why_malformed(const struct webtest *w, int status)
{
	const char *type = webtest_header(w, "Content-Type");
	bool is_json = str_starts(type, "application/");
	bool is_html = str_starts(type, "text/html");
	json_t *v;

	if (strtoul(webtest_header(w, "Content-Length"), NULL, 10) !=
	    strlen(w->body))
		return "the length is not the body's";
	if (!*webtest_header(w, "X-Request-Id"))
		return "no request id";
	if (status == 503 && !*webtest_header(w, "Retry-After"))
		return "503 without Retry-After";
	if (is_json) {
		if (!(v = json_loads(w->body, 0, NULL)))
			return "no JSON";
		json_decref(v);
	}
	if (is_html && !strstr(w->body, "</html>"))
		return "half a page";
	return NULL;
}

/* What the scene does without a fault. */
struct normal {
	uint64_t body, after;
	int64_t asked, live;
};

/* The connection was lost in the middle of COMMIT, and the answer says so; the
 * page with it has shown, and cleared, the word of success. */
static bool
is_unknown(struct house *h, int status)
{
	return status == 503 &&
	       strstr(h->web.body, "Look whether it is done") &&
	       contents_ended(h->contents, "sessions");
}

static const char *
why_wrong(struct house *h, const struct scene *sc, const struct normal *want,
    int status)
{
	struct digest now = contents_digest(h->contents);
	bool untouched = now.exact == h->before.exact;
	bool is_done = now.shape == want->after;
	const char *why = status ? why_malformed(&h->web, status) : NULL;

	if (why || is_unknown(h, status))
		return why;
	if (!untouched && !is_done)
		return "the data is between before and after";
	if (status != 0 && status != 503 && status != sc->status)
		return "another answer than without a fault";
	if (status != sc->status)
		return untouched || sc->flags & KEYED
			   ? NULL
			   : "an error, but it is done";
	if (status < 400 && !(sc->flags & VARIES) &&
	    contents_shape(h->web.body) != want->body)
		return "the same status with another body";
	return is_done || sc->flags & NOTED
		   ? NULL
		   : "the answer of a success, and nothing is done";
}

static bool
complain(struct house *h, const struct scene *sc, int status, const char *why)
{
	note("%s: %s, memory refused %s %lld: status %d: %s", here.engine,
	    sc->name, here.lasting ? "from" : "at", (long long)here.nth, status,
	    why);
	contents_explain(h->contents);
	if (status > 0)
		note("%.300s", h->web.body);
	return false;
}

/* The program is as good as before: somebody can be served. */
static bool
still_serves(struct house *h)
{
	static const struct scene me = {
	    "me", OWNER, "GET", "/api/auth/me", NULL, 200, 0};
	int64_t asked;
	int status = call(h, &me, 0, false, &asked);

	return status == 200 || complain(h, &me, status, "not served after");
}

/* A new connection keeps no statement yet: what memory holds is comparable. */
static void
reconnect(struct house *h)
{
	struct testdb *t = h->shop.t;

	db_close(&t->db);
	h->web.db = t->db = testdb_open(t->url);
	webtest_again(&h->web);
}

static int64_t n_tried;

static bool
try_nth(struct house *h, const struct scene *sc, const struct normal *want,
    int64_t nth, bool lasting)
{
	int64_t asked;
	const char *why;
	int status;
	bool good;

	here.scene = sc;
	here.nth = nth;
	here.lasting = lasting;
	n_tried++;
	status = call(h, sc, nth, lasting, &asked);
	/* What was sent over a lost connection may still be on its way. */
	if (db_is_lost(h->web.db))
		reconnect(h);
	contents_await(h->contents);
	why = why_wrong(h, sc, want, status);
	good = why ? complain(h, sc, status, why) : true;
	if (contents_digest(h->contents).exact != h->before.exact)
		contents_restore(h->contents);
	return still_serves(h) && good;
}

/* ---- the sweep ---- */

static unsigned seed;

static bool
learn(struct house *h, const struct scene *sc, struct normal *out)
{
	int status = 0;

	reconnect(h);
	/* Twice: the first time fills what is kept between requests. */
	for (int i = 0; i < 2; i++) {
		status = call(h, sc, 0, false, &out->asked);
		if (status != sc->status)
			return complain(h, sc, status, "without a fault");
		out->after = contents_digest(h->contents).shape;
		contents_expect(h->contents);
		out->body = contents_shape(h->web.body);
		contents_restore(h->contents);
	}
	(void)still_serves(h);
	out->live = memory_live();
	return true;
}

static bool
sweep(struct house *h, const struct scene *sc, bool all, bool lasting,
    const struct normal *want)
{
	bool good = true;
	int64_t n = want->asked;

	if (all && !(sc->flags & SLOW)) {
		for (int64_t i = 1; i <= n; i++)
			good &= try_nth(h, sc, want, i, lasting);
		return good;
	}
	for (int i = 0; i < (all ? 10 * SAMPLES : SAMPLES); i++)
		good &= try_nth(h, sc, want, 1 + random() % n, lasting);
	return good;
}

static bool
sweep_both(struct house *h, const struct scene *sc, bool all,
    const struct normal *want)
{
	bool good;

	/* The same n each time, for keeps_less(). */
	srandom(seed + (unsigned)(sc - scenes));
	good = sweep(h, sc, all, false, want);
	return sweep(h, sc, all, true, want) && good;
}

/* What is kept for ever, like prepared statements, is kept once, and what is
 * kept for seconds comes and goes: lost is what grows again and again. */
static bool
keeps_less(struct house *h, const struct scene *sc, bool all,
    const struct normal *want)
{
	struct normal last = *want, now;

	if (!learn(h, sc, &now))
		return false;
	for (int i = 0; i < 5; i++) {
		if (now.live <= last.live)
			return true;
		last = now;
		(void)sweep_both(h, sc, all, want);
		if (!learn(h, sc, &now))
			return false;
	}
	fprintf(stderr,
	    "# %lld pieces more than at first, %lld of them the last time\n",
	    (long long)(now.live - want->live),
	    (long long)(now.live - last.live));
	return now.live <= last.live;
}

static void
play(struct house *h, const struct scene *sc, bool all)
{
	struct normal want = {0};

	here.scene = sc;
	here.nth = 0;
	if (!learn(h, sc, &want)) {
		ok(false, "%s: %s is answered", here.engine, sc->name);
		return;
	}
	ok(sweep_both(h, sc, all, &want), "%s: %s: %s", here.engine, sc->name,
	    "refused memory is no wrong answer, and nothing is half done");
	ok(keeps_less(h, sc, all, &want),
	    "%s: %s: it is served as before, and no memory is lost",
	    here.engine, sc->name);
}

static void
test(struct testdb *t)
{
	const char *faults = getenv("MPANEL_FAULTS");
	const char *only = getenv("MPANEL_SCENE");
	static struct house h;

	here.engine = db_engine_name(t->engine);
	house_open(&h, t);
	log_set_level(LOG__MAX);
	for (size_t i = 0; i < n_scenes; i++)
		if (!only || str_eq(only, scenes[i].name))
			play(&h, &scenes[i], faults && str_eq(faults, "all"));
	log_set_level(LOG_WARN);
	house_close(&h);
}

int
main(void)
{
	const char *given = getenv("MPANEL_SEED");

	seed =
	    given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
	note("MPANEL_SEED=%u", seed);
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	signal(SIGBUS, on_crash);
	signal(SIGFPE, on_crash);
	signal(SIGALRM, on_crash);
	testdb_each(test);
	note("%lld requests with a fault", (long long)n_tried);
	return tap_done();
}
