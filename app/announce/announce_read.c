/* announce_read.c - what readers see of announcements.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "announce/announce.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { ENTRIES_MAX = 100, BANNERS_MAX = 5, SOON_S = 7 * 86400 };

#define COLUMNS                                                                \
	"SELECT a.id, a.kind, a.title, a.severity, a.status, a.tag, "          \
	"a.author_name, a.servers, a.starts_at, a.ends_at, a.published_at, "   \
	"a.resolved_at, a.news_at, a.html FROM announcements a "
#define PUBLIC "a.deleted_at IS NULL AND a.status <> 'draft' "

/* "web-1, web-2" of ["web-1","web-2"]. */
static const char *
names_of(struct arena *a, const char *list)
{
	json_t *names = json_loads(list, 0, NULL);
	const char *s;
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < json_array_size(names); i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    json_string_value(json_array_get(names, i)));
	json_decref(names);
	s = buf_move(a, &b);
	return s ? s : "";
}

static struct announcement
read_one(struct tx *tx, const struct rows *r)
{
	return (struct announcement){
	    .id = row_id(r, 0),
	    .kind = row_strdup(r, 1),
	    .title = row_strdup(r, 2),
	    .severity = row_strdup(r, 3),
	    .status = row_strdup(r, 4),
	    .tag = row_strdup(r, 5),
	    .author = row_strdup(r, 6),
	    .servers = names_of(tx->arena, row_text(r, 7)),
	    .starts_at = row_int(r, 8),
	    .ends_at = row_int(r, 9),
	    .published_at = row_int(r, 10),
	    .resolved_at = row_int(r, 11),
	    .news_at = row_int(r, 12),
	    .body = markup_kept(tx->arena, row_text(r, 13)),
	};
}

const char *
announce_state(const struct announcement *a, int64_t now)
{
	if (!str_eq(a->kind, "maintenance") || str_eq(a->status, "resolved"))
		return a->status;
	if (a->starts_at > now)
		return "planned";
	return a->ends_at == 0 || a->ends_at > now ? "under_way" : "resolved";
}

static enum err
read_all(struct tx *tx, struct rows *r, size_t limit,
    const struct announcement **list_out, size_t *n_out, bool *more_out)
{
	struct announcement *list =
	    arena_array(tx->arena, limit, sizeof(*list));
	size_t n = 0;

	*more_out = false;
	while (list && rows_next(r)) {
		if (n == limit) {
			*more_out = true;
			break;
		}
		list[n++] = read_one(tx, r);
	}
	*list_out = list;
	*n_out = n;
	return list ? rows_done(r) : E_BUSY;
}

enum err
announce_list(struct tx *tx, const struct announce_query *q,
    const struct announcement **list_out, size_t *n_out, bool *more_out)
{
	struct rows r;
	enum err e;

	if (q->open_only)
		e = db_query(tx, &r,
		    COLUMNS
		    "WHERE a.tenant_id = $1 AND a.status = 'open' "
		    "AND a.deleted_at IS NULL ORDER BY a.id DESC LIMIT $2",
		    DB_ID(&tx->tenant), DB_INT((int64_t)q->limit + 1));
	else if (id_is_set(&q->after))
		e = db_query(tx, &r,
		    COLUMNS
		    "JOIN announcements x ON x.tenant_id = a.tenant_id "
		    "AND x.id = $2 WHERE a.tenant_id = $1 AND " PUBLIC
		    "AND (a.published_at, a.id) < (x.published_at, x.id) "
		    "ORDER BY a.published_at DESC, a.id DESC LIMIT $3",
		    DB_ID(&tx->tenant), DB_ID(&q->after),
		    DB_INT((int64_t)q->limit + 1));
	else
		e = db_query(tx, &r,
		    COLUMNS "WHERE a.tenant_id = $1 AND " PUBLIC
			    "ORDER BY a.published_at DESC, a.id DESC LIMIT $2",
		    DB_ID(&tx->tenant), DB_INT((int64_t)q->limit + 1));
	return e == OK ? read_all(tx, &r, q->limit, list_out, n_out, more_out)
		       : e;
}

enum err
announce_get(struct tx *tx, const struct id *id, struct announcement *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    COLUMNS "WHERE a.tenant_id = $1 AND a.id = $2 AND " PUBLIC,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = read_one(tx, &r);
	return rows_done(&r);
}

enum err
announce_entries(struct tx *tx, const struct id *id,
    const struct announce_entry **list_out, size_t *n_out)
{
	struct announce_entry *list =
	    arena_array(tx->arena, ENTRIES_MAX, sizeof(*list));
	struct rows r;
	size_t n = 0;
	enum err e = list ? OK : E_BUSY;

	if (e == OK)
		e = db_query(tx, &r,
		    "SELECT state, created_at, html FROM announcement_updates "
		    "WHERE tenant_id = $1 AND announcement_id = $2 "
		    "ORDER BY id DESC LIMIT $3",
		    DB_ID(&tx->tenant), DB_ID(id),
		    DB_INT((int64_t)ENTRIES_MAX));
	if (e != OK)
		return e;
	while (n < ENTRIES_MAX && rows_next(&r))
		list[n++] = (struct announce_entry){row_strdup(&r, 0),
		    row_int(&r, 1), markup_kept(tx->arena, row_text(&r, 2))};
	*list_out = list;
	*n_out = n;
	return rows_done(&r);
}

enum err
announce_for_customer(struct tx *tx, const struct id *customer,
    const struct announcement **list_out, size_t *n_out)
{
	struct rows r;
	bool more;
	enum err e = db_query(tx, &r,
	    COLUMNS
	    "WHERE a.tenant_id = $1 AND a.status = 'open' "
	    "AND a.deleted_at IS NULL AND (a.kind = 'incident' "
	    "OR (a.kind = 'maintenance' AND a.starts_at < $3 "
	    "AND (a.ends_at IS NULL OR a.ends_at > $4))) "
	    "AND (NOT EXISTS (SELECT 1 FROM announcement_servers s "
	    "WHERE s.tenant_id = a.tenant_id AND s.announcement_id = a.id) "
	    "OR EXISTS (SELECT 1 FROM announcement_servers s "
	    "JOIN websites w ON w.tenant_id = s.tenant_id "
	    "AND w.server_id = s.server_id AND w.status <> 'removed' "
	    "WHERE s.tenant_id = a.tenant_id AND s.announcement_id = a.id "
	    "AND w.customer_id = $2)) "
	    "ORDER BY a.id DESC LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_INT(tx->now + SOON_S),
	    DB_INT(tx->now), DB_INT((int64_t)BANNERS_MAX));

	return e == OK ? read_all(tx, &r, BANNERS_MAX, list_out, n_out, &more)
		       : e;
}
