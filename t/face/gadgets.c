/* gadgets.c - a described noun for tests of its faces, and who asks for it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "gadgets.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "face/noun_routes.h"
#include "resource/write.h"
#include "tap.h"

/* ---- the noun ---- */

static const struct choice states[] = {
    {"active", "Active"}, {"retired", "Retired"}, {NULL}};

#define WRITTEN (NEW | EDIT)

/* clang-format off */
static const struct field fields[] = {
	{"id",		"g.id",		FIELD_ID},
	{"code",	"g.code",	FIELD_CODE,	FILTER | SEARCH | NEW | REQUIRED, "g.code", .label = "Code"},
	{"name",	"g.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "g.name", .label = "Name", .max = 40},
	{"notes",	"g.notes",	FIELD_AREA,	DETAIL | WRITTEN, NULL, .label = "Notes"},
	{"status",	"g.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL, .label = "Status", .choice = states},
	{"price",	"g.price_minor", FIELD_MONEY,	WRITTEN, "g.price_minor", .label = "Price"},
	{"share",	"g.share_ppm",	FIELD_PERCENT,	WRITTEN, NULL, .label = "Share"},
	{"pieces",	"g.pieces",	FIELD_INT,	WRITTEN, NULL, .label = "Pieces", .min = 1, .max = 100},
	{"fragile",	"g.fragile",	FIELD_BOOL,	FILTER | WRITTEN | DEFAULTED, NULL, .label = "Fragile", .first = "true"},
	{"owner",	"g.owner",	FIELD_EMAIL,	WRITTEN, NULL, .label = "Owner"},
	{"domain",	"g.domain",	FIELD_DOMAIN,	WRITTEN, NULL, .label = "Domain"},
	{"ip",		"g.ip",		FIELD_IP4,	WRITTEN, NULL, .label = "Address"},
	{"tags",	"g.tags",	FIELD_TAGS,	WRITTEN, NULL, .label = "Tags"},
	{"since",	"g.since",	FIELD_DATE,	WRITTEN, NULL, .label = "Since"},
	{"partId",	"g.part_id",	FIELD_ID,	WRITTEN, NULL, .label = "Part of", .of = &gadgets},
	{"version",	"g.version",	FIELD_INT},
	{"createdAt",	"g.created_at",	FIELD_TIME,	DETAIL, "g.id", .label = "Made"},
	/* kept, but in no view: "secret" */
};
/* clang-format on */

static const char *const code[] = {"code"};
static const struct noun_key keys[] = {
    {"gadgets_code", code, 1, NULL, NULL, "There is a gadget with this code."},
    {NULL},
};

const struct noun gadgets = {
    .name = "gadgets",
    .from = "gadgets g",
    .tenant = "g.tenant_id",
    .id = "g.id",
    .currency = "'USD'",
    .alive = "g.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "gadget",
    .many = "Gadgets",
    .about = "Things of this test.",
    .empty = "Make the first.",
    .page = "/gadgets",
    .api = "/api/admin/gadgets",
    .flat = "/api/gadgets",
    .table = "gadgets",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = keys,
};

const struct noun *const nouns[] = {&gadgets, NULL};

#define COLUMNS(id, integer)                                                   \
	"CREATE TABLE gadgets (tenant_id " id " NOT NULL, id " id              \
	" NOT NULL, "                                                          \
	"code TEXT NOT NULL, name TEXT NOT NULL, "                             \
	"notes TEXT NOT NULL DEFAULT '', "                                     \
	"status TEXT NOT NULL DEFAULT 'active', price_minor " integer ", "     \
	"share_ppm " integer ", pieces " integer ", "                          \
	"fragile " integer " NOT NULL DEFAULT 0, "                             \
	"owner TEXT NOT NULL DEFAULT '', domain TEXT NOT NULL DEFAULT '', "    \
	"ip TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]', "       \
	"since TEXT, part_id " id ", secret TEXT NOT NULL DEFAULT 'hush', "    \
	"version " integer " NOT NULL DEFAULT 1, "                             \
	"created_at " integer " NOT NULL, updated_at " integer " NOT NULL, "   \
	"deleted_at " integer ", PRIMARY KEY (tenant_id, id)); "               \
	"CREATE UNIQUE INDEX gadgets_code ON gadgets (tenant_id, code) "       \
	"WHERE deleted_at IS NULL; "

static void
make_table(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	bool lite = t->engine == DB_SQLITE;

	if (db_script(owner, lite ? COLUMNS("TEXT", "INTEGER")
				  : COLUMNS("uuid", "bigint")) != OK)
		bail("no table");
	if (!lite &&
	    db_script(owner,
		"ALTER TABLE gadgets ENABLE ROW LEVEL SECURITY; "
		"ALTER TABLE gadgets FORCE ROW LEVEL SECURITY; "
		"CREATE POLICY tenant ON gadgets "
		"USING (tenant_id = app_tenant()) "
		"WITH CHECK (tenant_id = app_tenant()); "
		"GRANT SELECT, INSERT, UPDATE ON gadgets TO mpanel_app; "
		"ALTER TABLE gadgets ALTER COLUMN since TYPE date "
		"USING since::date") != OK)
		bail("no row-level security");
	db_close(&owner);
}

/* ---- the audit log of this house ---- */

struct gadgets_noted noted;

static enum err
log_it(struct tx *tx, const struct noun *n, const char *verb,
    const struct id *id, const char *detail_json)
{
	(void)tx;
	(void)n;
	(void)id;
	snprintf(noted.verb, sizeof(noted.verb), "%s", verb);
	snprintf(noted.detail, sizeof(noted.detail), "%s",
	    detail_json ? detail_json : "");
	noted.n++;
	return OK;
}

noun_auditor *const noun_note = log_it;
noun_witness *const noun_changed_by = NULL;

/* ---- who asks: the host names the company, the token the person ---- */

struct id companies[2];

static enum err
tenant_of_host(struct request *rq)
{
	rq->tenant = companies[str_eq(rq->host, "acme.test") ? 0 : 1];
	rq->tenant_slug = rq->tenant_name = "acme";
	rq->tenant_currency = "USD";
	return OK;
}

static void
become(struct request *rq, const char *who)
{
	bool all = str_starts(who, "owner"), none = str_starts(who, "nobody");

	rq->actor.kind = ACTOR_USER;
	rq->actor.id = rq->tenant;
	rq->actor.tenant = rq->tenant;
	snprintf(rq->actor.name, sizeof(rq->actor.name), "%s", who);
	for (enum perm p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (!none && (all || str_ends(perm_name(p), ":read")))
			perm_add(&rq->actor.perms, p);
}

static enum err
actor_of_cookie(struct request *rq, const char *cookie)
{
	become(rq, cookie);
	return OK;
}

static enum err
actor_of_token(struct request *rq, const char *token)
{
	become(rq, token);
	return OK;
}

static const struct gate_ops ops = {
    .tenant_of_host = tenant_of_host,
    .actor_of_cookie = actor_of_cookie,
    .actor_of_token = actor_of_token,
    .note_denied = webtest_no_note,
    .dress = webtest_no_dress,
    .touch = webtest_no_touch,
};

/* ---- asking ---- */

struct webtest w;
struct arena *arena;

int
call(const char *method, const char *uri, const char *who, const char *json)
{
	return webtest_call(
	    &w, &(struct call){
		    .method = method, .uri = uri, .bearer = who, .body = json});
}

bool
says(const char *text)
{
	return strstr(w.body, text) != NULL;
}

int
page(const char *who, const char *uri)
{
	return webtest_call(
	    &w, &(struct call){.uri = uri,
		    .cookie = arena_printf(arena, "mp_session=%s", who)});
}

/* Of a form that was just shown. */
const char *
hidden(const char *name)
{
	const char *mark = arena_printf(arena, "name=\"%s\" value=\"", name);
	const char *at = strstr(w.body, mark);

	if (!at)
		return "";
	at += strlen(mark);
	return arena_strndup(arena, at, strcspn(at, "\""));
}

int
post(const char *uri, const char *form)
{
	const char *body = arena_printf(arena, "csrf=%s&key=%s&version=%s&%s",
	    hidden("csrf"), hidden("key"), hidden("version"), form);

	return webtest_call(&w, &(struct call){.method = "POST",
				    .uri = uri,
				    .cookie = "mp_session=owner",
				    .type = "application/x-www-form-urlencoded",
				    .body = body});
}

/* The id in the last answer. */
const char *
id_said(void)
{
	const char *at = strstr(w.body, "\"id\":\"");

	return at ? arena_strndup(arena, at + 6, 36) : "none";
}

const char *
below(const char *base, const char *id, const char *more)
{
	return arena_printf(arena, "%s/%s%s", base, id, more);
}

void
gadgets_open(struct testdb *t)
{
	const struct route *tables[] = {noun_routes(NULL, 0)};

	make_table(t);
	arena = t->arena;
	companies[0] = testdb_tenant(t, "acme");
	companies[1] = testdb_tenant(t, "other");
	webtest_open(&w, t, tables, N_ELEMS(tables), &ops);
}

void
gadgets_close(void)
{
	webtest_close(&w);
}
