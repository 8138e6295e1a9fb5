/* route.c - from method and path to the row of a route table.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "web/serve.h"
#include "web/shm.h"

#define N_METHODS 5

static const char *const method_names[N_METHODS] = {
    "GET", "POST", "PUT", "PATCH", "DELETE"};
static const char *const pool_names[POOL__MAX] = {[POOL_UI] = "ui",
    [POOL_DOOR] = "door",
    [POOL_INTAKE] = "intake",
    [POOL_WORKER] = "worker"};
static const char *const auth_names[AUTH__MAX] = {[AUTH__UNSET] = "unset",
    [AUTH_NONE] = "none",
    [AUTH_TENANT] = "tenant",
    [AUTH_SESSION] = "session",
    [AUTH_API] = "api",
    [AUTH_TOKEN] = "token",
    [AUTH_SERVER] = "server"};

/* One segment of one or more paths.  Literal children are a list in table
 * order; `:name` and `*` have a child each. */
struct node {
	const char *segment;
	size_t len;
	int first_child, next, param, rest; /* nodes; 0: none */
	int rows[N_METHODS];		    /* indices; -1: none */
};

struct router {
	const struct route **rows;
	int *series; /* index of the first row with the same name */
	int n_rows;
	struct node *nodes; /* nodes[0] is the root */
	int n_nodes;
};

/* ---- names ---- */

unsigned
method_of(const char *name)
{
	if (str_eq(name, "HEAD"))
		return GET;
	for (unsigned i = 0; i < N_METHODS; i++)
		if (str_eq(name, method_names[i]))
			return 1U << i;
	return 0;
}

const char *
method_name(enum method m)
{
	for (unsigned i = 0; i < N_METHODS; i++)
		if ((unsigned)m == 1U << i)
			return method_names[i];
	return "other";
}

const char *
pool_name(enum pool p)
{
	assert((int)p >= 0 && p < POOL__MAX);
	return pool_names[p];
}

void
methods_print(unsigned methods, struct buf *out)
{
	const char *comma = "";

	for (unsigned i = 0; i < N_METHODS; i++) {
		if (!(methods & 1U << i))
			continue;
		buf_puts(out, comma);
		buf_puts(out, method_names[i]);
		comma = ", ";
		if (1U << i == GET)
			buf_puts(out, ", HEAD");
	}
}

/* ---- the tables are complete ---- */

static bool
path_is_good(const char *path)
{
	int segments = 0;

	if (path[0] != '/')
		return false;
	for (const char *s = path; *s; s += strcspn(s, "/")) {
		size_t n = strcspn(++s, "/");

		if (++segments > PATH_SEGMENTS_MAX)
			return false;
		if (n == 0 && path[1] != '\0')
			return false;
		if (n == 1 && s[0] == ':')
			return false;
		if (n == 1 && s[0] == '*' && s[1] != '\0')
			return false;
	}
	return true;
}

static bool
needs_perm(const struct route *r)
{
	return r->auth != AUTH_NONE && r->auth != AUTH_TENANT;
}

/* What is wrong with a row, or NULL. */
static const char *
row_fault(const struct route *r)
{
	if (!path_is_good(r->path))
		return "malformed path";
	if (r->methods == 0 || r->methods >> N_METHODS != 0)
		return "no method";
	if ((int)r->pool < 0 || r->pool >= POOL__MAX)
		return "no pool";
	if (r->auth <= AUTH__UNSET || r->auth >= AUTH__MAX)
		return "does not say who may call it";
	if (needs_perm(r) && (r->perm == PERM__UNSET || r->perm > PERM__MAX))
		return "has no permission";
	if ((int)r->body < 0 || r->body > BODY_RAW)
		return "no kind of body";
	if (!r->handler)
		return "no handler";
	if (!r->name || !*r->name)
		return "no name";
	return NULL;
}

static void
complain(struct buf *complaint, const struct route *r, const char *fault)
{
	buf_puts(complaint, "route ");
	methods_print(r->methods, complaint);
	buf_printf(complaint, " %s: %s\n", r->path, fault);
}

/* ---- the tree ---- */

static int
node_new(struct router *r, const char *segment, size_t len)
{
	struct node *n = &r->nodes[r->n_nodes];

	*n = (struct node){.segment = segment, .len = len};
	for (int i = 0; i < N_METHODS; i++)
		n->rows[i] = -1;
	return r->n_nodes++;
}

/* The child of node `at` for a segment of a table's path, made if absent. */
static int
child_for(struct router *r, int at, const char *segment, size_t len)
{
	int *link = &r->nodes[at].first_child;

	if (segment[0] == ':')
		link = &r->nodes[at].param;
	else if (len == 1 && segment[0] == '*')
		link = &r->nodes[at].rest;
	else
		while (*link &&
		       !(r->nodes[*link].len == len &&
			   memcmp(r->nodes[*link].segment, segment, len) == 0))
			link = &r->nodes[*link].next;
	if (!*link)
		*link = node_new(r, segment, len);
	return *link;
}

static bool
add_row(struct router *r, int index)
{
	const struct route *row = r->rows[index];
	int at = 0;
	bool unique = true;

	for (const char *s = row->path; *s;) {
		size_t len = strcspn(++s, "/");

		at = child_for(r, at, s, len);
		s += len;
	}
	for (unsigned i = 0; i < N_METHODS; i++) {
		if (!(row->methods & 1U << i))
			continue;
		unique = unique && r->nodes[at].rows[i] < 0;
		r->nodes[at].rows[i] = index;
	}
	return unique;
}

/* Rows and an upper bound of nodes in all tables. */
static void
count_rows(const struct route *const *tables, size_t n_tables, size_t *rows_out,
    size_t *nodes_out)
{
	size_t rows = 0, nodes = 1;

	for (size_t t = 0; t < n_tables; t++)
		for (const struct route *row = tables[t]; row->path; row++) {
			rows++;
			for (const char *s = row->path; *s; s++)
				nodes += *s == '/';
		}
	*rows_out = rows;
	*nodes_out = nodes;
}

static enum err
router_fill(struct router *r, const struct route *const *tables,
    size_t n_tables, struct buf *complaint)
{
	enum err e = OK;

	node_new(r, "", 0);
	for (size_t t = 0; t < n_tables; t++)
		for (const struct route *row = tables[t]; row->path; row++) {
			const char *fault = row_fault(row);

			r->rows[r->n_rows] = row;
			if (!fault && !add_row(r, r->n_rows))
				fault = "is there twice";
			r->n_rows++;
			if (!fault)
				continue;
			complain(complaint, row, fault);
			e = E_INPUT;
		}
	return e;
}

/* Rows that share a name (aliases of one path) are counted as one. */
static void
find_series(struct router *r)
{
	for (int i = 0; i < r->n_rows; i++) {
		int first = 0;

		while (!str_eq(r->rows[first]->name, r->rows[i]->name))
			first++;
		r->series[i] = first;
	}
}

enum err
router_new(const struct route *const *tables, size_t n_tables,
    struct router **out, struct buf *complaint)
{
	size_t n_rows, n_nodes;
	struct router *r = calloc(1, sizeof(*r));
	enum err e = E_SYS;

	if (!r)
		return E_SYS;
	count_rows(tables, n_tables, &n_rows, &n_nodes);
	if (n_rows > SHM_ROUTES_MAX) {
		buf_printf(complaint, "more than %d routes\n", SHM_ROUTES_MAX);
		e = E_INPUT;
		goto out;
	}
	r->rows = calloc(n_rows + 1, sizeof(const struct route *));
	r->series = calloc(n_rows + 1, sizeof(*r->series));
	r->nodes = calloc(n_nodes, sizeof(*r->nodes));
	if (!r->rows || !r->series || !r->nodes)
		goto out;
	e = router_fill(r, tables, n_tables, complaint);
	if (e == OK) {
		find_series(r);
		*out = r;
		return OK;
	}
out:
	router_free(&r);
	return e;
}

void
router_free(struct router **take_r)
{
	struct router *r = *take_r;

	if (!r)
		return;
	free(r->rows);
	free(r->series);
	free(r->nodes);
	free(r);
	*take_r = NULL;
}

int
router_count(const struct router *r)
{
	return r->n_rows;
}

const char *
router_name(const struct router *r, int index)
{
	assert(index >= 0 && index <= r->n_rows);
	return index == r->n_rows ? "unmatched" : r->rows[index]->name;
}

enum err
routes_check(
    const struct route *const *tables, size_t n_tables, struct buf *complaint)
{
	struct router *r = NULL;
	enum err e = router_new(tables, n_tables, &r, complaint);

	router_free(&r);
	return e;
}

/* ---- looking up ---- */

struct segments {
	const char *at[PATH_SEGMENTS_MAX];
	size_t len[PATH_SEGMENTS_MAX];
	int n;
};

/* False for empty segments (`//`, a slash at the end) and too many. */
static bool
path_split(const char *path, struct segments *out)
{
	out->n = 0;
	for (const char *s = path; *s;) {
		size_t len = strcspn(++s, "/");

		if (out->n == PATH_SEGMENTS_MAX || (len == 0 && path[1]))
			return false;
		out->at[out->n] = s;
		out->len[out->n++] = len;
		s += len;
	}
	return true;
}

static bool
has_rows(const struct node *n)
{
	for (int i = 0; i < N_METHODS; i++)
		if (n->rows[i] >= 0)
			return true;
	return false;
}

static int
literal_child(const struct router *r, int at, const char *s, size_t len)
{
	int c = r->nodes[at].first_child;

	while (c && !(r->nodes[c].len == len &&
			memcmp(r->nodes[c].segment, s, len) == 0))
		c = r->nodes[c].next;
	return c;
}

/* The node for segments i.. below `at`, or -1.  Literal before `:name` before
 * `*`; goes back when a branch ends.  At most PATH_SEGMENTS_MAX deep. */
static int
walk(const struct router *r, int at, const struct segments *s, int i)
{
	const struct node *n = &r->nodes[at];
	int found = -1, child;

	if (i == s->n)
		return has_rows(n) ? at : -1;
	child = literal_child(r, at, s->at[i], s->len[i]);
	if (child)
		found = walk(r, child, s, i + 1);
	if (found < 0 && n->param && s->len[i])
		found = walk(r, n->param, s, i + 1);
	if (found < 0 && n->rest && s->len[i])
		found = n->rest;
	return found;
}

/* Names come from the row's own path: rows that share a node may differ. */
static void
take_params(struct arena *a, const struct segments *s, struct route_match *m)
{
	int i = 0;

	for (const char *p = m->route->path; *p; i++) {
		size_t len = strcspn(++p, "/");
		struct param *out = &m->params[m->n_params];

		if (p[0] == ':') {
			out->name = arena_strndup(a, p + 1, len - 1);
			out->value = arena_strndup(a, s->at[i], s->len[i]);
			m->n_params++;
		} else if (len == 1 && p[0] == '*') {
			out->name = "*";
			out->value = s->at[i];
			m->n_params++;
		}
		p += len;
	}
}

enum err
router_find(const struct router *r, struct arena *a, unsigned method,
    const char *path, struct route_match *out)
{
	struct route_match m = {.index = r->n_rows};
	struct segments s;
	int at = path_split(path, &s) ? walk(r, 0, &s, 0) : -1;

	for (unsigned i = 0; at >= 0 && i < N_METHODS; i++) {
		int row = r->nodes[at].rows[i];

		if (row < 0)
			continue;
		m.methods |= 1U << i;
		if (method == 1U << i) {
			m.index = r->series[row];
			m.route = r->rows[row];
		}
	}
	if (m.route)
		take_params(a, &s, &m);
	*out = m;
	return arena_failed(a) ? E_BUSY : OK;
}

/* ---- printing ---- */

static const char *
perm_label(const struct route *r)
{
	if (!needs_perm(r))
		return NULL;
	return r->perm == PERM_SIGNED_IN ? "signed-in" : perm_name(r->perm);
}

static const char *
csrf_label(const struct route *r, unsigned method)
{
	if (method == GET)
		return "none";
	if (r->flags & ROUTE_DOOR)
		return "door";
	return r->auth == AUTH_SESSION || r->auth == AUTH_API ? "session"
							      : "none";
}

static void
row_json(struct json_out *w, const struct route *r, unsigned i)
{
	json_open(w, NULL, '{');
	json_str(w, "method", method_names[i]);
	json_str(w, "path", r->path);
	json_str(w, "name", r->name);
	json_str(w, "auth", auth_names[r->auth]);
	json_str_or_null(w, "permission", perm_label(r));
	json_str(w, "csrf", csrf_label(r, 1U << i));
	json_str(w, "pool", pool_name(r->pool));
	json_close(w, '}');
}

void
routes_json(const struct route *const *tables, size_t n_tables, struct buf *out)
{
	struct json_out w;

	json_out_init(&w, out);
	json_open(&w, NULL, '[');
	for (size_t t = 0; t < n_tables; t++)
		for (const struct route *r = tables[t]; r->path; r++)
			for (unsigned i = 0; i < N_METHODS; i++)
				if (r->methods & 1U << i)
					row_json(&w, r, i);
	json_close(&w, ']');
}
