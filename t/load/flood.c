/* flood.c - requests at a given rate, whether they are answered or not.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	flood --port N [--rate N] [--connections N] [--seconds S]
 *	      [--requests N] [--timeout S] [--seed N] NAME:WEIGHT:FILE...
 *
 * FILEs as in load (t/bench); which one is sent is drawn by WEIGHT.  With
 * --rate it is an open loop: requests come at that rate on whatever connection
 * is free, and how long each took is counted from when it should have been
 * sent.  Without, each connection asks again when it is answered.  Ends when
 * all that was asked within --seconds, or --requests, has been answered or
 * given up after --timeout.  Prints one line of JSON: `unsent` (no connection
 * was free), `broken`, `late` (given up), successes in each second, and for
 * each NAME statuses, and times of success, of 503 and of the rest.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../bench/http.h"
#include "../bench/load_options.h"
#include "../bench/stats.h"

enum { CONNECTIONS_MAX = 16000, KINDS_MAX = 64, SECONDS_MAX = 7200 };

enum group { GROUP_OK, GROUP_REFUSED, GROUP_OTHER, GROUP__MAX };

static const char *const group_names[GROUP__MAX] = {
    [GROUP_OK] = "ok", [GROUP_REFUSED] = "refused", [GROUP_OTHER] = "other"};

struct kind {
	const char *name;
	long weight;
	struct http_form form;
	struct stats times[GROUP__MAX];
	long statuses[1000], broken, late;
	long no_retry_after; /* 503 that does not say when to come again */
};

static struct load_options args = {.connections = 8, .seconds = 2, .seed = 1};
static double rate, timeout = 30;

static struct kind kinds[KINDS_MAX];
static int n_kinds;
static long all_weights;

static struct http_connection *conns;
static int *idle, n_idle; /* indexes of connections, the last used last */
static long asked, unsent;
static int64_t begun_us, end_us;
static bool is_over;
static long *successes; /* in each second */
static unsigned long long dice;

/* ---- asking ---- */

/* xorshift64*: the same draws for the same seed. */
static unsigned long long
draw(void)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return dice * 0x2545f4914f6cdd1dULL >> 16;
}

static int
draw_kind(void)
{
	long at = (long)(draw() % (unsigned long long)all_weights);
	int i = 0;

	while ((at -= kinds[i].weight) >= 0)
		i++;
	return i;
}

static bool
has_time(int64_t now)
{
	return now < end_us && (args.requests == 0 || asked < args.requests);
}

static void
ask(struct http_connection *c, int64_t since_us)
{
	asked++;
	c->since_us = since_us;
	c->number = draw_kind();
	http_ask(c, &kinds[c->number].form);
}

static void
ask_due(int64_t now)
{
	while (has_time(now)) {
		int64_t due =
		    begun_us + (int64_t)((double)(asked + unsent) * 1e6 / rate);

		if (due > now)
			return;
		if (n_idle > 0)
			ask(&conns[idle[--n_idle]], due);
		else
			unsent++;
	}
	is_over = true;
}

/* ---- answers ---- */

static void
record(struct http_connection *c, int64_t now)
{
	struct kind *k = &kinds[c->number];
	int status = http_status(c);
	enum group g = status >= 200 && status < 300 ? GROUP_OK
		       : status == 503		     ? GROUP_REFUSED
						     : GROUP_OTHER;
	int64_t second = (now - begun_us) / 1000000;

	k->statuses[status]++;
	stats_add(&k->times[g], now - c->since_us);
	if (status == 503 && !http_header(c, "\r\nRetry-After:"))
		k->no_retry_after++;
	if (g == GROUP_OK && second < SECONDS_MAX)
		successes[second]++;
}

static void
on_end(struct http_connection *c, bool is_whole)
{
	int64_t now = stats_now_us();

	if (is_whole)
		record(c, now);
	else
		kinds[c->number].broken++;
	if (rate <= 0 && has_time(now))
		ask(c, now);
	else
		idle[n_idle++] = (int)(c - conns);
}

static void
give_up_late(int64_t now)
{
	for (int i = 0; i < args.connections; i++) {
		struct http_connection *c = &conns[i];

		if (!c->is_asking ||
		    now - c->since_us < (int64_t)(timeout * 1e6))
			continue;
		kinds[c->number].late++;
		http_close(c);
		idle[n_idle++] = i;
	}
}

/* ---- the run ---- */

static void
begin(void)
{
	struct rlimit files = {CONNECTIONS_MAX + 64, CONNECTIONS_MAX + 64};

	setrlimit(RLIMIT_NOFILE, &files);
	conns = calloc((size_t)args.connections, sizeof(*conns));
	idle = calloc((size_t)args.connections, sizeof(*idle));
	successes = calloc(SECONDS_MAX, sizeof(*successes));
	if (!conns || !idle || !successes)
		exit(1);
	for (int i = args.connections - 1; i >= 0; i--) {
		http_connection_init(&conns[i]);
		idle[n_idle++] = i;
	}
	dice = args.seed * 0x9e3779b97f4a7c15ULL | 1;
	http_init(args.port, args.seed << 32, on_end);
	begun_us = stats_now_us();
	end_us = begun_us + (int64_t)(args.seconds * 1e6);
	while (rate <= 0 && n_idle > 0)
		ask(&conns[idle[--n_idle]], begun_us);
}

static double
run(void)
{
	int64_t now, look_at = begun_us;

	for (;;) {
		now = stats_now_us();
		if (rate > 0)
			ask_due(now);
		else
			is_over = !has_time(now);
		if (is_over && n_idle == args.connections)
			break;
		if (now >= look_at) {
			give_up_late(now);
			look_at = now + 100000;
		}
		http_work(rate > 0 && !is_over ? 1 : 50);
	}
	return (double)(now - begun_us) / 1e6;
}

/* ---- what is said ---- */

static void
print_kind(struct kind *k, double seconds)
{
	const char *comma = "";

	printf("\"%s\":{\"broken\":%ld,\"late\":%ld,\"no_retry_after\":%ld,"
	       "\"status\":{",
	    k->name, k->broken, k->late, k->no_retry_after);
	for (int i = 0; i < 1000; i++)
		if (k->statuses[i] > 0) {
			printf("%s\"%d\":%ld", comma, i, k->statuses[i]);
			comma = ",";
		}
	printf("}");
	for (int g = 0; g < GROUP__MAX; g++) {
		printf(",\"%s\":{", group_names[g]);
		stats_print(&k->times[g], seconds);
		printf("}");
	}
	printf("}");
}

static void
print(double seconds)
{
	int n = (int)(args.seconds < seconds ? args.seconds : seconds);

	printf("{\"seconds\":%.3f,\"asked\":%ld,\"unsent\":%ld,"
	       "\"successes\":[",
	    seconds, asked, unsent);
	for (int i = 0; i < n && i < SECONDS_MAX; i++)
		printf("%s%ld", i ? "," : "", successes[i]);
	printf("],\"kinds\":{");
	for (int i = 0; i < n_kinds; i++) {
		if (i > 0)
			printf(",");
		print_kind(
		    &kinds[i], args.seconds < seconds ? args.seconds : seconds);
	}
	printf("}}\n");
}

static bool
read_kind(char *text)
{
	char *weight = strchr(text, ':');
	char *file = weight ? strchr(weight + 1, ':') : NULL;
	struct kind *k = &kinds[n_kinds];

	if (!file || n_kinds == KINDS_MAX)
		return false;
	*weight++ = *file++ = '\0';
	k->name = text;
	k->weight = atol(weight);
	if (k->weight < 1)
		return false;
	all_weights += k->weight;
	http_form_read(&k->form, file);
	n_kinds++;
	return true;
}

static void
usage(void)
{
	fprintf(stderr, "usage: flood --port N [...] NAME:WEIGHT:FILE...\n");
	exit(64);
}

static void
read_args(int argc, char **argv)
{
	static const struct load_option own[] = {
	    {"rate", .number = &rate}, {"timeout", .number = &timeout}, {NULL}};

	if (!load_options_read(&args, own, argc, argv))
		usage();
	for (; optind < argc; optind++)
		if (!read_kind(argv[optind]))
			usage();
	if (n_kinds == 0 || args.connections > CONNECTIONS_MAX ||
	    args.seconds >= SECONDS_MAX)
		usage();
}

int
main(int argc, char **argv)
{
	read_args(argc, argv);
	begin();
	print(run());
	return 0;
}
