/* audit_chain.c - whoever changes the audit log is found out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Tampering is done as somebody who owns the database: with the triggers taken
 * away for it, and on PostgreSQL as the superuser.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fact.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/audit_chain.h"
#include "identity/audit_work.h"
#include "tap.h"
#include "testdb.h"

/* Nobody hears of anything here. */
const struct fact_hearer fact_hearers[] = {{.hear = NULL}};

#define NOW   1795176000
#define DAY_S 86400

struct house {
	struct testdb *t;
	struct id tenant;
	struct secret_box *box;
	char key_file[96];
	bool has_kept;
	struct audit_head kept;
	struct id from; /* where the next sealing begins; unset: everywhere */
};

/* ---- doing ---- */

static enum err
write_one(struct tx *tx, void *arg)
{
	return audit(tx, "thing.do", "things", NULL, arg);
}

static void
add_rows(struct house *h, int n)
{
	for (int i = 0; i < n; i++) {
		struct tx tx;
		char detail[32];

		snprintf(detail, sizeof(detail), "{\"n\":%d}", i);
		tx_init(&tx, h->t->arena, &h->t->problems, &h->t->actor,
		    h->tenant.s);
		if (tx_run(h->t->db, TX_WRITE, &tx, write_one, detail) != OK)
			bail("audit");
	}
}

static enum err
seal_on(struct house *h, struct db *db, int64_t since, struct audit_sealing *s)
{
	struct tx tx;
	enum err e;

	*s = (struct audit_sealing){.box = h->box,
	    .since = since,
	    .from = h->from,
	    .kept = h->has_kept ? &h->kept : NULL};
	tx_init(&tx, h->t->arena, &h->t->problems, &h->t->actor, h->tenant.s);
	e = tx_run(db, TX_WRITE, &tx, audit_seal, s);
	if (e == OK && !s->is_torn) {
		h->kept = s->head;
		h->has_kept = true;
	}
	return e;
}

static int64_t
seal(struct house *h)
{
	struct audit_sealing s;

	if (seal_on(h, h->t->db, 0, &s) != OK)
		bail("audit_seal");
	return s.n;
}

static struct audit_report *
verify(struct house *h)
{
	static struct audit_check c;
	struct tx tx;

	c.box = h->box;
	c.kept = h->has_kept ? &h->kept : NULL;
	tx_init(&tx, h->t->arena, &h->t->problems, &h->t->actor, h->tenant.s);
	if (tx_run(h->t->db, TX_READ, &tx, audit_verify, &c) != OK)
		bail("audit_verify");
	return &c.report;
}

static enum err
forget(struct house *h, int64_t days, int64_t *n_out)
{
	struct audit_forgetting f = {.box = h->box, .days = days};
	struct tx tx;
	enum err e;

	tx_init(&tx, h->t->arena, &h->t->problems, &h->t->actor, h->tenant.s);
	e = tx_run(h->t->db, TX_WRITE, &tx, audit_forget, &f);
	*n_out = f.n;
	return e;
}

static int64_t
value(struct house *h, const char *sql)
{
	struct tx tx;
	int64_t n = -1;

	testdb_begin(h->t, &tx, TX_READ, &h->tenant);
	if (db_int(&tx, 0, &n, arena_printf(h->t->arena, "%s", sql),
		DB_ID(&h->tenant)) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return n;
}

/* The id of the row under seal seq. */
static struct id
row_of(struct house *h, int64_t seq)
{
	struct tx tx;
	const char *s = NULL;

	testdb_begin(h->t, &tx, TX_READ, &h->tenant);
	if (db_text(&tx, &s,
		"SELECT CAST(audit_id AS TEXT) FROM audit_seals "
		"WHERE tenant_id = $1 AND seq = $2",
		DB_ID(&h->tenant), DB_INT(seq)) != OK ||
	    !s)
		bail("seal %" PRId64, seq);
	tx_rollback(&tx);
	return id_of(s);
}

/* ---- tampering ---- */

static const char *const tables[] = {
    "audit_logs", "audit_seals", "audit_checkpoints"};
static const char *const triggers[] = {"audit_logs_no_update",
    "audit_logs_no_delete", "audit_seals_no_update", "audit_seals_no_delete",
    "audit_checkpoints_no_update", "audit_checkpoints_no_delete"};

/* On SQLite a trigger can't be switched off: it goes and comes back. */
static const char *
without_triggers(struct house *h, const char *sql)
{
	struct arena *a = h->t->arena;
	struct tx tx;
	const char *before = "", *after = "", *text;

	testdb_begin(h->t, &tx, TX_READ, NULL);
	for (size_t i = 0; i < N_ELEMS(triggers); i++) {
		if (db_text(&tx, &text,
			"SELECT sql FROM sqlite_master WHERE name = $1",
			DB_TEXT(triggers[i])) != OK ||
		    !text)
			bail("%s", triggers[i]);
		before =
		    arena_printf(a, "%sDROP TRIGGER %s;", before, triggers[i]);
		after = arena_printf(a, "%s%s;", after, text);
	}
	tx_rollback(&tx);
	return arena_printf(
	    a, "BEGIN IMMEDIATE;%s%s;%sCOMMIT", before, sql, after);
}

static const char *
as_superuser(struct house *h, const char *sql)
{
	struct arena *a = h->t->arena;
	const char *off = "", *on = "";

	for (size_t i = 0; i < N_ELEMS(tables); i++) {
		off = arena_printf(a, "%sALTER TABLE %s DISABLE TRIGGER USER;",
		    off, tables[i]);
		on = arena_printf(
		    a, "%sALTER TABLE %s ENABLE TRIGGER USER;", on, tables[i]);
	}
	return arena_printf(a, "%s%s;%s", off, sql, on);
}

/* %T is the tenant, %1 and %2 the rows under seals 3 and 5. */
static const char *
fill_in(struct house *h, const char *sql)
{
	struct buf b;

	buf_init(&b, 0);
	for (; *sql; sql++) {
		if (*sql != '%') {
			buf_putc(&b, *sql);
			continue;
		}
		sql++;
		buf_printf(&b, "'%s'",
		    *sql == 'T'	  ? h->tenant.s
		    : *sql == '1' ? row_of(h, 3).s
				  : row_of(h, 5).s);
	}
	return buf_move(h->t->arena, &b);
}

static void
tamper(struct house *h, const char *sql)
{
	bool lite = h->t->engine == DB_SQLITE;
	struct db *db = testdb_open(lite ? h->t->url : h->t->super_url);

	sql = fill_in(h, sql);
	sql = lite ? without_triggers(h, sql) : as_superuser(h, sql);
	if (db_script(db, sql) != OK)
		bail("%s", sql);
	db_close(&db);
}

/* ---- a fresh tenant for each scene ---- */

static void
move_in(struct house *h, struct testdb *t)
{
	static int n;
	char slug[16];

	snprintf(slug, sizeof(slug), "t%d", n++);
	memset(h, 0, sizeof(*h));
	h->t = t;
	clock_freeze(NOW);
	h->tenant = testdb_tenant(t, slug);
	snprintf(h->key_file, sizeof(h->key_file), "%s/%s.key", t->dir, slug);
	if (secret_key_create(h->key_file) != OK ||
	    secret_box_open(h->key_file, &h->box) != OK)
		bail("the key file");
}

static void
move_out(struct house *h)
{
	secret_box_close(&h->box);
	clock_thaw();
}

/* ---- claims ---- */

static void
test_seals(struct testdb *t)
{
	struct audit_sealing s;
	struct audit_report *r;
	struct house h;

	move_in(&h, t);
	r = verify(&h);
	ok(r->rows == 0 && r->n_findings == 0, "an empty log is sound");
	add_rows(&h, 8);
	is_int(seal(&h), 8, "each row gets a seal");
	is_int(seal(&h), 0, "once");
	add_rows(&h, 2);
	if (seal_on(&h, t->db, NOW - 60, &s) != OK)
		bail("audit_seal");
	is_int(s.n, 2, "a look at recent rows finds the new ones");
	is_int(s.head.seq, 10, "they are chained behind the others");
	r = verify(&h);
	ok(r->rows == 10 && r->n_findings == 0 && r->head.seq == 10 &&
		r->n_late == 0,
	    "what was sealed is sound");
	add_rows(&h, AUDIT_BATCH + 1);
	is_int(seal(&h), AUDIT_BATCH, "many rows are sealed in batches");
	is_int(seal(&h), 1, "one after the other");
	is_int(verify(&h)->n_findings, 0, "and are sound");
	add_rows(&h, AUDIT_BATCH + 2);
	if (seal_on(&h, t->db, 0, &s) != OK)
		bail("audit_seal");
	h.from = s.last;
	is_int(seal(&h), 2, "a batch goes on where the last one ended");
	is_int(verify(&h)->rows, 10 + 2 * AUDIT_BATCH + 3, "nothing is left");
	move_out(&h);
}

/* ---- what `mpanel work` looks at ---- */

static int64_t
pass(struct house *h, const struct settings *settings,
    enum err (*fn)(struct work *w))
{
	int64_t before =
	    value(h, "SELECT count(*) FROM audit_seals WHERE tenant_id = $1");
	struct work w = {
	    .db = h->t->db,
	    .arena = h->t->arena,
	    .settings = settings,
	    .box = h->box,
	    .actor = h->t->actor,
	    .tenant = h->tenant,
	    .problems = &h->t->problems,
	};

	if (fn(&w) != OK)
		bail("audit_work");
	return value(h, "SELECT count(*) FROM audit_seals "
			"WHERE tenant_id = $1") -
	       before;
}

static void
test_looks(struct testdb *t)
{
	static const int64_t ages[] = {2 * DAY_S, 3600, 30, 5, 0};
	struct settings *settings;
	struct buf b;
	struct house h;

	move_in(&h, t);
	buf_init(&b, 0);
	if (settings_load(mpanel_settings, NULL, &settings, &b) != OK ||
	    settings_put(settings, "state_dir", t->dir, &b) != OK)
		bail("settings: %s", buf_str(&b));
	buf_fini(&b);
	for (size_t i = 0; i < N_ELEMS(ages); i++) {
		clock_freeze(NOW - ages[i]);
		add_rows(&h, 1);
	}
	is_int(pass(&h, settings, audit_work_seal), 2,
	    "each second what is fresh is sealed");
	is_int(pass(&h, settings, audit_work_seal_minute), 1,
	    "then what came a little late");
	is_int(pass(&h, settings, audit_work_seal_late), 1, "what is of today");
	is_int(pass(&h, settings, audit_work_seal_all), 1, "and all else");
	is_int(verify(&h)->n_findings, 0, "in one sound chain");
	settings_free(&settings);
	move_out(&h);
}

/* A row that was made early and committed late. */
static void
test_late_commit(struct testdb *t)
{
	struct audit_report *r;
	struct house h;

	move_in(&h, t);
	clock_freeze(NOW + 30);
	add_rows(&h, 2);
	is_int(seal(&h), 2, "later rows are sealed first");
	clock_freeze(NOW);
	add_rows(&h, 1);
	clock_freeze(NOW + 31);
	is_int(seal(&h), 1, "a row with a smaller id is not lost");
	r = verify(&h);
	ok(r->n_findings == 0 && r->n_late == 0, "and is sound");
	clock_freeze(NOW - 2 * 3600);
	add_rows(&h, 1);
	clock_freeze(NOW + 31);
	seal(&h);
	r = verify(&h);
	ok(r->n_findings == 0 && r->n_late == 1 &&
		str_eq(r->late.s, row_of(&h, 4).s),
	    "a row that came hours late is named, and is no fault");
	move_out(&h);
}

/* clang-format off */
static const struct scene {
	const char *claim;
	const char *sql;
	struct {
		enum audit_fault fault;
		int64_t seq, last_seq;
		int row; /* under this seal; 0: none is named */
	} want[3];
	int n_want;
} scenes[] = {
	{ "a changed row is named",
	  "UPDATE audit_logs SET actor_name = 'nobody' WHERE tenant_id = %T AND id = %1",
	  {{AUDIT_CHANGED, 3, 3, 3}}, 1 },
	{ "so is one whose detail was changed",
	  "UPDATE audit_logs SET detail = '{}' WHERE tenant_id = %T AND id = %2",
	  {{AUDIT_CHANGED, 5, 5, 5}}, 1 },
	{ "and one that was moved in time",
	  "UPDATE audit_logs SET created_at = created_at + 1 WHERE tenant_id = %T AND id = %1",
	  {{AUDIT_CHANGED, 3, 3, 3}}, 1 },
	{ "two changed ones are named both",
	  "UPDATE audit_logs SET action = 'x' WHERE tenant_id = %T AND id IN (%1, %2)",
	  {{AUDIT_CHANGED, 3, 3, 3}, {AUDIT_CHANGED, 5, 5, 5}}, 2 },
	{ "a removed row is named",
	  "DELETE FROM audit_logs WHERE tenant_id = %T AND id = %2",
	  {{AUDIT_REMOVED, 5, 5, 5}}, 1 },
	{ "rows that changed places are named",
	  "UPDATE audit_seals SET audit_id = '019f0000-0000-7000-8000-000000000000' WHERE tenant_id = %T AND seq = 3;"
	  "UPDATE audit_seals SET audit_id = %1 WHERE tenant_id = %T AND seq = 5;"
	  "UPDATE audit_seals SET audit_id = (SELECT id FROM audit_logs a WHERE tenant_id = %T AND NOT EXISTS "
	  "(SELECT 1 FROM audit_seals s WHERE s.tenant_id = a.tenant_id AND s.audit_id = a.id)) "
	  "WHERE tenant_id = %T AND seq = 3",
	  {{AUDIT_REORDERED, 3, 3, 0}, {AUDIT_REORDERED, 5, 5, 0}}, 2 },
	{ "so are seals that changed numbers",
	  "UPDATE audit_seals SET seq = 99 WHERE tenant_id = %T AND seq = 3;"
	  "UPDATE audit_seals SET seq = 3 WHERE tenant_id = %T AND seq = 4;"
	  "UPDATE audit_seals SET seq = 4 WHERE tenant_id = %T AND seq = 99",
	  {{AUDIT_BROKEN, 3, 3, 0}, {AUDIT_REORDERED, 3, 3, 0}, {AUDIT_REORDERED, 4, 4, 0}}, 3 },
	{ "a removed seal leaves a gap and a row without one",
	  "DELETE FROM audit_seals WHERE tenant_id = %T AND seq = 3",
	  {{AUDIT_GAP, 3, 3, 0}, {AUDIT_UNSEALED, 0, 0, 0}}, 2 },
	{ "a row that goes with its seal leaves a gap",
	  "DELETE FROM audit_logs WHERE tenant_id = %T AND id = %1;"
	  "DELETE FROM audit_seals WHERE tenant_id = %T AND seq = 3",
	  {{AUDIT_GAP, 3, 3, 0}}, 1 },
	{ "one that closes the gap is seen",
	  "DELETE FROM audit_logs WHERE tenant_id = %T AND id = %1;"
	  "DELETE FROM audit_seals WHERE tenant_id = %T AND seq = 3;"
	  "UPDATE audit_seals SET seq = seq - 1 WHERE tenant_id = %T AND seq = 4;"
	  "UPDATE audit_seals SET seq = seq - 1 WHERE tenant_id = %T AND seq = 5;"
	  "UPDATE audit_seals SET seq = seq - 1 WHERE tenant_id = %T AND seq = 6",
	  {{AUDIT_BROKEN, 3, 3, 0}, {AUDIT_CHANGED, 3, 3, 3}, {AUDIT_CHANGED, 4, 4, 4}}, -1 },
	{ "a changed hash is named",
	  "UPDATE audit_seals SET hash = prev WHERE tenant_id = %T AND seq = 3",
	  {{AUDIT_CHANGED, 3, 3, 3}}, 1 },
	{ "a seal of another key is named",
	  "UPDATE audit_seals SET key_id = 'deadbeef' WHERE tenant_id = %T AND seq = 3",
	  {{AUDIT_KEY, 3, 3, 3}}, 1 },
	{ "an end that was cut off is missed",
	  "DELETE FROM audit_logs WHERE tenant_id = %T AND id IN "
	  "(SELECT audit_id FROM audit_seals WHERE tenant_id = %T AND seq > 4);"
	  "DELETE FROM audit_seals WHERE tenant_id = %T AND seq > 4",
	  {{AUDIT_TRUNCATED, 5, 6, 0}}, 1 },
	{ "all of it, too",
	  "DELETE FROM audit_logs WHERE tenant_id = %T;"
	  "DELETE FROM audit_seals WHERE tenant_id = %T",
	  {{AUDIT_TRUNCATED, 1, 6, 0}}, 1 },
	{ "a row that was put in and has no seal is named after a minute",
	  "INSERT INTO audit_logs (tenant_id, id, actor_kind, actor_name, action, noun, created_at, updated_at) "
	  "VALUES (%T, '019f0000-0000-7000-8000-000000000000', 'user', 'boss', 'x', 'y', 1795175000, 1795175000)",
	  {{AUDIT_UNSEALED, 0, 0, 0}}, 1 },
	{ "a forged seal is named",
	  "INSERT INTO audit_logs (tenant_id, id, actor_kind, actor_name, action, noun, created_at, updated_at) "
	  "VALUES (%T, '019f0000-0000-7000-8000-000000000000', 'user', 'boss', 'x', 'y', 1795176000, 1795176000);"
	  "INSERT INTO audit_seals (tenant_id, seq, audit_id, prev, hash, key_id, created_at, updated_at) "
	  "SELECT tenant_id, 7, '019f0000-0000-7000-8000-000000000000', hash, prev, key_id, created_at, updated_at "
	  "FROM audit_seals WHERE tenant_id = %T AND seq = 6",
	  {{AUDIT_CHANGED, 7, 7, 7}}, 1 },
	{ "a checkpoint that nobody sealed covers nothing",
	  "INSERT INTO audit_checkpoints (tenant_id, to_seq, from_seq, last_hash, hash, key_id, created_at, updated_at) "
	  "SELECT tenant_id, 3, 1, hash, hash, key_id, created_at, updated_at "
	  "FROM audit_seals WHERE tenant_id = %T AND seq = 3;"
	  "DELETE FROM audit_logs WHERE tenant_id = %T AND id IN "
	  "(SELECT audit_id FROM audit_seals WHERE tenant_id = %T AND seq <= 3);"
	  "DELETE FROM audit_seals WHERE tenant_id = %T AND seq <= 3",
	  {{AUDIT_CHECKPOINT, 1, 3, 0}, {AUDIT_GAP, 1, 3, 0}}, 2 },
};
/* clang-format on */

static bool
is_found(
    struct house *h, const struct audit_report *r, const struct scene *s, int i)
{
	for (int64_t k = 0; k < r->n_findings; k++) {
		const struct audit_finding *f = &r->finding[k];

		if (f->fault == s->want[i].fault && f->seq == s->want[i].seq &&
		    f->last_seq == s->want[i].last_seq &&
		    (s->want[i].row == 0 ||
			str_eq(f->row.s, row_of(h, s->want[i].row).s)))
			return true;
	}
	return false;
}

static void
play(struct testdb *t, const struct scene *s)
{
	struct audit_report *r;
	bool good;
	struct house h;

	move_in(&h, t);
	add_rows(&h, 6);
	seal(&h);
	clock_freeze(NOW + 120);
	tamper(&h, s->sql);
	r = verify(&h);
	good = s->n_want < 0 || r->n_findings == s->n_want;
	for (int i = 0; i < (s->n_want < 0 ? 1 : s->n_want); i++)
		good = is_found(&h, r, s, i) && good;
	ok(good, "%s", s->claim);
	for (int64_t k = 0; !good && k < r->n_findings; k++)
		note("%s: %s", audit_fault_names[r->finding[k].fault],
		    audit_finding_text(t->arena, &r->finding[k]));
	move_out(&h);
}

/* The sealer goes on behind a cut, but does not forget the head it kept. */
static void
test_cut_and_go_on(struct testdb *t)
{
	struct audit_sealing s;
	struct house h;

	move_in(&h, t);
	add_rows(&h, 6);
	seal(&h);
	tamper(&h, "DELETE FROM audit_logs WHERE tenant_id = %T AND id = %2;"
		   "DELETE FROM audit_logs WHERE tenant_id = %T AND id IN "
		   "(SELECT audit_id FROM audit_seals WHERE tenant_id = %T "
		   "AND seq = 6);"
		   "DELETE FROM audit_seals WHERE tenant_id = %T AND seq > 4");
	add_rows(&h, 3);
	ok(seal_on(&h, t->db, 0, &s) == OK && s.n == 3 && s.is_torn,
	    "a sealer that finds the end cut off says so, and seals");
	is_int(h.kept.seq, 6, "the head that was kept stays");
	ok(verify(&h)->finding[0].fault == AUDIT_REPLACED,
	    "and is missed although the numbers are used again");
	move_out(&h);
}

/* As many new seals as were cut off, by a sealer that keeps no head: the number
 * is the same again. */
static void
test_cut_and_fill(struct testdb *t)
{
	struct audit_sealing s;
	struct audit_head kept;
	struct house h;

	move_in(&h, t);
	add_rows(&h, 6);
	seal(&h);
	kept = h.kept;
	tamper(&h, "DELETE FROM audit_logs WHERE tenant_id = %T AND id IN "
		   "(SELECT audit_id FROM audit_seals WHERE tenant_id = %T "
		   "AND seq > 4);"
		   "DELETE FROM audit_seals WHERE tenant_id = %T AND seq > 4");
	h.has_kept = false;
	add_rows(&h, 2);
	is_int(seal(&h), 2, "a cut is filled again");
	h.kept = kept;
	add_rows(&h, 1);
	ok(seal_on(&h, t->db, 0, &s) == OK && s.is_torn,
	    "the kept head is missed by its hash");
	move_out(&h);
}

/* ---- the rules of the tables ---- */

/* clang-format off */
static const struct {
	const char *sql;
	const char *lite; /* what refuses; PostgreSQL may lack the right */
} refused[] = {
	{"DELETE FROM audit_logs WHERE tenant_id = $1", "audit_logs_append_only"},
	{"UPDATE audit_logs SET action = 'x' WHERE tenant_id = $1", "audit_logs_append_only"},
	{"DELETE FROM audit_seals WHERE tenant_id = $1", "audit_seals_append_only"},
	{"UPDATE audit_seals SET hash = prev WHERE tenant_id = $1", "audit_seals_append_only"},
	{"DELETE FROM audit_checkpoints WHERE tenant_id = $1", "audit_checkpoints_append_only"},
	{"UPDATE audit_checkpoints SET to_seq = 9 WHERE tenant_id = $1", "audit_checkpoints_append_only"},
};
/* clang-format on */

#define FORGE_CHECKPOINT                                                       \
	"INSERT INTO audit_checkpoints (tenant_id, to_seq, from_seq, "         \
	"last_hash, hash, key_id, created_at, updated_at) "                    \
	"VALUES ($1, 6, 1, '', '', '', $2, $2)"

static void
try_refused(struct house *h, size_t i)
{
	struct tx tx;
	bool good;
	enum err e;

	testdb_begin(h->t, &tx, TX_WRITE, &h->tenant);
	e = db_exec_(&tx, NULL, refused[i].sql, DB_VALS_(DB_ID(&h->tenant)));
	good = h->t->engine == DB_POSTGRES
		   ? e != OK
		   : e == E_CONFLICT &&
			 str_eq(db_conflict_name(h->t->db), refused[i].lite);
	ok(good, "row %zu: refused", i);
	tx_rollback(&tx);
}

/* Who may write a checkpoint but can't seal it removes nothing young. */
static void
test_rules(struct testdb *t)
{
	struct house h;
	struct tx tx;
	int64_t n = -1;
	enum err e;

	move_in(&h, t);
	add_rows(&h, 6);
	seal(&h);
	testdb_begin(t, &tx, TX_WRITE, &h.tenant);
	if (db_exec(&tx, FORGE_CHECKPOINT, DB_ID(&h.tenant),
		DB_INT(NOW + 89 * DAY_S)) != OK ||
	    tx_commit(&tx) != OK)
		bail("checkpoint");
	for (size_t i = 0; i < N_ELEMS(refused); i++)
		try_refused(&h, i);
	if (t->engine == DB_POSTGRES) {
		testdb_begin(t, &tx, TX_WRITE, &h.tenant);
		e = db_int(&tx, 0, &n, "SELECT audit_forget(1, 6)");
		ok(e == E_CONFLICT && str_eq(db_conflict_name(t->db),
					  "audit_logs_append_only"),
		    "the owner's function removes no row of 89 days either");
		tx_rollback(&tx);
	}
	is_int(value(&h, "SELECT COUNT(*) FROM audit_logs "
			 "WHERE tenant_id = $1"),
	    6, "all rows are there");
	move_out(&h);
}

/* A forged checkpoint in one tenant is no way into another. */
static void
test_neighbour(struct testdb *t)
{
	struct house h, other;
	struct tx tx;
	int64_t n = -1;

	if (t->engine != DB_POSTGRES)
		return;
	move_in(&h, t);
	move_in(&other, t);
	add_rows(&h, 6);
	seal(&h);
	testdb_begin(t, &tx, TX_WRITE, &h.tenant);
	if (db_exec(&tx, FORGE_CHECKPOINT, DB_ID(&h.tenant),
		DB_INT(NOW + 91 * DAY_S)) != OK ||
	    tx_commit(&tx) != OK)
		bail("checkpoint");
	testdb_begin(t, &tx, TX_WRITE, &other.tenant);
	ok(db_int(&tx, 0, &n, "SELECT audit_forget(1, 6)") == OK && n == 0,
	    "the owner's function sees the tenant's own rows alone");
	tx_rollback(&tx);
	move_out(&h);
	secret_box_close(&other.box);
}

/* ---- forgetting ---- */

static void
test_forget(struct testdb *t)
{
	struct audit_report *r;
	struct house h;
	int64_t n;

	move_in(&h, t);
	add_rows(&h, 4);
	seal(&h);
	clock_freeze(NOW + 50 * DAY_S);
	add_rows(&h, 4);
	seal(&h);
	clock_freeze(NOW + 89 * DAY_S);
	ok(forget(&h, 90, &n) == OK && n == 0, "90 days are kept");
	clock_freeze(NOW + 91 * DAY_S);
	ok(forget(&h, 90, &n) == OK && n == 4, "what is older goes");
	is_int(value(&h, "SELECT COUNT(*) FROM audit_logs "
			 "WHERE tenant_id = $1"),
	    5, "the younger rows stay, with one that says so");
	seal(&h);
	r = verify(&h);
	ok(r->n_findings == 0 && r->forgotten == 4 && r->rows == 5,
	    "the chain goes on behind its checkpoint");
	clock_freeze(NOW + 141 * DAY_S);
	ok(forget(&h, 90, &n) == OK && n == 4, "a second time");
	seal(&h);
	r = verify(&h);
	ok(r->n_findings == 0 && r->forgotten == 8, "checkpoints follow on");
	tamper(&h, "DELETE FROM audit_checkpoints WHERE tenant_id = %T "
		   "AND to_seq = 4");
	r = verify(&h);
	ok(r->n_findings > 0 && r->finding[0].fault == AUDIT_CHECKPOINT,
	    "one that was taken out is missed");
	move_out(&h);
}

static void
test_forget_nothing_bad(struct testdb *t)
{
	struct audit_report *r;
	struct house h;
	int64_t n;

	move_in(&h, t);
	add_rows(&h, 6);
	seal(&h);
	tamper(&h, "UPDATE audit_logs SET action = 'x' "
		   "WHERE tenant_id = %T AND id = %1");
	clock_freeze(NOW + 100 * DAY_S);
	is_int(forget(&h, 90, &n), E_DENIED,
	    "rows that were tampered with are not forgotten");
	r = verify(&h);
	ok(r->n_findings == 1 && r->finding[0].fault == AUDIT_CHANGED,
	    "the evidence stays");
	move_out(&h);
}

/* Two checkpoints' worth of rows, of which the first was swapped away. */
static void
test_stretched_checkpoint(struct testdb *t)
{
	struct house h;
	int64_t n;

	move_in(&h, t);
	add_rows(&h, 4);
	seal(&h);
	clock_freeze(NOW + 50 * DAY_S);
	add_rows(&h, 4);
	seal(&h);
	clock_freeze(NOW + 91 * DAY_S);
	if (forget(&h, 90, &n) != OK || n != 4)
		bail("forget");
	seal(&h);
	tamper(&h, "UPDATE audit_checkpoints SET to_seq = 6, last_hash = "
		   "(SELECT hash FROM audit_seals WHERE tenant_id = %T "
		   "AND seq = 6) WHERE tenant_id = %T;"
		   "DELETE FROM audit_logs WHERE tenant_id = %T AND id IN "
		   "(SELECT audit_id FROM audit_seals "
		   "WHERE tenant_id = %T AND seq < 7);"
		   "DELETE FROM audit_seals WHERE tenant_id = %T AND seq < 7");
	ok(verify(&h)->finding[0].fault == AUDIT_CHECKPOINT,
	    "a checkpoint can't be stretched");
	move_out(&h);
}

/* ---- keys ---- */

static void
put_keys(struct house *h, const char *text)
{
	int fd;

	unlink(h->key_file);
	fd = open(h->key_file, O_WRONLY | O_CREAT | O_EXCL, 0400);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    close(fd) != 0)
		bail("%s", h->key_file);
	secret_box_close(&h->box);
	if (secret_box_open(h->key_file, &h->box) != OK)
		bail("secret_box_open");
}

static void
test_rotation(struct testdb *t)
{
	char a[66], b[66], both[132];
	struct house h;

	move_in(&h, t);
	memset(a, 'a', 64);
	memset(b, 'b', 64);
	a[64] = b[64] = '\n';
	a[65] = b[65] = '\0';
	snprintf(both, sizeof(both), "%s%s", b, a);
	put_keys(&h, a);
	add_rows(&h, 3);
	seal(&h);
	put_keys(&h, both);
	add_rows(&h, 3);
	seal(&h);
	is_int(verify(&h)->n_findings, 0, "keys may be rotated");
	is_int(value(&h, "SELECT COUNT(DISTINCT key_id) FROM audit_seals "
			 "WHERE tenant_id = $1"),
	    2, "each seal names its own");
	put_keys(&h, a);
	add_rows(&h, 1);
	seal(&h);
	put_keys(&h, both);
	ok(verify(&h)->finding[0].fault == AUDIT_KEY,
	    "a key that was replaced seals no more");
	put_keys(&h, b);
	ok(verify(&h)->finding[0].fault == AUDIT_KEY,
	    "without its key a seal is named");
	move_out(&h);
}

/* ---- two sealers, and one that dies ---- */

static int
seal_and_count(struct db *db, int i, void *arg)
{
	struct house *h = arg;
	struct audit_sealing s;
	enum err e;

	(void)i;
	log_set_level(LOG__MAX);
	do {
		e = seal_on(h, db, 0, &s);
	} while (e == E_CONFLICT || (e == OK && s.n > 0));
	return e == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct audit_report *r;
	struct house h;

	move_in(&h, t);
	add_rows(&h, 1500);
	is_int(
	    testdb_fork(t, 4, seal_and_count, &h), 0, "four sealers get along");
	h.has_kept = false;
	r = verify(&h);
	ok(r->n_findings == 0 && r->rows == 1500 && r->head.seq == 1500,
	    "each row has one seal, in one chain");
	move_out(&h);
}

/* A child that seals until it is killed. */
static void
seal_and_die(struct house *h, useconds_t patience_us)
{
	pid_t pid;
	int status;

	db_close(&h->t->db);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct db *db = testdb_open(h->t->url);

		_exit(seal_and_count(db, 0, h));
	}
	usleep(patience_us);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		bail("waitpid");
	h->t->db = testdb_open(h->t->url);
}

static void
test_kill(struct testdb *t)
{
	struct audit_report *r;
	struct house h;

	move_in(&h, t);
	add_rows(&h, 2500);
	for (useconds_t us = 2000; us < 60000; us += 6000)
		seal_and_die(&h, us);
	h.has_kept = false;
	while (seal(&h) > 0)
		;
	r = verify(&h);
	ok(r->n_findings == 0 && r->rows == 2500,
	    "a sealer that was killed is taken up where it was");
	move_out(&h);
}

/* ---- the head outside ---- */

static void
test_kept(struct testdb *t)
{
	struct audit_head head = {.seq = 17}, got;
	struct house h;
	char path[256];

	move_in(&h, t);
	memset(head.hash, 'c', 64);
	is_int(audit_kept_read(t->dir, &h.tenant, &got), E_NOTFOUND,
	    "no head is kept at first");
	ok(audit_kept_write(t->dir, &h.tenant, &head) == OK &&
		audit_kept_read(t->dir, &h.tenant, &got) == OK &&
		got.seq == 17 && str_eq(got.hash, head.hash),
	    "a head is kept in a file");
	snprintf(path, sizeof(path), "%s/audit/%s", t->dir, h.tenant.s);
	if (truncate(path, 20) != 0)
		bail("truncate");
	log_set_level(LOG__MAX);
	is_int(audit_kept_read(t->dir, &h.tenant, &got), E_SYS,
	    "half a file is no head");
	log_set_level(LOG_INFO);
	unlink(path);
	snprintf(path, sizeof(path), "%s/audit", t->dir);
	rmdir(path);
	move_out(&h);
}

static void
test_all(struct testdb *t)
{
	test_seals(t);
	test_looks(t);
	test_late_commit(t);
	for (size_t i = 0; i < N_ELEMS(scenes); i++)
		play(t, &scenes[i]);
	test_cut_and_go_on(t);
	test_cut_and_fill(t);
	test_rules(t);
	test_neighbour(t);
	test_forget(t);
	test_forget_nothing_bad(t);
	test_stretched_checkpoint(t);
	test_rotation(t);
	test_race(t);
	test_kill(t);
	test_kept(t);
}

int
main(void)
{
	if (secret_init() != OK)
		bail("no randomness");
	testdb_each(test_all);
	return tap_done();
}
