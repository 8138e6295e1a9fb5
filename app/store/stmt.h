/* stmt.h - the prepared statements of one connection, found by their text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_STORE_STMT_H
#define MPANEL_STORE_STMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STMT_BUCKETS 512 /* a power of two */
#define STMT_MAX     256

struct stmt {
	struct stmt *chain;	    /* same bucket */
	struct stmt *newer, *older; /* by last use */
	uint64_t hash;
	const char *text; /* as the caller wrote it: the key */
	char *cut;	  /* as the engine gets it */
	int n_params;	  /* $1..$n in cut */
	int n_values;	  /* $1..$n in text */
	/* The driver's part; zero in a new statement. */
	void *handle;
	unsigned number;
	bool busy;   /* a query runs on it */
	bool cached; /* otherwise freed when it is done */
};

struct stmt_cache {
	struct stmt *bucket[STMT_BUCKETS];
	struct stmt *newest, *oldest;
	int n;
};

/* Heap; text is copied, and cut has room for as much.  NULL: no memory. */
struct stmt *stmt_new(const char *text);
/* handle is the driver's to free. */
void stmt_free(struct stmt **take_st);

/* A statement of this text that is not busy, now the newest; NULL when there is
 * none. */
struct stmt *stmt_find(struct stmt_cache *c, const char *text);
/* Keep it, beside others of the same text that are busy: a flow that asks for
 * several rows at once does so again. */
void stmt_put(struct stmt_cache *c, struct stmt *st);
/* The statement out of the cache; the caller frees it. */
void stmt_take(struct stmt_cache *c, struct stmt *st);
/* The least recently used one that is not busy, when the cache is full. */
struct stmt *stmt_surplus(const struct stmt_cache *c);

#endif
