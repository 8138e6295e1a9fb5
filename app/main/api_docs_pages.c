/* api_docs_pages.c - the API for people to read: /api-docs, a page for each
 * noun, from the same tables as the OpenAPI document.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/api_docs_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "main/wiring.h"

#define DOCS "/api-docs"
#define KEYS "/api-keys"

static const struct api_call *
all_calls(struct request *rq, size_t *n_out)
{
	const struct api_tables tables = wiring_api();

	return api_calls(rq->arena, &tables, NULL, n_out);
}

static bool
is_soon(const struct api_call *c)
{
	return (c->shape.flags & API_SOON) != 0;
}

/* As part of an address. */
static const char *
anchor_of(struct arena *a, const struct api_call *c)
{
	char *anchor = arena_strdup(a, c->id);

	for (char *at = anchor; at && *at; at++)
		if (*at == '.')
			*at = '-';
	return anchor ? anchor : "";
}

/* ---- the list of groups ---- */

static bool
is_first(const struct api_call *call, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(call[k].tag, call[i].tag))
			return false;
	return true;
}

static void
put_line(struct arena *a, struct view *lines, const struct api_call *c)
{
	struct view *line = view_item(lines);

	view_text(line, "method", method_name(c->method));
	view_text(line, "path", c->path);
	view_textf(line, "href", DOCS "/%s#%s", c->tag, anchor_of(a, c));
}

static void
put_group(struct arena *a, struct view *groups, const struct api_call *call,
    size_t first, size_t n)
{
	struct view *group = view_item(groups), *lines;

	view_text(group, "name", call[first].tag);
	view_textf(group, "href", DOCS "/%s", call[first].tag);
	lines = view_list(group, "calls");
	for (size_t i = first; i < n; i++)
		if (str_eq(call[i].tag, call[first].tag))
			put_line(a, lines, &call[i]);
}

static enum err
show_all(struct request *rq)
{
	size_t n, n_soon = 0;
	const struct api_call *call = all_calls(rq, &n);
	struct view *v = page_view(rq, say("API"), KEYS), *groups;

	if (call == NULL)
		return E_BUSY;
	if (request_may(rq, PERM_SETTINGS_READ))
		crumb_add(
		    head_crumbs(view_object(v, "head")), KEYS, say("API keys"));
	groups = view_list(v, "groups");
	for (size_t i = 0; i < n; i++) {
		n_soon += is_soon(&call[i]);
		if (!is_soon(&call[i]) && is_first(call, i))
			put_group(rq->arena, groups, call, i, n);
	}
	view_textf(v, "soonCalls", "%zu", n_soon);
	reply_page(rq, 200, "admin/api_docs", v);
	return OK;
}

/* ---- one group ---- */

struct table {
	struct request *rq;
	struct view *owner, *object, *rows;
	const char *name;
};

/* A table without rows is not there. */
static struct view *
table_row(struct table *t)
{
	if (!t->rows) {
		t->object = view_object(t->owner, t->name);
		t->rows = view_list(t->object, "rows");
	}
	return view_item(t->rows);
}

static void
put_param(void *arg, const char *in, const struct member *m, bool is_needed)
{
	struct table *t = arg;
	struct view *row = table_row(t);

	view_text(row, "member", m->name);
	view_textf(row, "kind", "%s, in the %s", api_type(t->rq->arena, m), in);
	view_flag(row, "needed", is_needed);
}

static void
put_member(void *arg, const char *name, const char *type, bool is_needed)
{
	struct view *row = table_row(arg);

	view_text(row, "member", name);
	view_text(row, "kind", type);
	view_flag(row, "needed", is_needed);
}

static const char *
permission_of(const struct route *r)
{
	bool has_one = r->auth != AUTH_NONE && r->auth != AUTH_TENANT &&
		       r->perm != PERM_SIGNED_IN;

	return has_one ? perm_name(r->perm) : NULL;
}

static void
put_tables(struct request *rq, struct view *item, const struct api_call *c)
{
	struct table params = {.rq = rq, .owner = item, .name = "params"};
	struct table takes = {.rq = rq, .owner = item, .name = "takes"};
	struct table gives = {.rq = rq, .owner = item, .name = "gives"};

	api_params(rq->arena, c, put_param, &params);
	api_members(rq->arena, c, API_TAKES, put_member, &takes);
	api_members(rq->arena, c, API_GIVES, put_member, &gives);
	if (gives.rows)
		view_int(gives.object, "status", api_status(c));
}

static void
put_call(struct request *rq, struct view *calls, const struct api_call *c)
{
	struct view *item = view_item(calls);

	view_text(item, "id", anchor_of(rq->arena, c));
	view_text(item, "method", method_name(c->method));
	view_text(item, "path", c->path);
	view_text(item, "about", c->shape.about);
	view_text(item, "caller", api_caller(c));
	view_text(item, "permission", permission_of(c->route));
	view_flag(item, "waits", (c->shape.flags & API_WAITS) != 0);
	view_flag(item, "soon", is_soon(c));
	put_tables(rq, item, c);
}

static enum err
show_group(struct request *rq)
{
	const char *tag = path_param(rq, "group");
	size_t n, n_shown = 0;
	const struct api_call *call = all_calls(rq, &n);
	struct view *v =
	    page_view(rq, say_with(rq->arena, "API: %s", tag), KEYS);
	struct view *calls = view_list(v, "calls"), *crumbs;

	if (call == NULL)
		return E_BUSY;
	crumbs = head_crumbs(view_object(v, "head"));
	if (request_may(rq, PERM_SETTINGS_READ))
		crumb_add(crumbs, KEYS, say("API keys"));
	crumb_add(crumbs, DOCS, say("API"));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(call[i].tag, tag))
			continue;
		put_call(rq, calls, &call[i]);
		n_shown++;
	}
	if (n_shown == 0)
		return E_NOTFOUND;
	reply_page(rq, 200, "admin/api_group", v);
	return OK;
}

/* clang-format off */
const struct route api_docs_routes[] = {
	{ GET, DOCS, POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_NONE,
	  0, show_all, "api_docs" },
	{ GET, DOCS "/:group", POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_NONE,
	  0, show_group, "api_docs.group" },
	{ 0 },
};
/* clang-format on */
