/* placement.c - which server gets a site.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/placement.h"

#include <inttypes.h>

#include "base/text.h"
#include "provisioning/agent_state.h"

enum err
servers_ask(struct tx *tx, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT v.id, v.name, v.fqdn, v.preview_zone, v.capacity_sites, "
	    "v.agent_last_seen, COALESCE(n.sites, 0), v.server_group, v.weight "
	    "FROM servers v LEFT JOIN server_sites n "
	    "ON n.tenant_id = v.tenant_id AND n.server_id = v.id "
	    "WHERE v.tenant_id = $1 "
	    "AND v.status = 'active' AND v.role = 'web' "
	    "AND v.deleted_at IS NULL "
	    "ORDER BY v.id",
	    DB_ID(&tx->tenant));
}

static enum server_agent
agent_of(int64_t last_seen, int64_t now)
{
	if (last_seen == 0)
		return AGENT_NEW;
	return now - last_seen > AGENT_SILENT_S ? AGENT_SILENT : AGENT_THERE;
}

enum err
servers_read(struct rows *r, struct server_list *out)
{
	struct server_load **last = &out->first;

	*last = NULL;
	while (rows_next(r)) {
		struct server_load *load =
		    ARENA_NEW(r->tx->arena, struct server_load);

		if (!load) {
			tx_fail(r->tx, E_BUSY);
			break;
		}
		*load = (struct server_load){
		    .server = {.id = row_id(r, 0),
			.name = row_strdup(r, 1),
			.fqdn = row_strdup(r, 2),
			.preview_zone = row_strdup(r, 3)},
		    .capacity = row_int(r, 4),
		    .agent = agent_of(row_int(r, 5), r->tx->now),
		    .sites = row_int(r, 6),
		    .group = row_strdup(r, 7),
		    .weight = row_int(r, 8),
		};
		*last = load;
		last = &load->next;
	}
	return rows_done(r);
}

/* What there is to choose from. */
struct choosing {
	struct server_load *best;
	int64_t n_servers, n_free, places; /* places: of all, taken or not */
	int64_t n_there;		   /* of the free ones */
	bool has_weights;		   /* they differ among the free ones */
};

/* Sites for its weight, this one counted: an empty server that takes twice as
 * many goes before an empty one that doesn't. */
static bool
is_better(const struct server_load *a, const struct server_load *b)
{
	if (!b || a->agent != b->agent)
		return !b || a->agent > b->agent;
	return (a->sites + 1) * b->weight < (b->sites + 1) * a->weight;
}

static void
choose(struct choosing *c, struct server_load *l)
{
	c->n_servers++;
	c->places += l->capacity;
	if (l->sites >= l->capacity)
		return;
	c->n_free++;
	c->n_there += l->agent == AGENT_THERE;
	if (c->best && c->best->weight != l->weight)
		c->has_weights = true;
	if (is_better(l, c->best))
		c->best = l;
}

static const char *
why_none(struct arena *a, const struct choosing *c, const char *in_group)
{
	if (c->n_servers == 0)
		return arena_printf(
		    a, "there is no active web server%s", in_group);
	if (c->places == 0)
		return arena_printf(a, "the web servers%s have no places",
		    *in_group ? in_group : " that are active");
	return arena_printf(a, "all %" PRId64 " places%s are taken", c->places,
	    *in_group ? in_group : " on your servers");
}

static const char *
why_best(struct arena *a, const struct choosing *c, const char *in_group)
{
	const struct server_load *best = c->best;
	const char *reason = "fewest";

	if (c->n_free == 1)
		reason = "the only server with room";
	else if (c->n_there == 1)
		reason = "the only server whose agent reports";
	else if (c->has_weights)
		reason = arena_printf(
		    a, "fewest for its weight of %" PRId64, best->weight);
	return arena_printf(a,
	    "%" PRId64 " of %" PRId64 " places taken, %s%s%s", best->sites,
	    best->capacity, reason ? reason : "", in_group,
	    best->agent == AGENT_SILENT ? "; its agent is silent, as are those "
					  "of all with room"
					: "");
}

struct placement
servers_pick(struct arena *a, struct server_list *list, const char *group)
{
	const char *in_group =
	    *group ? arena_printf(a, " in group %s", group) : "";
	struct choosing c = {.best = NULL};
	struct placement p;

	for (struct server_load *l = list->first; l; l = l->next)
		if (!*group || str_eq(l->group, group))
			choose(&c, l);
	if (!in_group)
		in_group = "";
	if (!c.best)
		return (struct placement){.why = why_none(a, &c, in_group)};
	p = (struct placement){&c.best->server, why_best(a, &c, in_group)};
	c.best->sites++;
	return p;
}
