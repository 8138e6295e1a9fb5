/* describe.c - a description that the database does not keep is found out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A table as it is described, then the same with one difference each time.
 */
#include "config.h"
#include "resource/describe.h"

#include "base/text.h"
#include "resource/write.h"
#include "tap.h"
#include "testdb.h"

/* ---- the description ---- */

#define WRITTEN (NEW | EDIT)

static const struct choice states[] = {
    {"active", "Active"}, {"retired", "Retired"}, {NULL}};

/* clang-format off */
static const struct field fields[] = {
	{"id",		"g.id",		FIELD_ID},
	{"code",	"g.code",	FIELD_CODE,	FILTER | NEW | REQUIRED, "g.code"},
	{"name",	"g.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "g.name"},
	{"notes",	"g.notes",	FIELD_AREA,	WRITTEN},
	{"status",	"g.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL, .choice = states},
	{"price",	"g.price_minor", FIELD_MONEY,	WRITTEN},
	{"fragile",	"g.fragile",	FIELD_BOOL,	FILTER | WRITTEN | COARSE | DEFAULTED},
	{"since",	"g.since",	FIELD_DATE,	WRITTEN},
	{"partId",	"g.part_id",	FIELD_ID,	WRITTEN | REQUIRED},
	{"company",	"n.name",	FIELD_TEXT,	JOINED | IN_MEMORY, "n.name"},
	{"many",	"CASE WHEN g.pieces > 9 THEN 1 ELSE 0 END", FIELD_BOOL},
	{"version",	"g.version",	FIELD_INT},
	{"createdAt",	"g.created_at",	FIELD_TIME,	0, "g.id"},
};
/* clang-format on */

static const char *const code[] = {"code"}, *const part[] = {"partId"};
static const struct noun_key keys[] = {
    {"gadgets_code", code, 1, NULL, NULL, "There is one."},
    {"gadgets_part", part, 1, "status", "active", "There is one."},
    {NULL},
};

static const struct noun gadgets = {
    .name = "gadgets",
    .from = "gadgets g JOIN tenants n ON n.id = g.tenant_id",
    .base = "gadgets g",
    .tenant = "g.tenant_id",
    .id = "g.id",
    .currency = "'USD'",
    .alive = "g.kind = 'lamp' AND g.deleted_at IS NULL",
    .made = "g.created_at",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .table = "gadgets",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .key = keys,
};

static enum err
log_nothing(struct tx *tx, const struct noun *n, const char *verb,
    const struct id *id, const char *detail_json)
{
	(void)tx, (void)n, (void)verb, (void)id, (void)detail_json;
	return OK;
}
noun_auditor *const noun_note = log_nothing;
noun_witness *const noun_changed_by = NULL;

/* ---- the table ---- */

#define ALIVE "kind = 'lamp' AND deleted_at IS NULL"

/* On SQLite uuid and date are TEXT. */
static const char table[] =
    "CREATE TABLE gadgets (tenant_id uuid NOT NULL, id uuid NOT NULL, "
    "kind text NOT NULL DEFAULT 'lamp', code text NOT NULL, "
    "name text NOT NULL, notes text NOT NULL DEFAULT '', "
    "status text NOT NULL DEFAULT 'active' "
    "CHECK (status IN ('active', 'retired')), "
    "price_minor bigint, fragile bigint NOT NULL DEFAULT 0, since date, "
    "part_id uuid NOT NULL, pieces bigint, "
    "version bigint NOT NULL DEFAULT 1, created_at bigint NOT NULL, "
    "updated_at bigint NOT NULL, deleted_at bigint, "
    "PRIMARY KEY (tenant_id, id)); "
    "CREATE UNIQUE INDEX gadgets_code ON gadgets (tenant_id, code) "
    "WHERE " ALIVE "; "
    "CREATE UNIQUE INDEX gadgets_part ON gadgets (tenant_id, part_id) "
    "WHERE status = 'active' AND " ALIVE "; "
    "CREATE INDEX gadgets_name ON gadgets (tenant_id, name, id); "
    "CREATE INDEX gadgets_status ON gadgets (tenant_id, kind, status, id);";

/* clang-format off */
static const struct {
	const char *claim;	/* found out: ... */
	const char *was, *is;	/* of the table's text */
	const char *found;	/* "field code", of each problem */
} planted[] = {
	{"nothing", "", "", ""},
	{"a column that is not there", "notes text NOT NULL DEFAULT '', ", "", "notes missing "},
	{"a number kept as a text", "price_minor bigint", "price_minor text", "price wrong_type "},
	{"a text kept as a number", "notes text NOT NULL DEFAULT ''", "notes bigint NOT NULL DEFAULT 0", "notes wrong_type "},
	{"a truth kept as a text", "fragile bigint NOT NULL DEFAULT 0", "fragile text NOT NULL DEFAULT ''", "fragile wrong_type "},
	{"a moment kept as a text", "created_at bigint", "created_at text", "wrong_type createdAt wrong_type "},
	{"a required value that may be NULL", "part_id uuid NOT NULL", "part_id uuid", "partId nullable "},
	{"an empty value that may not be NULL", "price_minor bigint", "price_minor bigint NOT NULL DEFAULT 0", "price not_null "},
	{"a default that is none", "fragile bigint NOT NULL DEFAULT 0", "fragile bigint NOT NULL", "fragile no_default not_filled "},
	{"a column that nothing fills", "pieces bigint", "pieces bigint NOT NULL", "not_filled "},
	{"rows without a version", "version bigint NOT NULL DEFAULT 1, ", "", "version missing missing "},
	{"a word that the CHECK does not know", "'active', 'retired'", "'active'", "status unknown_word "},
	{"a word that only the CHECK knows", "'retired'", "'retired', 'lost'", "status missing_word "},
	{"words that no CHECK holds", "CHECK (status IN ('active', 'retired'))", "", "status no_check "},
	{"words that a CHECK does not always hold", "status IN ('active', 'retired')", "status IN ('active', 'retired') OR pieces > 7", "status no_check "},
	{"a key without its index", "UNIQUE INDEX gadgets_part", "UNIQUE INDEX gadgets_other", "partId wrong_key "},
	{"a key that is not unique", "UNIQUE INDEX gadgets_code", "INDEX gadgets_code", "code wrong_key "},
	{"a key of more columns", "(tenant_id, part_id)", "(tenant_id, part_id, code)", "partId wrong_key "},
	{"a key of all companies", "(tenant_id, code)", "(code)", "code wrong_key code no_index code no_index "},
	{"a key of fewer rows", "WHERE status = 'active' AND", "WHERE status = 'active' AND pieces IS NULL AND", "partId wrong_key "},
	{"a key of more rows", "WHERE status = 'active' AND", "WHERE", "partId wrong_key "},
	{"a sort without an index", "CREATE INDEX gadgets_name ON gadgets (tenant_id, name, id);", "", "name no_index "},
	{"a sort with an index of other rows", "(tenant_id, name, id)", "(tenant_id, name, id) WHERE price_minor IS NULL", "name no_index "},
	{"a sort with an index of an expression", "(tenant_id, name, id)", "(tenant_id, lower(name), id)", "name no_index "},
	{"a filter without an index", "(tenant_id, kind, status, id)", "(tenant_id, code, status, id)", "status no_index "},
	{"rows that no index finds", "PRIMARY KEY (tenant_id, id)", "PRIMARY KEY (id, tenant_id)", "no_index "},
	{"an index that is said not to be", "(tenant_id, name, id)", "(tenant_id, name, id); CREATE INDEX gadgets_fragile ON gadgets (tenant_id, fragile)", "fragile needless "},
	{"an expression that can't be computed", "pieces bigint, ", "", "refused "},
};
/* clang-format on */

static char *
replaced(struct arena *a, const char *text, const char *was, const char *is)
{
	const char *at = strstr(text, was);

	if (!at)
		bail("%s", was);
	return arena_printf(
	    a, "%.*s%s%s", (int)(at - text), text, is, at + strlen(was));
}

static const char *
of_engine(struct testdb *t, const char *sql)
{
	static const char *const types[][2] = {{" uuid", " TEXT"},
	    {" date", " TEXT"}, {" bigint", " INTEGER"}, {" text", " TEXT"}};

	for (size_t i = 0; t->engine == DB_SQLITE && i < N_ELEMS(types); i++)
		while (strstr(sql, types[i][0]))
			sql = replaced(t->arena, sql, types[i][0], types[i][1]);
	return sql;
}

/* For a new connection: SQLite would show the plan that it had before. */
static void
make_table(struct testdb *t, const char *sql)
{
	struct db *owner = testdb_open(t->owner_url);

	if (db_script(owner, "DROP TABLE IF EXISTS gadgets") != OK ||
	    db_script(owner, of_engine(t, sql)) != OK)
		bail("%s", of_engine(t, sql));
	if (t->engine == DB_POSTGRES &&
	    db_script(owner,
		"GRANT SELECT, INSERT, UPDATE ON gadgets TO mpanel_app") != OK)
		bail("no rights");
	db_close(&owner);
	db_close(&t->db);
	t->db = testdb_open(t->url);
}

/* ---- what is found ---- */

static const char *
found(struct testdb *t, const struct noun *n)
{
	struct id tenant = id_of("00000000-0000-7000-8000-000000000000");
	const char *all = "";
	struct schema s;
	struct tx tx;

	problems_init(&t->problems, t->arena);
	testdb_begin(t, &tx, TX_READ, &tenant);
	if (schema_read(&tx, &s) != OK)
		bail("no catalogue");
	if (describe_check(&tx, &s, n) != OK && t->problems.n == 0)
		bail("%s", n->name);
	tx_rollback(&tx);
	for (size_t i = 0; i < problems_kept(&t->problems); i++) {
		const struct problem *p = &t->problems.item[i];

		all = arena_printf(t->arena, "%s%s%s%s ", all, p->field,
		    p->field[0] ? " " : "", p->code);
	}
	return all;
}

static void
test_planted(struct testdb *t)
{
	for (size_t i = 0; i < N_ELEMS(planted); i++) {
		make_table(t,
		    replaced(t->arena, table, planted[i].was, planted[i].is));
		is_str(found(t, &gadgets), planted[i].found,
		    arena_printf(t->arena, "found out: %s", planted[i].claim));
	}
}

/* ---- the description is what differs ---- */

static const char *
found_with(struct testdb *t, size_t i, struct field f)
{
	struct field changed[N_ELEMS(fields)];
	struct noun n = gadgets;

	memcpy(changed, fields, sizeof(fields));
	changed[i] = f;
	n.field = changed;
	return found(t, &n);
}

static void
test_described(struct testdb *t)
{
	struct noun few = gadgets;
	struct field f = fields[2];

	make_table(t, table);
	f.flags |= FILTER;
	is_str(found_with(t, 2, f), "",
	    "the index that a sort has serves a filter, too");
	f = fields[3];
	f.flags |= FILTER;
	is_str(found_with(t, 3, f), "notes no_index ",
	    "found out: a filter that no index serves");
	f.flags = WRITTEN;
	f.sql = "x.notes";
	is_str(found_with(t, 3, f), "notes missing ",
	    "found out: an alias of no table");
	f.sql = "COALESCE(g.notes, '')";
	is_str(found_with(t, 3, f), "notes not_written ",
	    "found out: a field that is written and no column");
	f = fields[4];
	f.flags = FILTER | WRITTEN;
	is_str(found_with(t, 4, f), "status unknown_word ",
	    "found out: an empty word that the CHECK refuses");
	f.flags = FILTER;
	is_str(found_with(t, 4, f), "",
	    "a word that nobody writes is never emptied");
	f.choice = states + 1;
	is_str(found_with(t, 4, f), "status missing_word ",
	    "found out: a word that has no name");
	f = fields[10];
	f.flags |= FILTER;
	is_str(found_with(t, 10, f), "many no_index ",
	    "found out: an expression as a filter");
	f = fields[8];
	f.flags = 0;
	is_str(found_with(t, 8, f), "not_filled ",
	    "found out: a field that must be given and can't");
	few.few = "there are few gadgets";
	make_table(
	    t, replaced(t->arena, table, "(tenant_id, name, id)", "(name)"));
	is_str(found(t, &few), "", "few rows need no index");
}

/* What may not be read or written is refused, and nothing is done. */
static void
test_rights(struct testdb *t)
{
	struct db *owner;

	make_table(t, table);
	is_int(testdb_int(t, "SELECT count(*) FROM gadgets"), 0,
	    "what was tried has made no row");
	if (t->engine == DB_SQLITE)
		return;
	owner = testdb_open(t->owner_url);
	if (db_script(owner, "REVOKE UPDATE ON gadgets FROM mpanel_app") != OK)
		bail("revoke");
	db_close(&owner);
	is_str(found(t, &gadgets), "refused ",
	    "found out: a right that the panel lacks");
}

static void
test(struct testdb *t)
{
	test_planted(t);
	test_described(t);
	test_rights(t);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
