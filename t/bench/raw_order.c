/* raw_order.c - how fast is the intake's transaction without MPanel?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	t/bench/raw_order --db URL --processes N --seconds S [--tenants K]
 *	    [--items 1..3] [--no-counter] [--seed X]
 *
 * On a database made by `mpanel migrate`, `tenant add` and `seed`, N processes
 * write the rows of one intake in one transaction, again and again, straight
 * against sqlite3 or libpq with prepared statements: the same tables, keys,
 * triggers, counters and settings of durability, on SQLite the same queue of
 * writers and the same housekeeping, on PostgreSQL the same role.  No reading,
 * no HTTP, no JSON.  It prints one line:
 *
 *	{"rate":..,"p50_us":..,"p99_us":..,"p999_us":..,"transactions":..}
 *
 * The orders are the contract's example (--items 3) or its first item alone;
 * they alternate over the first K tenants.  --no-counter takes the ids for
 * numbers, so that nothing is shared but the disk.
 */
#include "config.h"
#include "raw_order.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define PROCESSES_MAX 64
#define TENANTS_MAX   64
#define SAMPLES_MAX   400000 /* of one process */
#define HOUSEKEEP_MS  50

struct bench {
	const char *url;
	const struct raw_engine *engine;
	int processes, seconds, tenants, items;
	bool no_counter;
	unsigned seed;
	/* shared by all processes */
	struct samples {
		size_t n;
		uint32_t us[SAMPLES_MAX];
	} * samples;
	volatile int *ready, *go;
};

void
raw_die(const char *what, const char *why)
{
	fprintf(stderr, "raw_order: %s: %s\n", what, why);
	exit(1);
}

static void
sleep_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static void
wait_for_go(const struct bench *b)
{
	__atomic_add_fetch(b->ready, 1, __ATOMIC_SEQ_CST);
	while (!*b->go)
		sleep_ms(1);
}

/* ---- the processes ---- */

static void
work(const struct bench *b, int nth)
{
	struct raw_conn *c = b->engine->open(b->url);
	struct samples *s = &b->samples[nth];
	struct raw_tenant tenant[TENANTS_MAX];
	int64_t end_us, from_us;
	char name[64];

	for (int i = 0; i < b->tenants; i++)
		raw_tenant_find(b->engine, c, i, &tenant[i]);
	wait_for_go(b);
	end_us = clock_mono_us() + (int64_t)b->seconds * 1000000;
	while ((from_us = clock_mono_us()) < end_us && s->n < SAMPLES_MAX) {
		snprintf(name, sizeof(name), "%x-%d-%zu", b->seed, nth, s->n);
		raw_order_place(b->engine, c,
		    &tenant[((size_t)nth + s->n) % (size_t)b->tenants], name,
		    b->items, !b->no_counter);
		s->us[s->n++] = (uint32_t)(clock_mono_us() - from_us);
	}
}

static void
housekeep(const struct bench *b)
{
	struct raw_conn *c = b->engine->open(b->url);

	wait_for_go(b);
	for (;;) {
		sleep_ms(HOUSEKEEP_MS);
		b->engine->checkpoint(c);
	}
}

static pid_t
spawn(const struct bench *b, int nth)
{
	pid_t pid = fork();

	if (pid < 0)
		raw_die("fork", "failed");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nth < 0)
		housekeep(b);
	else
		work(b, nth);
	_exit(0);
}

/* ---- the figures ---- */

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t
quantile(const uint32_t *us, size_t n, size_t per_mille)
{
	return n ? us[(n - 1) * per_mille / 1000] : 0;
}

static void
report(const struct bench *b, int64_t took_us)
{
	size_t n = 0, at = 0;
	uint32_t *all;

	for (int i = 0; i < b->processes; i++)
		n += b->samples[i].n;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		raw_die("report", "no memory");
	for (int i = 0; i < b->processes; i++) {
		memcpy(
		    all + at, b->samples[i].us, b->samples[i].n * sizeof(*all));
		at += b->samples[i].n;
	}
	qsort(all, n, sizeof(*all), by_size);
	printf("{\"rate\":%.1f,\"p50_us\":%u,\"p99_us\":%u,\"p999_us\":%u,"
	       "\"transactions\":%zu,\"seed\":%u}\n",
	    (double)n * 1e6 / (double)took_us, quantile(all, n, 500),
	    quantile(all, n, 990), quantile(all, n, 999), n, b->seed);
	free(all);
}

static void *
shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		raw_die("mmap", "failed");
	return p;
}

static int
run(struct bench *b)
{
	pid_t pid[PROCESSES_MAX], keeper = 0;
	int64_t from_us;
	int status, bad = 0, n = b->processes;

	b->samples = shared(sizeof(*b->samples) * (size_t)n);
	b->ready = shared(2 * sizeof(int));
	b->go = b->ready + 1;
	if (b->engine->checkpoint)
		keeper = spawn(b, -1);
	for (int i = 0; i < n; i++)
		pid[i] = spawn(b, i);
	while (*b->ready < n + (keeper > 0)) {
		if (waitpid(-1, &status, WNOHANG) > 0)
			raw_die("start", "a process has ended");
		sleep_ms(1);
	}
	from_us = clock_mono_us();
	*b->go = 1;
	for (int i = 0; i < n; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status != 0)
			bad++;
	report(b, clock_mono_us() - from_us);
	if (keeper > 0)
		kill(keeper, SIGKILL);
	return bad > 0;
}

/* ---- the command line ---- */

static noreturn void
usage(void)
{
	fputs("usage: raw_order --db URL --processes N --seconds S "
	      "[--tenants K] [--items 1..3] [--no-counter] [--seed X]\n",
	    stderr);
	exit(64);
}

static int
number(const char *s, int least, int most)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (*end || end == s || n < least || n > most)
		usage();
	return (int)n;
}

static void
read_options(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {
	    {"db", required_argument, NULL, 'd'},
	    {"processes", required_argument, NULL, 'p'},
	    {"seconds", required_argument, NULL, 's'},
	    {"tenants", required_argument, NULL, 't'},
	    {"items", required_argument, NULL, 'i'},
	    {"seed", required_argument, NULL, 'x'},
	    {"no-counter", no_argument, NULL, 'n'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'd')
			b->url = optarg;
		else if (c == 'p')
			b->processes = number(optarg, 1, PROCESSES_MAX);
		else if (c == 's')
			b->seconds = number(optarg, 1, 600);
		else if (c == 't')
			b->tenants = number(optarg, 1, TENANTS_MAX);
		else if (c == 'i')
			b->items = number(optarg, 1, RAW_ITEMS);
		else if (c == 'x')
			b->seed = (unsigned)number(optarg, 0, 2147483647);
		else if (c == 'n')
			b->no_counter = true;
		else
			usage();
	}
	if (!b->url || optind != argc)
		usage();
}

int
main(int argc, char **argv)
{
	struct bench b = {.processes = 2,
	    .seconds = 5,
	    .tenants = 1,
	    .items = RAW_ITEMS,
	    .seed = (unsigned)(clock_now_ms() & 0x7fffffff)};

	read_options(&b, argc, argv);
	b.engine = strncmp(b.url, "sqlite:", 7) == 0 ? &raw_sqlite : &raw_pg;
	return run(&b);
}
