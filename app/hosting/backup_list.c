/* backup_list.c - the archives of a website that are there to be used.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/backup_list.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define DAY_S	   86400
#define SHA256_LEN 64
/* As long as nobody has said how long: the agent's own. */
#define KEEP_DAYS 30

enum err
backups_website(
    struct tx *tx, const struct id *subscription, struct id *website_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.id FROM websites w WHERE w.tenant_id = $1 "
	    "AND w.subscription_id = $2 AND w.status <> 'removed' "
	    "UNION SELECT w.id FROM provisioning_tasks t "
	    "JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id AND w.status <> 'removed' "
	    "JOIN subscriptions s ON s.tenant_id = t.tenant_id "
	    "AND s.id = t.subscription_id AND s.customer_id = w.customer_id "
	    "WHERE t.tenant_id = $1 AND t.subscription_id = $2 "
	    "AND t.type = 'backup' AND t.step = 'create' LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK)
		return e;
	*website_out = row_id(&r, 0);
	return rows_done(&r);
}

/* What follows "backups/<website>/", or the whole: it is only looked at by
 * backup_is_usable(), which takes it apart again. */
static const char *
name_of(const char *archive)
{
	const char *slash = strrchr(archive, '/');

	return slash ? slash + 1 : archive;
}

#define COLUMNS                                                                \
	"SELECT id, website_id, server_id, archive, sha256, bytes, files, "    \
	"taken_at, status FROM backups "

static struct backup
read_backup(const struct rows *r)
{
	return (struct backup){
	    .id = row_id(r, 0),
	    .website = row_id(r, 1),
	    .server = row_id(r, 2),
	    .archive = name_of(row_strdup(r, 3)),
	    .sha256 = row_strdup(r, 4),
	    .bytes = row_int(r, 5),
	    .files = row_int(r, 6),
	    .taken_at = row_int(r, 7),
	    .ok = str_eq(row_text(r, 8), "ok"),
	};
}

/* From when on archives are there.  What was ordered last says how long they
 * are kept. */
static enum err
kept_since(struct tx *tx, const struct id *website, int64_t *out)
{
	int64_t days = KEEP_DAYS;
	json_t *v = NULL, *said;
	const char *payload;
	enum err e = db_text(tx, &payload,
	    "SELECT payload FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND subscription_id IN ("
	    "SELECT subscription_id FROM backups WHERE tenant_id = $1 "
	    "AND website_id = $2 AND subscription_id IS NOT NULL) "
	    "AND website_id = $2 AND type = 'backup' AND step = 'create' "
	    "ORDER BY id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(website));

	if (e != OK && e != E_NOTFOUND)
		return e;
	if (e == OK && payload)
		v = json_own(tx->arena, payload);
	said = json_object_get(v, "retentionDays");
	if (json_is_integer(said))
		days = json_integer_value(said);
	json_decref(v);
	*out = tx->now - days * DAY_S;
	return OK;
}

enum err
backups_of(struct tx *tx, const struct id *website,
    const struct backup **list_out, size_t *n_out)
{
	struct backup *list =
	    arena_array(tx->arena, BACKUPS_SHOWN, sizeof(*list));
	bool has_newest = false;
	int64_t since;
	size_t n = 0;
	struct rows r;
	enum err e = list ? kept_since(tx, website, &since) : E_BUSY;

	if (e == OK)
		e = db_query(tx, &r,
		    COLUMNS "WHERE tenant_id = $1 AND website_id = $2 "
			    "ORDER BY taken_at DESC, id DESC LIMIT $3",
		    DB_ID(&tx->tenant), DB_ID(website),
		    DB_INT((int64_t)BACKUPS_SHOWN));
	if (e != OK)
		return e;
	while (rows_next(&r) && n < BACKUPS_SHOWN) {
		struct backup b = read_backup(&r);

		if (b.taken_at < since && (!b.ok || has_newest))
			continue;
		has_newest |= b.ok;
		list[n++] = b;
	}
	*list_out = list;
	*n_out = n;
	return rows_done(&r);
}

enum err
backup_latest(struct tx *tx, const struct id *website, struct backup *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    COLUMNS "WHERE tenant_id = $1 AND website_id = $2 "
		    "AND status = 'ok' ORDER BY taken_at DESC, id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(website));

	if (e != OK)
		return e;
	*out = read_backup(&r);
	return rows_done(&r);
}

enum err
backup_get(struct tx *tx, const struct id *website, const struct id *id,
    struct backup *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    COLUMNS "WHERE tenant_id = $1 AND id = $2 AND website_id = $3",
	    DB_ID(&tx->tenant), DB_ID(id), DB_ID(website));

	if (e != OK)
		return e;
	*out = read_backup(&r);
	return rows_done(&r);
}

/* What an agent has reported is what it likes: only a name like ours goes back
 * to one. */
static bool
is_name(const char *s)
{
	return strlen(s) == strlen("20260101T000000Z.tar.gz") &&
	       strspn(s, "0123456789TZ") == strlen("20260101T000000Z") &&
	       str_ends(s, ".tar.gz");
}

enum err
backup_is_usable(struct tx *tx, const struct backup *b, const struct id *server)
{
	const char *why = NULL;

	if (!b->ok)
		why = "This backup failed: there is nothing in it.";
	else if (!str_eq(b->server.s, server->s))
		why = "This backup lies on another server than the website.";
	else if (!is_name(b->archive) || strlen(b->sha256) != SHA256_LEN ||
		 b->bytes <= 0)
		why = "What was reported of this backup is not complete.";
	if (!why)
		return OK;
	problem_add_words(tx->problems, "", "conflict", "%s", why);
	return E_CONFLICT;
}
