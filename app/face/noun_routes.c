/* noun_routes.c - the rows of the route table that described nouns have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_routes.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/text.h"
#include "face/noun_faces.h"

/* One row of each noun. */
struct kind {
	unsigned methods;
	bool is_page;
	const char *below; /* the noun's own path */
	unsigned op;	   /* that it needs; 0: every noun has it */
	enum body body;
	unsigned flags;
	enum err (*handler)(struct request *rq);
	const char *name; /* behind the noun's */
};

/* clang-format off */
static const struct kind kinds[] = {
	{ GET,    false, "",            0,           BODY_NONE, 0,            noun_api_list,    ".list" },
	{ POST,   false, "",            NOUN_ADD,    BODY_JSON, 0,            noun_api_add,     ".add" },
	{ GET,    false, "/:id",        0,           BODY_NONE, 0,            noun_api_get,     ".get" },
	{ PATCH,  false, "/:id",        NOUN_CHANGE, BODY_JSON, 0,            noun_api_change,  ".change" },
	{ DELETE, false, "/:id",        NOUN_REMOVE, BODY_NONE, 0,            noun_api_remove,  ".remove" },
	{ GET,    true,  "",            0,           BODY_NONE, 0,            noun_page_list,   ".page.list" },
	{ GET,    true,  "/new",        NOUN_ADD,    BODY_NONE, 0,            noun_page_new,    ".page.new" },
	{ POST,   true,  "/new",        NOUN_ADD,    BODY_FORM, 0,            noun_page_add,    ".page.add" },
	{ GET,    true,  "/:id",        0,           BODY_NONE, 0,            noun_page_one,    ".page" },
	{ GET,    true,  "/:id/edit",   NOUN_CHANGE, BODY_NONE, 0,            noun_page_edit,   ".page.edit" },
	{ POST,   true,  "/:id/edit",   NOUN_CHANGE, BODY_FORM, 0,            noun_page_change, ".page.change" },
	{ GET,    true,  "/:id/remove", NOUN_REMOVE, BODY_NONE, 0,            noun_page_ask,    ".page.remove.ask" },
	{ POST,   true,  "/:id/remove", NOUN_REMOVE, BODY_FORM, 0,            noun_page_remove, ".page.remove" },
};
/* clang-format on */

enum { PER_NOUN = 2 * N_ELEMS(kinds), TEXTS_MAX = 1024 * 1024 };

/* Of the whole process, to its end. */
static struct {
	struct arena *texts;
	struct route *row;
	const struct noun **owner; /* of each row */
	size_t n;
} made;

/* A room has this row by hand. */
static bool
is_there(const struct route *const *tables, size_t n, const struct route *r)
{
	for (size_t t = 0; t < n; t++)
		for (const struct route *o = tables[t]; o->path; o++)
			if ((o->methods & r->methods) &&
			    str_eq(o->path, r->path))
				return true;
	return false;
}

/* Behind the last one; it stays when it is counted. */
static const struct route *
put_row(const struct noun *n, const struct kind *k, const char *path,
    const char *suffix)
{
	struct route *r = &made.row[made.n];

	made.owner[made.n] = n;
	*r = (struct route){
	    .methods = k->methods,
	    .path = arena_printf(made.texts, "%s%s", path, k->below),
	    .pool = POOL_UI,
	    .auth = k->is_page ? AUTH_SESSION : AUTH_API,
	    .perm = k->op ? n->may_write : n->may_read,
	    .body = k->body,
	    .flags = k->flags,
	    .handler = k->handler,
	    .name =
		arena_printf(made.texts, "%s%s%s", n->name, k->name, suffix),
	};
	return r;
}

struct others {
	const struct route *const *tables;
	size_t n;
};

static void
add_row(const struct noun *n, const struct kind *k, const char *path,
    const char *suffix, const struct others *o)
{
	const struct route *r = put_row(n, k, path, suffix);

	if (r->path && !is_there(o->tables, o->n, r))
		made.n++;
}

static void
add_rows(const struct noun *n, const struct others *o)
{
	for (size_t i = 0; i < N_ELEMS(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (k->op && !(n->ops & k->op))
			continue;
		if (k->is_page ? n->page != NULL : n->api != NULL)
			add_row(n, k, k->is_page ? n->page : n->api, "", o);
		if (!k->is_page && n->flat)
			add_row(n, k, n->flat, ".flat", o);
	}
}

static size_t
count_nouns(void)
{
	size_t n = 0;

	while (nouns[n])
		n++;
	return n;
}

const struct route *
noun_routes(const struct route *const *tables, size_t n)
{
	const struct others others = {tables, n};
	size_t most = count_nouns() * PER_NOUN + 1;

	if (made.row)
		return made.row;
	made.texts = arena_new(TEXTS_MAX);
	made.row = calloc(most, sizeof(*made.row));
	made.owner = calloc(most, sizeof(*made.owner));
	if (!made.texts || !made.row || !made.owner)
		return NULL;
	for (size_t i = 0; nouns[i]; i++)
		add_rows(nouns[i], &others);
	made.row[made.n] = (struct route){0};
	return arena_failed(made.texts) ? NULL : made.row;
}

const struct noun *
noun_of(const struct request *rq)
{
	ptrdiff_t i = rq->route - made.row;

	assert(i >= 0 && (size_t)i < made.n);
	return made.owner[i];
}
