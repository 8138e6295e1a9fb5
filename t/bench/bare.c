/* bare.c - the same lists without a panel: libfcgi, SQLite, memcpy.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	bare --socket PATH --db FILE --tenant ID [--processes N]
 *	     [--head FILE --tail FILE --static PREFIX]
 *
 * What `make bench` measures the panel against: as little as can be between
 * nginx and the same statements on the same database.  No host, no session, no
 * permission, no log, no limit; statements are prepared once, a reply is
 * written by hand into one buffer.
 *
 *	/hello		200 bytes of JSON
 *	/plans.json	what GET /api/public/plans answers, byte by byte
 *	/orders.json	what GET /api/admin/orders answers, byte by byte
 *	/orders.html	the rows of GET /orders between --head and --tail
 *
 * The lists also count, as the panel's do; with ?count=0 they don't (then
 * `total` is what is shown).  ?tabs=1 makes the other counts of the page,
 * ?session=HASH looks up host and session as the panel must.
 */
#include "config.h"

#include <assert.h>
#include <fcgiapp.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DAY_S 86400

enum { LIMIT = 50, COUNT_MAX = 10000, BACKLOG = 1024, ROOM = 4 << 20 };

/* clang-format off */
enum query { Q_BEGIN, Q_COMMIT, Q_PLANS, Q_ORDERS, Q_PAGE, Q_COUNT, Q_COUNT_PAGE,
	Q_TAB, Q_REFUSALS, Q_FAILED, Q_HOST, Q_SESSION, Q__MAX };

#define COUNT(from) "SELECT COUNT(*) FROM (SELECT 1 FROM " from " LIMIT 10001) AS matches"
#define OF_TENANT " WHERE tenant_id = ?1 AND status = "

static const char *const query_text[Q__MAX] = {
	[Q_BEGIN] = "BEGIN",
	[Q_COMMIT] = "COMMIT",
	[Q_PLANS] =
		"SELECT p.id, p.code, p.name, p.description, p.type, x.period,"
		" x.currency, x.price_minor, x.setup_fee_minor"
		" FROM products p JOIN product_prices x"
		" ON x.tenant_id = p.tenant_id AND x.product_id = p.id"
		" WHERE p.tenant_id = ?1 AND p.status = 'active'"
		" AND p.deleted_at IS NULL"
		" ORDER BY p.position, p.code, x.currency, x.price_minor",
	[Q_ORDERS] =
		"SELECT o.id, o.number, o.status, o.customer_id, c.name, c.email,"
		" o.total_minor, o.received_minor, o.currency,"
		" o.payment_intent_id, o.primary_domain, o.coupon_code,"
		" o.decided_by, o.decided_at, o.completed_at, o.version,"
		" o.created_at, o.updated_at"
		" FROM orders o JOIN customers c"
		" ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
		" WHERE o.tenant_id = ?1 ORDER BY o.id DESC LIMIT 51",
	[Q_PAGE] =
		"SELECT o.id, o.number, c.name, o.primary_domain,"
		" (SELECT group_concat(i.name, ' + ') FROM"
		" (SELECT n.position, COALESCE(p.name, n.product_code) AS name"
		" FROM order_items n LEFT JOIN products p"
		" ON p.tenant_id = n.tenant_id AND p.id = n.product_id"
		" WHERE n.tenant_id = o.tenant_id AND n.order_id = o.id"
		" ORDER BY n.position LIMIT 4) AS i),"
		" o.status, o.total_minor, o.currency, o.created_at"
		" FROM orders o LEFT JOIN customers c"
		" ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
		" WHERE o.tenant_id = ?1 ORDER BY o.id DESC LIMIT 51",
	[Q_COUNT] = COUNT("orders o JOIN customers c"
		" ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
		" WHERE o.tenant_id = ?1"),
	[Q_COUNT_PAGE] = COUNT("orders o WHERE o.tenant_id = ?1"),
	[Q_TAB] = COUNT("orders" OF_TENANT "?2"),
	[Q_REFUSALS] = COUNT("intake_refusals" OF_TENANT "'open'"),
	[Q_FAILED] = COUNT("provisioning_tasks" OF_TENANT "'failed'"),
	[Q_HOST] =
		"SELECT t.id, t.slug, t.name, t.status FROM tenant_hosts h"
		" JOIN tenants t ON t.id = h.tenant_id WHERE h.host = ?1",
	[Q_SESSION] =
		"SELECT s.id, s.last_seen_at, u.id, u.email, u.role, t.kind"
		" FROM sessions s"
		" JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id"
		" JOIN tenants t ON t.id = s.tenant_id"
		" WHERE s.token_hash = ?2 AND s.tenant_id = ?1"
		" AND s.revoked_at IS NULL AND u.status = 'active'"
		" AND u.deleted_at IS NULL AND u.epoch = s.epoch"
		" AND t.status = 'active'",
};

/* The columns of Q_ORDERS. */
enum column { TEXT, MONEY, NUMBER, TIME };
static const struct { const char *name; enum column type; } columns[] = {
	{ "id", TEXT }, { "number", TEXT }, { "status", TEXT },
	{ "customerId", TEXT }, { "customerName", TEXT },
	{ "customerEmail", TEXT }, { "total", MONEY }, { "received", MONEY },
	{ "currency", TEXT }, { "paymentIntentId", TEXT },
	{ "primaryDomain", TEXT }, { "couponCode", TEXT },
	{ "decidedBy", TEXT }, { "decidedAt", TIME }, { "completedAt", TIME },
	{ "version", NUMBER }, { "createdAt", TIME }, { "updatedAt", TIME },
};
static const char *const tabs[] = {
	"review", "verifying", "processing", "failed", "review" };
static const struct { const char *word, *label; int months; } periods[] = {
	{ "month", "monthly", 1 }, { "quarter", "quarterly", 3 },
	{ "halfyear", "semiannually", 6 }, { "year", "annually", 12 },
	{ "2years", "biennially", 24 }, { "3years", "triennially", 36 },
	{ "once", "once", 0 },
};
static const struct { const char *state, *class, *icon, *word; } badges[] = {
	{ "completed", "good", "ok", "Completed" },
	{ "processing", "run", "run", "Processing" },
	{ "verifying", "run", "run", "Verifying" },
	{ "review", "warn", "warn", "In review" },
	{ "failed", "badc", "bad", "Failed" },
	{ "cancelled", "", "off", "Cancelled" },
	{ "refunded", "", "off", "Refunded" },
};
/* clang-format on */

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct {
	const char *socket, *db, *tenant, *head, *tail, *prefix;
	int processes;
} args = {.processes = 2, .tenant = "", .prefix = ""};

static sqlite3 *db;
static sqlite3_stmt *query[Q__MAX];
static char *head, *tail;
static char reply[ROOM];
static size_t len;

/* ---- bytes ---- */

static void
put(const char *s, size_t n)
{
	assert(n <= ROOM - len);
	memcpy(reply + len, s, n);
	len += n;
}

static void
puts_(const char *s)
{
	put(s, strlen(s));
}

static void
put_int(int64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		put("-", 1);
	put(digits + at, sizeof(digits) - at);
}

static void
put_two(int n)
{
	const char d[2] = {(char)('0' + n / 10 % 10), (char)('0' + n % 10)};

	put(d, 2);
}

/* Everything that is sold here has two decimals. */
static void
put_money(int64_t minor)
{
	put_int(minor / 100);
	put(".", 1);
	put_two((int)(minor % 100));
}

static void
put_time(int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;

	gmtime_r(&when, &tm);
	put_int(tm.tm_year + 1900);
	put("-", 1);
	put_two(tm.tm_mon + 1);
	put("-", 1);
	put_two(tm.tm_mday);
	put("T", 1);
	put_two(tm.tm_hour);
	put(":", 1);
	put_two(tm.tm_min);
	put(":", 1);
	put_two(tm.tm_sec);
	put("Z", 1);
}

static const char *
json_escape(unsigned char c)
{
	static char code[8];

	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	if (c >= 0x20)
		return NULL;
	snprintf(code, sizeof(code), "\\u%04x", c);
	return code;
}

static const char *
html_escape(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
put_escaped(const char *s, const char *(*escape)(unsigned char))
{
	const char *from = s, *code;

	for (; *s; s++)
		if ((code = escape((unsigned char)*s)) != NULL) {
			put(from, (size_t)(s - from));
			puts_(code);
			from = s + 1;
		}
	put(from, (size_t)(s - from));
}

/* ---- rows ---- */

static sqlite3_stmt *
ask(enum query q)
{
	sqlite3_reset(query[q]);
	return query[q];
}

static const char *
text(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return s ? s : "";
}

static int64_t
count(enum query q, const char *second)
{
	sqlite3_stmt *st = ask(q);
	int64_t n = -1;

	if (second)
		sqlite3_bind_text(st, 2, second, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

static void
run(enum query q)
{
	sqlite3_step(ask(q));
	sqlite3_reset(query[q]);
}

/* ---- plans ---- */

static void
json_text(const char *name, const char *value)
{
	put("\"", 1);
	puts_(name);
	put("\":\"", 3);
	put_escaped(value, json_escape);
	put("\"", 1);
}

static void
open_plan(sqlite3_stmt *st)
{
	static const struct {
		const char *name;
		int column;
	} members[] = {{"id", 0}, {"code", 1}, {"slug", 1}, {"name", 2},
	    {"description", 3}, {"type", 4}};

	put("{", 1);
	for (size_t i = 0; i < N(members); i++) {
		json_text(members[i].name, text(st, members[i].column));
		put(",", 1);
	}
	puts_("\"billing\":[");
}

static void
write_price(sqlite3_stmt *st)
{
	size_t i = 0;

	while (i + 1 < N(periods) && strcmp(periods[i].word, text(st, 5)) != 0)
		i++;
	put("{", 1);
	json_text("term", periods[i].label);
	put(",", 1);
	json_text("period", periods[i].word);
	put(",", 1);
	json_text("label", periods[i].label);
	puts_(",\"months\":");
	put_int(periods[i].months);
	puts_(",\"price\":");
	put_money(sqlite3_column_int64(st, 7));
	put(",", 1);
	json_text("currency", text(st, 6));
	puts_(",\"setupFee\":");
	put_money(sqlite3_column_int64(st, 8));
	put("}", 1);
}

static void
plans_json(void)
{
	sqlite3_stmt *st = ask(Q_PLANS);
	char open[64] = "";

	puts_("{\"plans\":[");
	while (sqlite3_step(st) == SQLITE_ROW) {
		bool is_same = strcmp(open, text(st, 0)) == 0;

		if (is_same)
			put(",", 1);
		else if (open[0])
			puts_("]},");
		if (!is_same) {
			open_plan(st);
			snprintf(open, sizeof(open), "%s", text(st, 0));
		}
		write_price(st);
	}
	puts_(open[0] ? "]}]}" : "]}");
	sqlite3_reset(st);
}

/* ---- orders as JSON ---- */

static void
json_column(sqlite3_stmt *st, int i)
{
	if (sqlite3_column_type(st, i) == SQLITE_NULL) {
		put("null", 4);
		return;
	}
	switch (columns[i].type) {
	case MONEY:
		put_money(sqlite3_column_int64(st, i));
		break;
	case NUMBER:
		put_int(sqlite3_column_int64(st, i));
		break;
	case TIME:
		put("\"", 1);
		put_time(sqlite3_column_int64(st, i));
		put("\"", 1);
		break;
	case TEXT:
		put("\"", 1);
		put_escaped(text(st, i), json_escape);
		put("\"", 1);
		break;
	}
}

static void
json_order(sqlite3_stmt *st)
{
	for (size_t i = 0; i < N(columns); i++) {
		puts_(i == 0 ? "{\"" : ",\"");
		puts_(columns[i].name);
		put("\":", 2);
		json_column(st, (int)i);
	}
	put("}", 1);
}

/* The panel's cursor: hex of '>', the id, NUL, the id. */
static void
put_cursor(const char *id)
{
	char raw[128];
	int n = snprintf(raw, sizeof(raw), ">%s%c%s", id, 0, id);

	put("\"", 1);
	for (int i = 0; i < n; i++) {
		put(&"0123456789abcdef"[(unsigned char)raw[i] >> 4], 1);
		put(&"0123456789abcdef"[raw[i] & 15], 1);
	}
	put("\"", 1);
}

static void
orders_json(bool counts)
{
	sqlite3_stmt *st = ask(Q_ORDERS);
	int64_t total = counts ? count(Q_COUNT, NULL) : 0;
	char last[64] = "";
	int n = 0;
	bool more = false;

	puts_("{\"items\":[");
	while (sqlite3_step(st) == SQLITE_ROW && !(more = n == LIMIT)) {
		if (n++ > 0)
			put(",", 1);
		json_order(st);
		if (n == LIMIT)
			snprintf(last, sizeof(last), "%s", text(st, 0));
	}
	sqlite3_reset(st);
	puts_("],\"total\":");
	total = counts ? total : n;
	put_int(total > COUNT_MAX ? COUNT_MAX : total);
	if (total > COUNT_MAX)
		puts_(",\"totalIsLowerBound\":true");
	puts_(",\"nextCursor\":");
	if (more)
		put_cursor(last);
	else
		put("null", 4);
	put("}", 1);
}

/* ---- orders as a page ---- */

static void
html_time(int64_t t, int64_t now)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t when = (time_t)t, today = (time_t)now;
	struct tm tm, here;

	gmtime_r(&when, &tm);
	gmtime_r(&today, &here);
	if (t / DAY_S == now / DAY_S) {
		put_two(tm.tm_hour);
		put(":", 1);
		put_two(tm.tm_min);
		return;
	}
	put_int(tm.tm_mday);
	put(" ", 1);
	put(months + 3 * (size_t)tm.tm_mon, 3);
	if (tm.tm_year != here.tm_year) {
		put(" ", 1);
		put_int(tm.tm_year + 1900);
	}
}

static void
html_badge(const char *state)
{
	size_t i = 0;

	while (i + 1 < N(badges) && strcmp(badges[i].state, state) != 0)
		i++;
	puts_("<td class=\"st\"><span class=\"b ");
	puts_(badges[i].class);
	puts_("\"><svg class=\"i\" aria-hidden=\"true\"><use href=\"");
	puts_(args.prefix);
	puts_("/i.svg#");
	puts_(badges[i].icon);
	puts_("\"/></svg>");
	puts_(badges[i].word);
	puts_("</span>\n</td>");
}

static void
html_order(sqlite3_stmt *st, int64_t now)
{
	int64_t created = sqlite3_column_int64(st, 8);

	puts_("<tr><td class=\"k\"><a href=\"/orders/");
	put_escaped(text(st, 0), html_escape);
	puts_("\">");
	put_escaped(text(st, 1), html_escape);
	puts_("</a></td><td class=\"g\">");
	put_escaped(text(st, 2), html_escape);
	puts_("</td><td class=\"q w2\">");
	put_escaped(text(st, 3), html_escape);
	puts_("</td><td class=\"q w3\">");
	put_escaped(text(st, 4), html_escape);
	puts_("</td>");
	html_badge(text(st, 5));
	puts_("<td class=\"m m1\">");
	puts_(strcmp(text(st, 7), "USD") == 0 ? "$" : "");
	put_money(sqlite3_column_int64(st, 6));
	puts_("</td><td class=\"m q w2\"><time datetime=\"");
	put_time(created);
	puts_("\" title=\"");
	put_time(created);
	puts_("\">");
	html_time(created, now);
	puts_("</time>\n</td></tr>\n");
}

static void
orders_html(bool counts, bool all_tabs)
{
	sqlite3_stmt *st = ask(Q_PAGE);
	int64_t total = counts ? count(Q_COUNT_PAGE, NULL) : 0,
		now = time(NULL);

	for (size_t i = 0; all_tabs && i < N(tabs); i++)
		total += count(Q_TAB, tabs[i]) & 0;
	if (all_tabs)
		total += (count(Q_REFUSALS, NULL) + count(Q_FAILED, NULL)) & 0;
	puts_(head);
	for (int n = 0; n < LIMIT && sqlite3_step(st) == SQLITE_ROW; n++)
		html_order(st, now);
	sqlite3_reset(st);
	puts_("<!-- ");
	put_int(total);
	puts_(" -->");
	puts_(tail);
}

/* ---- requests ---- */

static bool
who_is_it(const char *hash, const char *host)
{
	char short_hash[128];
	sqlite3_stmt *st = ask(Q_HOST);
	bool known;

	sqlite3_bind_text(st, 1, host, -1, SQLITE_STATIC);
	sqlite3_step(st);
	sqlite3_reset(st);
	snprintf(short_hash, sizeof(short_hash), "%.*s",
	    (int)strcspn(hash, "&"), hash);
	st = ask(Q_SESSION);
	sqlite3_bind_text(st, 2, short_hash, -1, SQLITE_STATIC);
	known = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_reset(st);
	return known;
}

static const char *
parameter(const char *uri, const char *name)
{
	const char *at = strchr(uri, '?');

	at = at ? strstr(at, name) : NULL;
	return at ? at + strlen(name) : NULL;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* The words that make hello 200 bytes long. */
static void
hello(void)
{
	puts_("{\"status\":\"ok\",\"text\":\"");
	while (len < 198)
		put("hello ", 198 - len < 6 ? 198 - len : 6);
	puts_("\"}");
}

/* NULL: there is no such thing. */
static const char *
answer(const char *uri, const char *host)
{
	const char *session = parameter(uri, "session=");
	bool counts = !parameter(uri, "count=0");

	len = 0;
	if (starts(uri, "/hello")) {
		hello();
		return "application/json";
	}
	run(Q_BEGIN);
	if (session && !who_is_it(session, host))
		puts_("who is it?");
	else if (starts(uri, "/plans.json"))
		plans_json();
	else if (starts(uri, "/orders.json"))
		orders_json(counts);
	else if (starts(uri, "/orders.html") && head && tail)
		orders_html(counts, parameter(uri, "tabs=1"));
	run(Q_COMMIT);
	if (len == 0 || reply[0] == 'w')
		return NULL;
	return reply[0] == '{' ? "application/json" : "text/html";
}

static void
serve(int fd)
{
	FCGX_Request rq;

	FCGX_Init();
	FCGX_InitRequest(&rq, fd, 0);
	while (FCGX_Accept_r(&rq) >= 0) {
		const char *uri = FCGX_GetParam("MP_URI", rq.envp);
		const char *host = FCGX_GetParam("HTTP_HOST", rq.envp);
		const char *type = answer(uri ? uri : "", host ? host : "");

		FCGX_FPrintF(rq.out,
		    "Status: %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
		    "Content-Length: %d\r\n\r\n",
		    type ? "200 OK" : "404 Not Found",
		    type ? type : "text/plain", (int)len);
		FCGX_PutStr(reply, (int)len, rq.out);
		FCGX_Finish_r(&rq);
	}
}

/* ---- start ---- */

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bare: %s: %s\n", what, why);
	exit(1);
}

static void
open_db(void)
{
	if (sqlite3_open_v2(args.db, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		die(args.db, sqlite3_errmsg(db));
	sqlite3_wal_autocheckpoint(db, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_exec(
	    db, "PRAGMA query_only = 1; PRAGMA cache_size = -8192", 0, 0, 0);
	for (int i = 0; i < Q__MAX; i++) {
		if (sqlite3_prepare_v3(db, query_text[i], -1,
			SQLITE_PREPARE_PERSISTENT, &query[i],
			NULL) != SQLITE_OK)
			die(query_text[i], sqlite3_errmsg(db));
		if (i != Q_HOST && sqlite3_bind_parameter_count(query[i]) > 0)
			sqlite3_bind_text(
			    query[i], 1, args.tenant, -1, SQLITE_STATIC);
	}
}

static char *
read_file(const char *path)
{
	static char room[1 << 20];
	FILE *f = path ? fopen(path, "re") : NULL;
	size_t n;

	if (!path)
		return NULL;
	if (!f)
		die(path, "cannot be read");
	n = fread(room, 1, sizeof(room) - 1, f);
	room[n] = '\0';
	fclose(f);
	return strdup(room);
}

static void
read_args(int argc, char **argv)
{
	static const struct option options[] = {{"socket", 1, NULL, 's'},
	    {"db", 1, NULL, 'd'}, {"tenant", 1, NULL, 't'},
	    {"processes", 1, NULL, 'n'}, {"head", 1, NULL, 'h'},
	    {"tail", 1, NULL, 'e'}, {"static", 1, NULL, 'p'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **to = c == 's'   ? &args.socket
				  : c == 'd' ? &args.db
				  : c == 't' ? &args.tenant
				  : c == 'h' ? &args.head
				  : c == 'e' ? &args.tail
				  : c == 'p' ? &args.prefix
					     : NULL;
		if (to)
			*to = optarg;
		else if (c == 'n')
			args.processes = atoi(optarg);
		else
			exit(64);
	}
	if (!args.socket || !args.db || args.processes < 1)
		die("usage", "bare --socket PATH --db FILE --tenant ID ...");
}

int
main(int argc, char **argv)
{
	int fd;

	read_args(argc, argv);
	umask(0007);
	unlink(args.socket);
	fd = FCGX_OpenSocket(args.socket, BACKLOG);
	if (fd < 0)
		die(args.socket, "cannot listen");
	head = read_file(args.head);
	tail = read_file(args.tail);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int i = 0; i < args.processes; i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		open_db();
		serve(fd);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 1;
}
