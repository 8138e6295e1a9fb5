/* load.c - send the same requests over N connections, and time each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	load --port N [--connections N] [--seconds S] [--warm S]
 *	     [--requests N] [--expect TEXT] [--seed N] FILE...
 *
 * A FILE is one whole HTTP/1.1 request (http.h says what is replaced in it);
 * the connections send them in turn and ask again when they are answered (a
 * closed loop).  --seed chooses where serial numbers begin.  It ends after
 * --seconds (not counting --warm, whose answers are not recorded) and at least
 * one answer, or after --requests answers, and prints one line of JSON: rate,
 * percentiles, how many answers had which status, how many held TEXT.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "load_options.h"
#include "stats.h"

enum { CONNECTIONS_MAX = 1024, FILES_MAX = 64, ERRORS_MAX = 10000 };

static struct load_options args = {.connections = 8, .seconds = 2};
static double warm;
static const char *expect;

static struct http_form forms[FILES_MAX];
static int n_forms;
static unsigned next_form;
static struct stats stats;
static long statuses[1000], errors, expected, answers;
static unsigned long long bytes;
static int64_t record_from_us;

static void
ask(struct http_connection *c)
{
	c->since_us = stats_now_us();
	http_ask(c, &forms[next_form++ % (unsigned)n_forms]);
}

static void
record(const struct http_connection *c)
{
	int64_t now = stats_now_us();

	answers++;
	if (now < record_from_us)
		return;
	stats_add(&stats, now - c->since_us);
	bytes += c->got;
	statuses[http_status(c)]++;
	if (expect && strstr(c->answer, expect))
		expected++;
}

static void
on_end(struct http_connection *c, bool is_whole)
{
	if (is_whole)
		record(c);
	else if (++errors > ERRORS_MAX) {
		fprintf(stderr, "load: too many broken connections\n");
		exit(1);
	}
	ask(c);
}

static double
run(struct http_connection *conns)
{
	int64_t begun = stats_now_us(), now = begun, end;

	record_from_us = begun + (int64_t)(warm * 1e6);
	end = record_from_us + (int64_t)(args.seconds * 1e6);
	for (int i = 0; i < args.connections; i++) {
		http_connection_init(&conns[i]);
		ask(&conns[i]);
	}
	while (((now = stats_now_us()) < end || stats.n == 0) &&
	       (args.requests == 0 || answers < args.requests))
		http_work(100);
	return (double)(now - record_from_us) / 1e6;
}

static void
print(double seconds)
{
	const char *comma = "";

	printf("{");
	stats_print(&stats, seconds);
	printf(",\"bytes\":%llu,\"errors\":%ld,\"expected\":%ld,\"status\":{",
	    stats.n ? bytes / stats.n : 0, errors, expected);
	for (int i = 100; i < 1000; i++)
		if (statuses[i] > 0) {
			printf("%s\"%d\":%ld", comma, i, statuses[i]);
			comma = ",";
		}
	printf("}}\n");
}

static void
read_args(int argc, char **argv)
{
	static const struct load_option own[] = {
	    {"warm", .number = &warm}, {"expect", .text = &expect}, {NULL}};
	bool is_good = load_options_read(&args, own, argc, argv);

	for (; is_good && optind < argc && n_forms < FILES_MAX; optind++)
		http_form_read(&forms[n_forms++], argv[optind]);
	if (n_forms == 0 || args.connections > CONNECTIONS_MAX) {
		fprintf(stderr, "usage: load --port N [...] FILE...\n");
		exit(64);
	}
}

int
main(int argc, char **argv)
{
	struct http_connection *conns;

	read_args(argc, argv);
	conns = calloc((size_t)args.connections, sizeof(*conns));
	if (!conns)
		return 1;
	http_init(args.port, args.seed, on_end);
	print(run(conns));
	return 0;
}
