/* stmt.c - the prepared statements of one connection, found by their text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/stmt.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint64_t
hash_of(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

static struct stmt **
bucket_of(struct stmt_cache *c, uint64_t hash)
{
	return &c->bucket[(hash ^ hash >> 32) & (STMT_BUCKETS - 1)];
}

struct stmt *
stmt_new(const char *text)
{
	size_t size = strlen(text) + 1;
	struct stmt *st = calloc(1, sizeof(*st) + 2 * size);

	if (st == NULL)
		return NULL;
	st->cut = (char *)(st + 1);
	st->text = memcpy(st->cut + size, text, size);
	st->hash = hash_of(text);
	return st;
}

void
stmt_free(struct stmt **take_st)
{
	free(*take_st);
	*take_st = NULL;
}

static void
unlink_age(struct stmt_cache *c, struct stmt *st)
{
	*(st->newer ? &st->newer->older : &c->newest) = st->older;
	*(st->older ? &st->older->newer : &c->oldest) = st->newer;
	st->newer = st->older = NULL;
}

static void
link_newest(struct stmt_cache *c, struct stmt *st)
{
	st->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = st;
	c->newest = st;
}

struct stmt *
stmt_find(struct stmt_cache *c, const char *text)
{
	uint64_t hash = hash_of(text);

	for (struct stmt *st = *bucket_of(c, hash); st; st = st->chain) {
		if (st->busy || st->hash != hash || strcmp(st->text, text) != 0)
			continue;
		if (st != c->newest) {
			unlink_age(c, st);
			link_newest(c, st);
		}
		return st;
	}
	return NULL;
}

void
stmt_put(struct stmt_cache *c, struct stmt *st)
{
	struct stmt **b = bucket_of(c, st->hash);

	st->cached = true;
	st->chain = *b;
	*b = st;
	link_newest(c, st);
	c->n++;
}

void
stmt_take(struct stmt_cache *c, struct stmt *st)
{
	struct stmt **p = bucket_of(c, st->hash);

	while (*p != st)
		p = &(*p)->chain;
	*p = st->chain;
	unlink_age(c, st);
	st->cached = false;
	c->n--;
}

struct stmt *
stmt_surplus(const struct stmt_cache *c)
{
	struct stmt *st = c->n < STMT_MAX ? NULL : c->oldest;

	while (st != NULL && st->busy)
		st = st->newer;
	return st;
}
