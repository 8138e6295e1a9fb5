/* io.c - the n-th thing that SQLite asks of the disk fails, for every n.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Once, or from then on; as a broken disk says it, or a full one.  Whatever is
 * being done says so, as a fault and not as a refusal, unless it was done; the
 * data are as before or as after it, whoever looks, and once the disk is well
 * the same connection goes on.
 *
 *	MPANEL_SEED=N	repeats a run
 *	MPANEL_IO_ALL=1	every n, not a sample (`make power`)
 */
#include "config.h"
#include "store/schema_version.h"

#include "dice.h"
#include "shim.h"
#include "stage.h"
#include "state.h"
#include "tap.h"

#define SAMPLE	    8 /* trials of one scene and one kind of fault */
#define SAMPLE_SLOW 2 /* of one that hashes a password */
#define CALLS_MAX   20000

/* ---- the fault ---- */

enum fault_kind { BROKEN_ONCE, BROKEN, FULL_ONCE, FULL, FAULT__MAX };

static const char *const fault_names[FAULT__MAX] = {
    [BROKEN_ONCE] = "fails once",
    [BROKEN] = "fails from then on",
    [FULL_ONCE] = "is full once",
    [FULL] = "is full from then on",
};

static const int broken_code[SHIM__MAX] = {
    [SHIM_OPEN] = SQLITE_CANTOPEN,
    [SHIM_READ] = SQLITE_IOERR_READ,
    [SHIM_WRITE] = SQLITE_IOERR_WRITE,
    [SHIM_TRUNCATE] = SQLITE_IOERR_TRUNCATE,
    [SHIM_SYNC] = SQLITE_IOERR_FSYNC,
    [SHIM_SIZE] = SQLITE_IOERR_FSTAT,
    [SHIM_LOCK] = SQLITE_IOERR_LOCK,
    [SHIM_ACCESS] = SQLITE_IOERR_ACCESS,
    [SHIM_DELETE] = SQLITE_IOERR_DELETE,
    [SHIM_SHM_MAP] = SQLITE_IOERR_SHMMAP,
    [SHIM_SHM_LOCK] = SQLITE_IOERR_SHMLOCK,
    /* SHIM_DIR_SYNC can't fail */
};

static struct {
	enum fault_kind kind;
	int at;	   /* which call, from 1 */
	int calls; /* seen so far */
	int refused;
	enum shim_op op; /* the first that was refused */
} fault;

static int
harm(const struct shim_call *c)
{
	bool is_full = fault.kind == FULL || fault.kind == FULL_ONCE;
	bool goes_on = fault.kind == FULL || fault.kind == BROKEN;
	int code = is_full ? SQLITE_FULL : broken_code[c->op];

	if (code == SQLITE_OK || (is_full && c->op != SHIM_WRITE))
		return shim_skip_syncs(c);
	fault.calls++;
	if (goes_on ? fault.calls < fault.at : fault.calls != fault.at)
		return shim_skip_syncs(c);
	if (fault.refused++ == 0)
		fault.op = c->op;
	return code;
}

static void
harm_from(enum fault_kind kind, int at)
{
	fault.kind = kind;
	fault.at = at;
	fault.calls = fault.refused = 0;
	shim_hook(harm);
}

/* ---- trials ---- */

struct play {
	const struct scene *scene;
	/* without a fault: */
	struct state before, after;
	uint64_t answer;
	int calls[FAULT__MAX];
	/* with: */
	int n_trials, n_done, n_after;
};

/* How it goes when nothing fails, and how many calls it makes. */
static void
rehearse(struct stage *s, struct play *p)
{
	for (enum fault_kind k = 0; k < FAULT__MAX; k++) {
		stage_enter(s, p->scene);
		if (state_read(s->t.db, &p->before) != OK)
			bail("%s", p->scene->name);
		stage_leave(s);
		stage_enter(s, p->scene);
		harm_from(k, CALLS_MAX);
		if (p->scene->run(s) != OK)
			bail("%s does not even go well", p->scene->name);
		p->calls[k] = fault.calls;
		p->answer = s->answer;
		shim_hook(shim_skip_syncs);
		if (state_read(s->t.db, &p->after) != OK)
			bail("%s", p->scene->name);
		stage_leave(s);
	}
}

/* What a caller is told to try again, and staff to look after. */
static bool
is_fault(enum err e)
{
	return e == E_DB || e == E_BUSY || e == E_SYS;
}

/* NULL: done, or not at all.  Only how many rows there are can be compared
 * with what was done another time. */
static const char *
judge_state(struct stage *s, struct play *p, enum err said, bool *done)
{
	struct state now;

	if (state_read(s->t.db, &now) != OK)
		return "it can't be read afterwards";
	*done = now.content != p->before.content;
	if (*done && now.shape != p->after.shape)
		return "something between";
	if (said == OK && p->after.content != p->before.content && !*done)
		return "an OK for what is not there";
	if (said != OK && *done)
		p->n_after++;
	return NULL;
}

/* A migration goes step by step: each is there or not. */
static const char *
judge_steps(struct stage *s, enum err said)
{
	int version;

	if (db_schema_version(s->t.db, &version) != OK)
		return "it can't be read afterwards";
	return said == OK && version != DB_SCHEMA_VERSION
		   ? "an OK for what is not there"
		   : NULL;
}

/* The disk is well: what was to be done is done now, and once. */
static const char *
go_on(struct stage *s, const struct play *p, bool done)
{
	struct state now;
	enum err e;

	if (done && p->scene->adds)
		return NULL;
	s->act = p->scene->act;
	s->answer = 0;
	e = p->scene->run(s);
	if (e != OK && !(done && e == E_CONFLICT))
		return "it does not go on";
	if (state_read(s->t.db, &now) != OK || now.shape != p->after.shape)
		return "it was not done once";
	if (s->answer != p->answer)
		return "another answer";
	if (!state_is_sound(s->t.db))
		return "the file is not sound";
	return strcmp(p->scene->base, STAGE_SHOP) == 0 &&
		       !shop_is_sound(&s->shop)
		   ? "an invariant does not hold"
		   : NULL;
}

static const char *
judge(struct stage *s, struct play *p, enum err said, bool anew)
{
	bool done = false;
	const char *why = NULL;

	if (said != OK && !is_fault(said))
		return "a refusal, not a fault";
	if (said == OK && s->answer != p->answer)
		return "an OK with another answer";
	if (s->t.db == NULL || anew) {
		db_close(&s->t.db);
		if (stage_open(s) != OK)
			return "it can't be opened afterwards";
	}
	why = p->scene->has_steps ? judge_steps(s, said)
				  : judge_state(s, p, said, &done);
	return why ? why : go_on(s, p, done);
}

/* anew: who looks afterwards has opened the database then. */
static bool
try_one(
    struct stage *s, struct play *p, enum fault_kind kind, int at, bool anew)
{
	const char *why;
	enum err e;

	stage_enter(s, p->scene);
	harm_from(kind, at);
	e = p->scene->run(s);
	shim_hook(shim_skip_syncs);
	p->n_trials++;
	p->n_done += e == OK;
	why = judge(s, p, e, anew);
	if (why != NULL)
		note("%s, when the disk %s, call %d (%s), %s: %s",
		    p->scene->name, fault_names[kind], at,
		    shim_op_name(fault.op), err_info(e)->code, why);
	stage_leave(s);
	return why == NULL;
}

static int
try_all(
    struct stage *s, struct play *p, enum fault_kind kind, struct dice *dice)
{
	int n = p->calls[kind], bad = 0, step = 1;
	int sample = p->scene->is_slow ? SAMPLE_SLOW : SAMPLE;

	if (getenv("MPANEL_IO_ALL") == NULL && n > sample)
		step = (n + sample - 1) / sample;
	for (int at = 1 + (int)dice_roll(dice, (uint32_t)step); at <= n;
	     at += step)
		bad += !try_one(s, p, kind, at, dice_roll(dice, 2) == 0);
	return bad;
}

static void
test_scene(struct stage *s, struct play *p, struct dice *dice)
{
	int bad = 0;

	rehearse(s, p);
	for (enum fault_kind k = 0; k < FAULT__MAX; k++)
		bad += try_all(s, p, k, dice);
	ok(bad == 0, "%s is done or not done when the disk fails",
	    p->scene->name);
	note("%d calls, %d trials; %d done, %d done unheard", p->calls[BROKEN],
	    p->n_trials, p->n_done, p->n_after);
}

static void
test(struct testdb *t)
{
	uint64_t seed = dice_seed();
	struct dice dice = dice_new(seed);
	const struct scene *scene;
	struct stage s;

	note("MPANEL_SEED=%" PRIu64, seed);
	stage_init(&s, t);
	for (size_t i = 0; (scene = stage_scene(i)) != NULL; i++)
		test_scene(&s, &(struct play){.scene = scene}, &dice);
	stage_fini(&s);
}

int
main(void)
{
	if (!testdb_only(DB_SQLITE))
		return 0;
	shim_install();
	testdb_each(test);
	return tap_done();
}
