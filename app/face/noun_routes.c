/* noun_routes.c - the rows of the route table that described nouns have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "face/noun_faces.h"
#include "face/noun_verbs.h"

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

/* ... and of each verb; its name stands for the %s. */
struct verb_kind {
	unsigned methods;
	bool is_page;
	const char *below;
	enum body body;
	enum err (*handler)(struct request *rq);
	const char *name;
	bool asks, to_all; /* only of verbs that do */
};

/* clang-format off */
static const struct verb_kind verb_kinds[] = {
	{ POST, false, "/:id/%s",  BODY_JSON, noun_api_verb,      ".%s",               false, false },
	{ GET,  true,  "/:id/%s",  BODY_NONE, noun_page_verb_ask, ".page.%s.ask",      true,  false },
	{ POST, true,  "/:id/%s",  BODY_FORM, noun_page_verb,     ".page.%s",          false, false },
	{ POST, false, "/bulk/%s", BODY_JSON, noun_api_bulk,      ".bulk.%s",          false, true },
	{ GET,  true,  "/bulk/%s", BODY_NONE, noun_page_bulk_ask, ".page.bulk.%s.ask", false, true },
	{ POST, true,  "/bulk/%s", BODY_FORM, noun_page_bulk,     ".page.bulk.%s",     false, true },
};
/* clang-format on */

enum {
	PER_NOUN = 2 * N_ELEMS(kinds),
	PER_VERB = N_ELEMS(verb_kinds),
	TEXTS_MAX = 1024 * 1024
};

/* Whose a row is. */
struct owner {
	const struct noun *noun;
	const struct verb *verb; /* or NULL */
};

/* Of the whole process, to its end. */
static struct {
	struct arena *texts;
	struct route *row;
	struct owner *owner; /* of each row */
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

struct others {
	const struct route *const *tables;
	size_t n;
};

/* Behind the last one, where nobody has it by hand. */
static void
add_row(struct owner owner, const struct route *r, const struct others *o)
{
	if (!r->path || !r->name || is_there(o->tables, o->n, r))
		return;
	made.owner[made.n] = owner;
	made.row[made.n] = *r;
	made.n++;
}

static void
add_kind(const struct noun *n, const struct kind *k, const char *path,
    const char *suffix, const struct others *o)
{
	const struct route r = {
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

	add_row((struct owner){n, NULL}, &r, o);
}

static void
add_kinds(const struct noun *n, const struct others *o)
{
	for (size_t i = 0; i < N_ELEMS(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (k->op && !(n->ops & k->op))
			continue;
		if (k->is_page ? n->page != NULL : n->api != NULL)
			add_kind(n, k, k->is_page ? n->page : n->api, "", o);
		if (!k->is_page && n->flat)
			add_kind(n, k, n->flat, ".flat", o);
	}
}

/* "/:id/suspend" of "/:id/%s". */
static const char *
with_name(const char *before, const char *pattern, const char *name)
{
	return arena_printf(made.texts, "%s%.*s%s%s", before,
	    (int)strcspn(pattern, "%"), pattern, name,
	    strchr(pattern, '%') + 2);
}

static void
add_verb_kind(
    const struct verb *v, const struct verb_kind *k, const struct others *o)
{
	const struct noun *n = v->noun;
	const struct route r = {
	    .methods = k->methods,
	    .path = with_name(k->is_page ? n->page : n->api, k->below, v->name),
	    .pool = POOL_UI,
	    .auth = k->is_page ? AUTH_SESSION : AUTH_API,
	    .perm = v->perm,
	    .body = k->body,
	    .handler = k->handler,
	    .name = with_name(n->name, k->name, v->name),
	};

	add_row((struct owner){n, v}, &r, o);
}

static void
add_verb(const struct verb *v, const struct others *o)
{
	for (size_t i = 0; i < N_ELEMS(verb_kinds); i++) {
		const struct verb_kind *k = &verb_kinds[i];

		if ((k->asks && !v->ask) || (k->to_all && !v->all))
			continue;
		if (k->is_page ? v->noun->page != NULL : v->noun->api != NULL)
			add_verb_kind(v, k, o);
	}
}

static size_t
count_verbs(void)
{
	size_t n = 0;

	for (size_t t = 0; verb_tables[t]; t++)
		for (const struct verb *v = verb_tables[t]; v->noun; v++)
			n++;
	return n;
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
	size_t most = count_nouns() * PER_NOUN + count_verbs() * PER_VERB + 1;

	if (made.row)
		return made.row;
	made.texts = arena_new(TEXTS_MAX);
	made.row = calloc(most, sizeof(*made.row));
	made.owner = calloc(most, sizeof(*made.owner));
	if (!made.texts || !made.row || !made.owner)
		return NULL;
	for (size_t i = 0; nouns[i]; i++)
		add_kinds(nouns[i], &others);
	for (size_t t = 0; verb_tables[t]; t++)
		for (const struct verb *v = verb_tables[t]; v->noun; v++)
			add_verb(v, &others);
	made.row[made.n] = (struct route){0};
	return arena_failed(made.texts) ? NULL : made.row;
}

static const struct owner *
owner_of(const struct request *rq)
{
	ptrdiff_t i = rq->route - made.row;

	assert(i >= 0 && (size_t)i < made.n);
	return &made.owner[i];
}

const char *
noun_menu(const struct noun *n)
{
	for (size_t i = 0; nouns[i]; i++) {
		const char *page = nouns[i]->page;

		if (page && str_starts(n->page, page) &&
		    n->page[strlen(page)] == '/')
			return page;
	}
	return n->page;
}

const struct noun *
noun_of(const struct request *rq)
{
	return owner_of(rq)->noun;
}

const struct verb *
verb_of(const struct request *rq)
{
	return owner_of(rq)->verb;
}
