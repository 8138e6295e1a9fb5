/* rows.c - whatever is asked of a list, its pages are the tenant's rows, each
 * once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is lines of name=value, as a query's; SQLite answers.
 */
#include "config.h"

#include "base/log.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "resource/list.h"
#include "scratch_db.h"

#define ROWS_MAX 12

const char fuzz_name[] = "rows";

/* clang-format off */
static const struct field fields[] = {
	{"id",		"c.id",			FIELD_ID,	FILTER,		 NULL},
	{"name",	"c.name",		FIELD_TEXT,	FILTER | SEARCH, "c.name"},
	{"email",	"c.email",		FIELD_TEXT,	SEARCH,		 "c.email"},
	{"status",	"c.status",		FIELD_WORD,	FILTER,		 "c.status"},
	{"credit",	"c.credit_minor",	FIELD_MONEY,	FILTER,		 "c.credit_minor"},
	{"open",	"CASE WHEN c.status = 'active' THEN 1 ELSE 0 END",
						FIELD_BOOL,	FILTER,		 NULL},
	{"createdAt",	"c.created_at",		FIELD_TIME,	FILTER,		 "c.id"},
};
static const char *const names[] = {
	"mine a", "mine b", "mine b", "mine %", "mine _", "mine \\", "mine \xc3\xb6", "mine 'x'",
};
/* clang-format on */
enum { NAME = NOUN_FIELDS + 1 };

static const struct noun customers = {.name = "customers",
    .from = "customers c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .currency = "c.currency",
    .alive = "c.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields)};

static const struct id mine = {"0190a0b0-0000-7000-8000-000000000001"};
static const struct id theirs = {"0190a0b0-0000-7000-8000-000000000002"};

/* ---- what there is ---- */

static void
begin(struct tx *tx, struct db *db, enum tx_mode mode, struct arena *a,
    struct problems *p)
{
	static const struct actor nobody;

	*tx = (struct tx){.db = db,
	    .arena = a,
	    .problems = p,
	    .actor = &nobody,
	    .tenant = mine,
	    .now = 1};
	if (tx_begin(db, mode, tx) != OK)
		abort();
}

static void
add_tenant(struct tx *tx, const struct id *tenant)
{
	if (db_exec(tx,
		"INSERT INTO tenants (id, slug, name, created_at, updated_at) "
		"VALUES ($1, $1, 'x', 1, 1)",
		DB_ID(tenant)) != OK)
		abort();
}

static void
add_customer(struct tx *tx, const struct id *tenant, int n, const char *name)
{
	struct id id = *tenant;

	id.s[34] = (char)('0' + n);
	if (db_exec(tx,
		"INSERT INTO customers (tenant_id, id, name, email, currency, "
		"credit_minor, created_at, updated_at) "
		"VALUES ($1, $2, $3, $2 || '@b.test', 'EUR', $4, $4, $4)",
		DB_ID(tenant), DB_ID(&id), DB_TEXT(name), DB_INT(n / 2)) != OK)
		abort();
}

static struct db *
the_db(void)
{
	static struct db *db;
	struct arena *a;
	struct problems p;
	struct tx tx;

	if (db)
		return db;
	log_set_level(LOG__MAX);
	db = scratch_db();
	a = arena_new(MEBIBYTE);
	problems_init(&p, a);
	begin(&tx, db, TX_WRITE, a, &p);
	add_tenant(&tx, &mine);
	add_tenant(&tx, &theirs);
	for (int i = 0; i < (int)N_ELEMS(names); i++)
		add_customer(&tx, &mine, i, names[i]);
	add_customer(&tx, &theirs, 0, "theirs");
	if (tx_commit(&tx) != OK)
		abort();
	arena_free(&a);
	return db;
}

/* ---- one list ---- */

static void
take_line(struct tx *tx, struct list *l, struct part line)
{
	struct part name = next_part(&line, '=');
	const char *key = arena_strndup(tx->arena, name.s, name.n);
	const char *value =
	    arena_strndup(tx->arena, line.n > 0 ? line.s : "", line.n);

	/* Parameters come from params.h. */
	if (utf8_valid(key, name.n) && utf8_valid(value, line.n))
		(void)list_param(l, tx->arena, tx->problems, key, value);
}

/* Rows of a page; the next page begins at *next_out, NULL at the end. */
static int
read_page(struct tx *tx, const struct list *l, const char **next_out)
{
	struct rows r;
	int n = 0;
	enum err e = list_run(tx, l, &r);

	*next_out = NULL;
	/* The cursor of another sort. */
	assert(e == OK || (e == E_INPUT && tx->problems->n == 1));
	while (e == OK && rows_next(&r)) {
		assert(str_starts(row_text(&r, NAME), "mine "));
		if (n < l->limit)
			*next_out = list_cursor(&r, l->backwards);
		n++;
	}
	if (e == OK && rows_done(&r) != OK)
		abort();
	assert(n <= l->limit + 1);
	if (n <= l->limit)
		*next_out = NULL;
	return n;
}

static void
check_pages(struct tx *tx, struct list *l)
{
	bool from_start = !l->after_id;
	int64_t total = 0;
	int n = 0, pages = 0;
	const char *next;

	if (list_count(tx, l, &total) != OK)
		abort();
	assert(total <= (int64_t)N_ELEMS(names));
	do {
		int k = read_page(tx, l, &next);

		n += k < l->limit ? k : l->limit;
		if (next &&
		    !list_param(l, tx->arena, tx->problems, "cursor", next))
			abort();
		assert(++pages <= ROWS_MAX);
	} while (next);
	assert(n <= total && (n == total || !from_start));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct db *db = the_db();
	struct part rest = {(const char *)data, n};
	struct arena *a = arena_new(4 * MEBIBYTE);
	struct problems p;
	struct list l;
	struct tx tx;

	problems_init(&p, a);
	begin(&tx, db, TX_READ, a, &p);
	list_init(&l, &customers);
	while (rest.n > 0)
		take_line(&tx, &l, next_part(&rest, '\n'));
	problems_init(&p, a); /* a list without what was refused */
	check_pages(&tx, &l);
	tx_rollback(&tx);
	arena_free(&a);
	return 0;
}
