/* metrics_pages.c - all servers side by side over time.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/history.h"
#include "hosting/servers_pages.h"
#include "provisioning/agent_state.h"

#define PAGE "/server-metrics"

/* Each is a query and 1 KB: more go on the next page. */
enum { SERVERS_A_PAGE = 24 };

struct node {
	struct id id;
	const char *name, *state;
	int64_t seen;
};

struct nodes {
	size_t n;
	bool has_more;
	struct node node[SERVERS_A_PAGE];
};

/* By name, behind the one that ?after= names. */
static enum err
read_nodes(struct request *rq, struct nodes *out)
{
	const char *after = query_text(rq, "after");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, name, status, agent_last_seen FROM servers "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "AND status <> 'retired' AND name > $2 "
	    "ORDER BY name LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_TEXT(after ? after : ""),
	    DB_INT((int64_t)SERVERS_A_PAGE + 1));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (out->n == SERVERS_A_PAGE) {
			out->has_more = true;
			break;
		}
		out->node[out->n++] = (struct node){
		    .id = row_id(&r, 0),
		    .name = row_strdup(&r, 1),
		    .state =
			agent_state(row_strdup(&r, 2), row_int(&r, 3), rq->now),
		    .seen = row_int(&r, 3),
		};
	}
	return rows_done(&r);
}

static enum err
put_node(struct request *rq, const struct node *n, const struct range *range,
    struct view *list)
{
	struct history *h = ARENA_NEW(rq->arena, struct history);
	struct view *v = view_item(list);
	enum err e;

	if (!h)
		return E_BUSY;
	if ((e = history_read(rq->tx, &n->id, range, h)) != OK)
		return e;
	view_text(v, "name", n->name);
	view_text(v, "anchor", n->id.s);
	view_text(v, "href",
	    arena_printf(
		rq->arena, "/servers/%s?range=%s", n->id.s, range->word));
	put_badge(v, n->state);
	put_share_lines(rq, h, view_object(v, "chart"));
	return OK;
}

static void
put_more(struct request *rq, const struct nodes *n, const struct range *range,
    struct view *root)
{
	struct view *v;
	struct buf b;

	if (!n->has_more)
		return;
	buf_init(&b, 0);
	buf_printf(&b, PAGE "?range=%s&after=", range->word);
	buf_uri(&b, n->node[n->n - 1].name,
	    __builtin_strlen(n->node[n->n - 1].name));
	v = view_object(root, "next");
	view_text(v, "href", buf_move(rq->arena, &b));
	view_text(v, "label", say("More servers"));
}

static enum err
show_metrics(struct request *rq)
{
	static const char *const known[] = {"range", "after"};
	struct nodes *nodes = ARENA_NEW(rq->arena, struct nodes);
	const struct range *range;
	struct view *v, *list;
	enum err e = nodes ? query_known(rq, known, N_ELEMS(known)) : E_BUSY;

	if (e == OK)
		e = range_parse(query_text(rq, "range"), &rq->problems, &range);
	if (e != OK)
		return e;
	*nodes = (struct nodes){.n = 0};
	if ((e = read_nodes(rq, nodes)) != OK)
		return e;
	v = page_view(rq, say("Server metrics"), PAGE);
	put_ranges(rq, v, range, PAGE);
	list = view_list(v, "servers");
	for (size_t i = 0; e == OK && i < nodes->n; i++)
		e = put_node(rq, &nodes->node[i], range, list);
	if (e != OK)
		return e;
	put_more(rq, nodes, range, v);
	reply_page(rq, 200, "admin/server_metrics", v);
	return OK;
}

/* clang-format off */
const struct route server_metrics_routes[] = {
	{GET,	PAGE,	POOL_UI, AUTH_SESSION, PERM_SERVERS_READ, BODY_NONE, 0, show_metrics, "servers.page.metrics"},
	{0}
};
/* clang-format on */
