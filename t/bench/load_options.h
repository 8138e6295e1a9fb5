/* load_options.h - the command line of those who send requests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	--port N [--connections N] [--seconds S] [--requests N] [--seed N]
 *	[OWN VALUE]... OPERAND...
 *
 * What load and flood share, and options that only one of them has:
 *
 *	static double rate;
 *	static const struct load_option own[] = {
 *	    {"rate", .number = &rate}, {NULL}};
 *
 *	if (!load_options_read(&o, own, argc, argv))
 *		...
 *	for (; optind < argc; optind++)		// the operands
 */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include <stdbool.h>

struct load_options {
	int port, connections;
	double seconds;
	long requests; /* 0: as many as there is time for */
	unsigned long long seed;
};

/* Where the value goes: one of the two. */
struct load_option {
	const char *name; /* without dashes; NULL ends a table */
	double *number;
	const char **text;
};

#define LOAD_OPTIONS_OWN_MAX 8

/* What is not given stays as it was.  False: an option that nobody knows
 * (getopt has said so), no port or no connection. */
bool load_options_read(struct load_options *o, const struct load_option *own,
    int argc, char **argv);

#endif
