/* usage.h - what sites use that the panel has not heard of yet.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One row for a site and day; a later one takes its place.  They are in memory
 * only: the executor's job has all of them on disk (traffic.h), and a new
 * puller asks it to tell them afresh.
 */
#ifndef MPANEL_AGENT_USAGE_H
#define MPANEL_AGENT_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/json.h"

#define USAGE_MAX      100000
#define USAGE_PER_CALL 100

struct usage {
	char **text; /* JSON objects, heap; sorted by site and day */
	size_t n, max;
	/* Some were dropped: what is kept is to be told afresh. */
	bool is_short;
};

/* Of the executor: {"siteId": ..., "day": ..., ...}.  What is none is logged
 * and left out. */
void usage_add(struct usage *u, struct arena *a, const char *json);
/* Write the first USAGE_PER_CALL as the array `name`; returns how many. */
size_t usage_write(const struct usage *u, struct json_out *w, const char *name);
/* The first n have been heard. */
void usage_drop(struct usage *u, size_t n);
void usage_fini(struct usage *u);

#endif
