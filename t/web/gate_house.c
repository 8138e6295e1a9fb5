/* gate_house.c - a small house behind the real gate, for its tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "gate_house.h"

#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "tap.h"
#include "web/exchange.h"
#include "web/shm.h"

#define PAGE                                                                   \
	"[{{title}}|{{brand}}|{{user.initials}}|{{static}}|{{current}}]"       \
	"{{csrf}}{{#flash}}FLASH {{class}} {{icon}} {{text}}{{/flash}}"

struct id tenant, user, session;
char denied[128];
int refused;
size_t refused_bytes;
int touched, retries, runs, afters;

/* ---- ops of a pretended identity/ ---- */

static enum err
tenant_of_host(struct request *rq)
{
	if (!str_eq(rq->host, "acme.test"))
		return E_NOTFOUND;
	rq->tenant = tenant;
	rq->tenant_slug = "acme";
	rq->tenant_name = "Acme <Hosting>";
	rq->tenant_currency = "USD";
	return OK;
}

static void
become(struct request *rq, enum actor_kind kind)
{
	rq->actor.kind = kind;
	rq->actor.tenant = tenant;
	rq->actor.id = user;
	strcpy(rq->actor.name, "ines.may@acme.test");
	strcpy(rq->actor.role, "admin");
	perm_add(&rq->actor.perms, PERM_ORDERS_READ);
	perm_add(&rq->actor.perms, PERM_ORDERS_WRITE);
	perm_add(&rq->actor.perms, PERM_ORDERS_INTAKE);
	perm_add(&rq->actor.perms, PERM_TASKS_WORK);
}

static enum err
actor_of_cookie(struct request *rq, const char *cookie)
{
	struct rows r;
	enum err e;

	if (!str_eq(cookie, COOKIE))
		return E_NOTFOUND;
	become(rq, ACTOR_USER);
	rq->actor.session = session;
	e = db_one(rq->tx, &r,
	    "SELECT flash_kind, flash_text FROM sessions WHERE id = $1",
	    DB_ID(&session));
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	rq->flash_kind = row_strdup(&r, 0);
	rq->flash_text = row_strdup(&r, 1);
	return rows_done(&r);
}

static enum err
actor_of_token(struct request *rq, const char *token)
{
	if (str_eq(token, "broken"))
		return E_DB;
	if (str_eq(token, "user"))
		become(rq, ACTOR_USER);
	else if (str_eq(token, "api") || str_eq(token, "weak"))
		become(rq, ACTOR_TOKEN);
	else if (str_eq(token, "server"))
		become(rq, ACTOR_SERVER);
	else
		return E_NOTFOUND;
	rq->tenant = tenant;
	if (str_eq(token, "weak"))
		rq->actor.perms = (struct perm_set){0};
	return OK;
}

static void
note_denied(struct request *rq, const char *why)
{
	snprintf(denied, sizeof(denied), "%s%s",
	    rq->tx ? "in transaction: " : "", why);
}

static enum err
note_refused(struct request *rq, int status)
{
	refused = status;
	refused_bytes = rq->body_len;
	return OK;
}

static void
dress(struct request *rq, struct view *view, const char *current)
{
	(void)rq;
	view_text(view, "current", current);
}

static void
touch(struct request *rq)
{
	(void)rq;
	touched++;
}

const struct gate_ops house_ops = {tenant_of_host, actor_of_cookie,
    actor_of_token, note_denied, note_refused, dress, touch};

/* ---- handlers ---- */

static enum err
say_hello(struct request *rq)
{
	static const char *const known[] = {"q"};
	enum err e = query_known(rq, known, N_ELEMS(known));
	struct json_out *w;

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "client", rq->client);
	json_str(w, "host", rq->host);
	json_bool(w, "tls", rq->is_tls);
	json_str_or_null(w, "q", query_text(rq, "q"));
	json_str_or_null(w, "header", header_text(rq, "X-Some-Thing"));
	json_close(w, '}');
	return OK;
}

/* One more in the counter "things"; its new value is the answer. */
static enum err
count_thing(struct request *rq, int64_t *n_out)
{
	runs++;
	return db_int(rq->tx, 0, n_out,
	    "INSERT INTO counters (tenant_id, name, value, created_at, "
	    "updated_at) VALUES ($1, 'things', 1, $2, $2) "
	    "ON CONFLICT (tenant_id, name) "
	    "DO UPDATE SET value = counters.value + 1 RETURNING value",
	    DB_ID(&rq->tenant), DB_INT(rq->now));
}

static void
after(struct request *rq)
{
	afters += rq->tx == NULL;
}

static enum err
add_thing(struct request *rq)
{
	static const char *const names[] = {"name", "fail"};
	struct json_in in = request_json(rq);
	const char *name = "none";
	int64_t n, fail = 0;
	struct json_out *w;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "name", JSON_OPTIONAL, 20, &name) ||
	    !json_in_int(&in, "fail", JSON_OPTIONAL, 0, 99, &fail))
		return E_INPUT;
	if (count_thing(rq, &n) != OK)
		return E_DB;
	if (fail != 0)
		return (enum err)fail;
	if (str_eq(name, "slow"))
		nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	w = reply_json(rq, 201);
	json_open(w, NULL, '{');
	json_str(w, "name", name);
	json_int(w, "n", n);
	json_close(w, '}');
	reply_after(rq, after);
	return OK;
}

static enum err
lose_race(struct request *rq)
{
	int64_t n;

	if (count_thing(rq, &n) != OK)
		return E_DB;
	/* So much that the arena holds it only once or twice. */
	arena_alloc(rq->arena, 12 * 1024 * 1024);
	reply_text(rq, 200, "text/plain", "done");
	return retries-- > 0 ? E_RETRY : OK;
}

/* Looks fine, but can't be committed or sent. */
static enum err
fail_late(struct request *rq)
{
	const char *how = query_text(rq, "how");
	int64_t n;

	rq->query_read = true;
	if (count_thing(rq, &n) != OK)
		return E_DB;
	if (str_eq(how, "silent"))
		return OK;
	if (str_eq(how, "hidden")) {
		tx_fail(rq->tx, E_CONFLICT);
		return E_SYS;
	}
	reply_text(rq, 200, "text/plain", "it worked");
	if (str_eq(how, "commit"))
		tx_fail(rq->tx, E_BUSY);
	else if (str_eq(how, "arena"))
		arena_alloc(rq->arena, (size_t)1 << 40);
	else if (str_eq(how, "header"))
		reply_header(rq, "X-Note", "a\r\nSet-Cookie: b=c");
	else if (str_eq(how, "policy")) {
		reply_header(rq, "Content-Security-Policy", "sandbox");
		reply_header(
		    rq, "Cross-Origin-Resource-Policy", "cross-origin");
	} else if (str_eq(how, "large"))
		for (int i = 0; i < 20; i++)
			buf_printf(&rq->reply->body, "%100000d", i);
	return OK;
}

static enum err
show_kept(struct request *rq)
{
	reply_header(rq, "Cache-Control", "public, max-age=60");
	reply_text(rq, 200, "text/plain", "for anyone");
	return OK;
}

static enum err
write_on_read(struct request *rq)
{
	int64_t n = 0;

	if (count_thing(rq, &n) == OK)
		reply_text(rq, 200, "text/plain", "written");
	return rq->tx->err;
}

static enum err
show_page(struct request *rq)
{
	struct view *v = page_view(rq, "Page & more", "/page");

	reply_page(rq, 200, "test/page", v);
	return OK;
}

static enum err
show_too_much(struct request *rq)
{
	arena_alloc(rq->arena, (size_t)1 << 40);
	return show_page(rq);
}

static enum err
show_broken(struct request *rq)
{
	reply_page(rq, 200, "test/missing", page_view(rq, "x", "/"));
	return OK;
}

static enum err
post_form(struct request *rq)
{
	int64_t n;

	if (count_thing(rq, &n) != OK)
		return E_DB;
	if (form_text(rq, "bad")) {
		reply_page(rq, 422, "test/page", page_view(rq, "Error", "/"));
		return OK;
	}
	reply_flash(rq, "good", "Saved <b>.");
	reply_redirect(rq, "/page");
	return OK;
}

static enum err
upload(struct request *rq)
{
	const struct form_file *f = form_file(rq, "file");
	char text[128];

	if (!f)
		return E_NOTFOUND;
	snprintf(text, sizeof(text), "%s: %zu bytes of %s, note %s",
	    f->filename, f->len, f->type, form_text(rq, "note"));
	reply_text(rq, 200, "text/plain", text);
	return OK;
}

static enum err
log_in(struct request *rq)
{
	reply_cookie(rq, "mp_session", "fresh", 60, true);
	reply_redirect(rq, "/page");
	return OK;
}

static enum err
own_tx(struct request *rq)
{
	struct tx tx;
	enum err e;

	if (rq->tx) /* must not be open */
		return E_SYS;
	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_READ, &tx);
	tx_rollback(&tx);
	reply_text(rq, 200, "text/plain", "own");
	return e;
}

static enum err
problem(struct request *rq)
{
	problem_add(&rq->problems, "otp", "otp_required", "Enter the code.");
	reply_problem(rq, 401, "otp_required", "A second factor is needed.");
	return OK;
}

static enum err
slow_down(struct request *rq)
{
	reply_header(rq, "Retry-After", "17");
	reply_header(rq, "X-Lost", "yes");
	return E_LIMIT;
}

static enum err
item(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		reply_text(rq, 200, "text/plain", id.s);
	return e;
}

/* clang-format off */
#define UI POOL_UI
static const struct route table[] = {
	{ GET, "/api/hello", UI, AUTH_NONE, 0, BODY_NONE, 0, say_hello, "hello" },
	{ GET, "/api/hallo", UI, AUTH_NONE, 0, BODY_NONE, 0, say_hello, "hello" },
	{ GET, "/api/plans", UI, AUTH_TENANT, 0, BODY_NONE, 0, say_hello, "plans" },
	{ GET | POST, "/api/things", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_JSON, 0, add_thing, "things" },
	{ POST, "/api/users", UI, AUTH_SESSION, PERM_USERS_WRITE, BODY_JSON, 0, add_thing, "users" },
	{ POST, "/api/secret", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_JSON, ROUTE_SECRET, add_thing, "secret" },
	{ POST, "/api/intake", POOL_INTAKE, AUTH_TOKEN, PERM_ORDERS_INTAKE, BODY_JSON, ROUTE_KEEP_REFUSED, add_thing, "intake" },
	{ POST, "/api/claim", POOL_WORKER, AUTH_SERVER, PERM_TASKS_WORK, BODY_JSON, 0, add_thing, "claim" },
	{ POST, "/api/race", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, lose_race, "race" },
	{ POST, "/api/late", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, fail_late, "late" },
	{ GET, "/api/reads", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, write_on_read, "reads" },
	{ GET, "/api/writes", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, ROUTE_WRITES, write_on_read, "writes" },
	{ POST, "/api/own", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, ROUTE_OWN_TX, own_tx, "own" },
	{ POST, "/api/raw", UI, AUTH_NONE, 0, BODY_RAW, 0, say_hello, "raw" },
	{ GET, "/api/problem", UI, AUTH_TENANT, 0, BODY_NONE, 0, problem, "problem" },
	{ GET, "/api/slow", UI, AUTH_TENANT, 0, BODY_NONE, 0, slow_down, "slow" },
	{ GET, "/api/items/:id", UI, AUTH_TENANT, 0, BODY_NONE, 0, item, "item" },
	{ GET, "/kept", UI, AUTH_TENANT, PERM_SIGNED_IN, BODY_NONE, 0, show_kept, "kept" },
	{ GET, "/mine", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, show_kept, "mine" },
	{ GET, "/page", UI, AUTH_SESSION, PERM_ORDERS_READ, BODY_NONE, 0, show_page, "page" },
	{ GET, "/users", UI, AUTH_SESSION, PERM_USERS_READ, BODY_NONE, 0, show_page, "users.page" },
	{ GET, "/broken", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, show_broken, "broken" },
	{ GET, "/much", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, show_too_much, "much" },
	{ POST, "/form", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_FORM, 0, post_form, "form" },
	{ POST, "/upload", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_FORM, ROUTE_FILES, upload, "upload" },
	{ GET, "/login", UI, AUTH_TENANT, 0, BODY_NONE, 0, show_page, "login.page" },
	{ POST, "/login", UI, AUTH_TENANT, 0, BODY_FORM, ROUTE_DOOR, log_in, "login" },
	{ 0 }
};
/* clang-format on */
const struct route *const house_tables[] = {table, web_routes};
const size_t n_house_tables = N_ELEMS(house_tables);

/* ---- the data that is looked at ---- */

int64_t
things(struct testdb *t)
{
	struct tx tx;
	int64_t n = 0;

	testdb_begin(t, &tx, TX_READ, &tenant);
	if (db_int(&tx, 0, &n,
		"SELECT value FROM counters WHERE tenant_id = $1 "
		"AND name = 'things'",
		DB_ID(&tenant)) != OK)
		bail("can't count");
	tx_rollback(&tx);
	return n;
}

static void
add_session(struct testdb *t)
{
	struct tx tx;

	tenant = testdb_tenant(t, "acme");
	user = id_new(clock_now_ms());
	session = id_new(clock_now_ms());
	testdb_begin(t, &tx, TX_WRITE, &tenant);
	if (db_exec(&tx,
		"INSERT INTO users (tenant_id, id, email, role, created_at, "
		"updated_at) VALUES ($1, $2, 'i@acme.test', 'admin', 1, 1)",
		DB_ID(&tenant), DB_ID(&user)) ||
	    db_exec(&tx,
		"INSERT INTO sessions (token_hash, id, tenant_id, user_id, "
		"kind, family_id, epoch, last_seen_at, expires_at, "
		"created_at, updated_at) "
		"VALUES ('h', $1, $2, $3, 'cookie', $1, 1, 1, 9, 1, 1)",
		DB_ID(&session), DB_ID(&tenant), DB_ID(&user)) ||
	    tx_commit(&tx))
		bail("can't add a session");
}

/* ---- what tests share ---- */

const char *
token_of(const char *cookie)
{
	static struct arena *a;

	if (!a)
		a = arena_new(4096);
	arena_reset(a);
	return csrf_token(a, cookie);
}

void
house_open(struct webtest *w, struct testdb *t)
{
	struct buf complaint;

	note("engine %s", db_engine_name(t->engine));
	if (shm_create(1) != OK) /* counters from zero */
		bail("no shared memory");
	add_session(t);
	webtest_open(w, t, house_tables, n_house_tables, &house_ops);
	buf_init(&complaint, 0);
	if (templates_put(w->templates, "test/page", PAGE, strlen(PAGE),
		&complaint) != OK)
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
}
