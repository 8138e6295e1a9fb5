/* route.h - from method and path to the row of a route table.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_WEB_ROUTE_H
#define MPANEL_WEB_ROUTE_H

#include "base/buf.h"
#include "web/web.h"

#define PATH_SEGMENTS_MAX 16

/* The tables compiled into a tree of segments. */
struct router;

/* Check (routes_check()) and compile; the tables are borrowed. */
enum err router_new(const struct route *const *tables, size_t n_tables,
    struct router **out, struct buf *complaint) MUST_USE;
void router_free(struct router **take_r);

struct route_match {
	const struct route *route; /* NULL: unknown path, or not this method */
	int index;		   /* for the counters: router_name() */
	unsigned methods;	   /* that the path has; 0: unknown path */
	size_t n_params;
	struct param params[PATH_SEGMENTS_MAX]; /* values in the arena */
};

/* method 0 is one that no route can have. */
enum err router_find(const struct router *r, struct arena *a, unsigned method,
    const char *path, struct route_match *out) MUST_USE;

/* Number of routes, and the name of one; the index n is "unmatched". */
int router_count(const struct router *r);
const char *router_name(const struct router *r, int index);

/* "GET, HEAD, POST" for Allow. */
void methods_print(unsigned methods, struct buf *out);
/* 0 for what is no method of ours; HEAD is GET. */
unsigned method_of(const char *name);
const char *pool_name(enum pool p);

#endif
