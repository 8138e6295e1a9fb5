/* guardian_pages.c - Guardian's status, as a page and for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/guardian.h"

#include "base/text.h"
#include "face/part.h"
#include "face/show.h"

/* A link to where the reader may not go is no link. */
static bool
may_follow(struct request *rq, const char *href)
{
	static const struct {
		const char *path;
		enum perm perm;
	} ways[] = {
	    {"/jobs", PERM_TASKS_READ},
	    {"/provisioning", PERM_TASKS_READ},
	    {"/servers", PERM_SERVERS_READ},
	    {"/ledger", PERM_PAYMENTS_READ},
	    {"/audit", PERM_AUDIT_READ},
	    {"/websites", PERM_WEBSITES_READ},
	    {"/settings", PERM_SETTINGS_READ},
	};

	for (size_t i = 0; href && i < N_ELEMS(ways); i++)
		if (str_starts(href, ways[i].path))
			return request_may(rq, ways[i].perm);
	return false;
}

static enum err
look(struct request *rq, struct guardian **out)
{
	struct guardian *g = ARENA_NEW(rq->arena, struct guardian);
	enum err e = g ? guardian_look(rq, g) : E_BUSY;

	if (e == OK)
		*out = g;
	return e;
}

/* ---- for programs ---- */

static void
write_line(
    struct request *rq, struct json_out *w, const struct guardian_line *l)
{
	json_open(w, NULL, '{');
	json_str(w, "name", l->name);
	json_str(w, "title", l->title);
	json_str(w, "result", check_result_names[l->result]);
	json_str(w, "text", l->text);
	json_str_or_null(w, "href", may_follow(rq, l->href) ? l->href : NULL);
	json_time(w, "checkedAt", l->at);
	json_close(w, '}');
}

static enum err
get_status(struct request *rq)
{
	struct guardian *g;
	struct json_out *w;
	enum err e = look(rq, &g);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "result", check_result_names[g->worst]);
	json_open(w, "checks", '[');
	for (size_t i = 0; i < g->n; i++)
		write_line(rq, w, &g->line[i]);
	json_close(w, ']');
	json_close(w, '}');
	return OK;
}

/* ---- as a page ---- */

static const struct {
	const char *class, *icon, *word;
} looks[CHECK__MAX] = {
    [CHECK_OK] = {"good", "ok", "Well"},
    [CHECK_WARN] = {"warn", "warn", "Look"},
    [CHECK_FAILED] = {"badc", "bad", "Wrong"},
};

static void
put_look(struct view *v, enum check_result result)
{
	struct view *badge = view_object(v, "badge");

	view_text(badge, "class", looks[result].class);
	view_text(badge, "icon", looks[result].icon);
	view_text(badge, "word", say(looks[result].word));
}

/* What is wrong first. */
static void
put_lines(struct request *rq, const struct guardian *g, struct view *root)
{
	struct view *rows = view_list(root, "rows");

	for (int result = CHECK_FAILED; result >= CHECK_OK; result--) {
		for (size_t i = 0; i < g->n; i++) {
			const struct guardian_line *l = &g->line[i];
			struct view *v;

			if ((int)l->result != result)
				continue;
			v = view_item(rows);
			view_text(v, "title", l->title);
			view_text(v, "text", l->text);
			view_text(
			    v, "href", may_follow(rq, l->href) ? l->href : "");
			put_look(v, l->result);
		}
	}
}

static const char *
sentence(struct request *rq, const struct guardian *g)
{
	int64_t n[CHECK__MAX] = {0};
	struct arena *a = rq->arena;
	const char *look, *wrong;

	for (size_t i = 0; i < g->n; i++)
		n[g->line[i].result]++;
	if (g->worst == CHECK_OK)
		return say("Everything that the panel knows is well.");
	look = say_with(a, "%s to be looked at.",
	    show_plural(a, n[CHECK_WARN], "thing is", "things are"));
	if (n[CHECK_FAILED] == 0)
		return arena_printf(a, "%s %s", say("Nothing is wrong;"), look);
	wrong = say_with(a, "%s wrong.",
	    show_plural(a, n[CHECK_FAILED], "thing is", "things are"));
	return n[CHECK_WARN] > 0 ? arena_printf(a, "%s %s", wrong, look)
				 : wrong;
}

static enum err
show_status(struct request *rq)
{
	struct guardian *g;
	struct view *v, *head;
	enum err e = look(rq, &g);

	if (e != OK)
		return e;
	v = page_view(rq, say("Guardian"), "/admin/guardian");
	head = view_object(v, "head");
	put_look(head, g->worst);
	view_text(head, "text", sentence(rq, g));
	put_lines(rq, g, v);
	reply_page(rq, 200, "admin/guardian", v);
	return OK;
}

/* clang-format off */
const struct route guardian_routes[] = {
	{GET,	"/admin/guardian",	POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ, BODY_NONE, 0,
		show_status, "guardian.page"},
	{GET,	"/api/admin/guardian/status", POOL_UI, AUTH_API, PERM_DASHBOARD_READ, BODY_NONE, 0,
		get_status, "guardian.status"},
	{0}
};
/* clang-format on */
