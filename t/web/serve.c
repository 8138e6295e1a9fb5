/* serve.c - the master replaces, rolls and drains real workers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A child of the test is the master; the test is the web server and speaks
 * FastCGI itself.
 */
#include "config.h"
#include "webtest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "tap.h"
#include "web/serve.h"

#define SECOND_US INT64_C(1000000)

static char sockets[80], log_path[128];

/* ---- what the workers do ---- */

static enum err
tenant_of_host(struct request *rq)
{
	(void)rq;
	return E_NOTFOUND;
}

static const struct gate_ops ops = {.tenant_of_host = tenant_of_host};

static void
sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

static enum err
tell_pid(struct request *rq)
{
	const char *ms = query_text(rq, "ms");
	char pid[32];

	rq->query_read = true;
	if (ms)
		sleep_ms(atol(ms));
	snprintf(pid, sizeof(pid), "%d %d %zu", (int)getpid(), pool_size(),
	    rq->body_len);
	reply_text(rq, 200, "text/plain", pid);
	return OK;
}

static enum err
crash(struct request *rq)
{
	(void)rq;
	raise(SIGSEGV);
	return OK;
}

static enum err
hang(struct request *rq)
{
	(void)rq;
	while (getppid() > 0)
		sleep_ms(1000);
	return OK;
}

/* clang-format off */
static const struct route table[] = {
	{ GET, "/api/pid", POOL_UI, AUTH_NONE, 0, BODY_NONE, 0, tell_pid, "pid" },
	{ POST, "/api/pid", POOL_UI, AUTH_NONE, 0, BODY_RAW, 0, tell_pid, "pid.post" },
	{ GET, "/api/crash", POOL_UI, AUTH_NONE, 0, BODY_NONE, ROUTE_OWN_TX, crash, "crash" },
	{ GET, "/api/hang", POOL_UI, AUTH_NONE, 0, BODY_NONE, ROUTE_OWN_TX, hang, "hang" },
	{ 0 }
};
/* clang-format on */
static const struct route *const tables[] = {table, web_routes};

/* ---- the master, a child ---- */

struct serving {
	struct web_config config;
	struct settings *settings;
	struct templates *templates;
	pid_t master;
};

static void
set(struct serving *s, const char *name, const char *value)
{
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_put(s->settings, name, value, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
}

static void
prepare(struct serving *s, struct testdb *t)
{
	struct buf complaint;

	*s = (struct serving){0};
	buf_init(&complaint, 0);
	if (settings_load(webtest_settings, NULL, &s->settings, &complaint) ||
	    templates_open("/nonexistent", ".mustache", false, &s->templates))
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
	snprintf(sockets, sizeof(sockets), "%s/sockets", t->dir);
	snprintf(log_path, sizeof(log_path), "%s/log", t->dir);
	set(s, "socket_dir", sockets);
	s->config = (struct web_config){.settings = s->settings,
	    .db.url = t->url,
	    .tables = tables,
	    .n_tables = N_ELEMS(tables),
	    .ops = &ops,
	    .templates = s->templates,
	    .static_version = "test",
	    .workers = {[POOL_UI] = 2,
		[POOL_DOOR] = 1,
		[POOL_INTAKE] = 1,
		[POOL_WORKER] = 1}};
}

static void
finish(struct serving *s)
{
	settings_free(&s->settings);
	templates_close(&s->templates);
}

/* In a child: serve, and exit with the error's number. */
static pid_t
start_master(struct serving *s)
{
	struct buf complaint;
	enum err e;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	dup2(open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644), 2);
	log_set_level(LOG_INFO);
	buf_init(&complaint, 0);
	e = web_serve(&s->config, &complaint);
	if (dprintf(2, "%s", buf_str(&complaint)) < 0)
		e = E_SYS;
	_exit((int)e);
}

static int
exit_status(pid_t pid, int64_t seconds)
{
	int64_t end = clock_mono_us() + seconds * SECOND_US;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_mono_us() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		sleep_ms(5);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Lines of the log with a piece in them. */
static int
log_lines_of(const char *piece, const char *other)
{
	char line[4096];
	int n = 0;
	FILE *f = fopen(log_path, "r");

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, piece) && strstr(line, other);
	if (f)
		fclose(f);
	return n;
}

static int
log_lines(const char *piece)
{
	return log_lines_of(piece, piece);
}

/* ---- the web server, this process ---- */

static int
dial(const char *pool)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s.sock", sockets, pool);
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A FastCGI record: version 1, type, request 1. */
static void
add_record(struct buf *b, int type, const char *content, size_t n)
{
	const unsigned char head[8] = {1, (unsigned char)type, 0, 1,
	    (unsigned char)(n >> 8), (unsigned char)n, 0, 0};

	buf_add(b, head, sizeof(head));
	buf_add(b, content, n);
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
	buf_putc(b, (char)strlen(name));
	buf_putc(b, (char)strlen(value));
	buf_puts(b, name);
	buf_puts(b, value);
}

#define CLOSE_AFTER 0
#define KEEP_CONN   1
#define WITHOUT_END 2 /* of this process: the body's end is not sent */

static void
send_flagged(
    int fd, char flags, const char *method, const char *uri, size_t body_len)
{
	const char begin[8] = {0, 1, flags & KEEP_CONN}; /* responder */
	static const char body[1000];
	struct buf params, all;
	char length[24];

	buf_init(&params, 0);
	buf_init(&all, 4 * 1024 * 1024);
	snprintf(length, sizeof(length), "%zu", body_len);
	add_param(&params, "REQUEST_METHOD", method);
	add_param(&params, "MP_URI", uri);
	add_param(&params, "CONTENT_LENGTH", length);
	add_param(&params, "HTTP_HOST", "acme.test");
	add_param(&params, "MP_CLIENT", "127.0.0.1");
	add_param(&params, "MP_REQUEST_ID", "feedfacefeedface");
	add_record(&all, 1, begin, sizeof(begin));
	add_record(&all, 4, params.data, params.len);
	add_record(&all, 4, "", 0);
	for (size_t sent = 0; sent < body_len; sent += sizeof(body))
		add_record(&all, 5, body, sizeof(body));
	if (!(flags & WITHOUT_END))
		add_record(&all, 5, "", 0);
	if (send(fd, all.data, all.len, MSG_NOSIGNAL) != (ssize_t)all.len)
		note("short send");
	buf_fini(&params);
	buf_fini(&all);
}

static void
send_request(int fd, const char *method, const char *uri, size_t body_len)
{
	send_flagged(fd, CLOSE_AFTER, method, uri, body_len);
}

static bool
read_exactly(int fd, char *to, size_t n)
{
	struct pollfd p = {fd, POLLIN, 0};

	while (n > 0) {
		ssize_t k = poll(&p, 1, 10000) == 1 ? read(fd, to, n) : -1;

		if (k <= 0)
			return false;
		to += k;
		n -= (size_t)k;
	}
	return true;
}

/* The CGI answer up to END_REQUEST; "" when the connection ended before. */
static const char *
read_answer(int fd)
{
	static char answer[1024 * 1024];
	size_t len = 0;
	unsigned char head[8];

	answer[0] = '\0';
	while (read_exactly(fd, (char *)head, sizeof(head))) {
		size_t n = (size_t)(head[4] << 8 | head[5]) + head[6];

		if (len + n + 1 > sizeof(answer) ||
		    !read_exactly(fd, answer + len, n))
			break;
		if (head[1] == 3) {
			answer[len] = '\0';
			return answer;
		}
		if (head[1] == 6)
			len += n - head[6];
	}
	answer[0] = '\0';
	return answer;
}

static const char *
ask_pool(const char *pool, const char *method, const char *uri, size_t body)
{
	int fd = dial(pool);
	const char *answer;

	if (fd < 0)
		return "";
	send_request(fd, method, uri, body);
	answer = read_answer(fd);
	close(fd);
	return answer;
}

static const char *
ask(const char *uri)
{
	return ask_pool("ui", "GET", uri, 0);
}

/* The pid that a worker tells; 0 without a good answer. */
static pid_t
pid_in(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");

	if (!str_starts(answer, "Status: 200 ") || !body)
		return 0;
	return (pid_t)atol(body + 4);
}

static pid_t
worker_of(const char *pool)
{
	return pid_in(ask_pool(pool, "GET", "/api/pid", 0));
}

static bool
wait_until_up(void)
{
	for (int i = 0; i < 500; i++) {
		if (worker_of("ui") && worker_of("intake") &&
		    worker_of("worker"))
			return true;
		sleep_ms(20);
	}
	return false;
}

static void
start(struct serving *s)
{
	s->master = start_master(s);
	if (!wait_until_up())
		bail("the master does not serve, see %s", log_path);
}

static bool
is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static bool
dies(pid_t pid)
{
	for (int i = 0; i < 300; i++) {
		if (!is_alive(pid))
			return true;
		sleep_ms(10);
	}
	return false;
}

/* ---- the claims ---- */

static void
test_sockets(void)
{
	struct stat st;
	char path[256];

	ok(stat(sockets, &st) == 0 && (st.st_mode & 0777) == 0750,
	    "the sockets' directory is 0750");
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"ui", "intake", "worker"};

		snprintf(path, sizeof(path), "%s/%s.sock", sockets, names[i]);
		ok(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
			(st.st_mode & 0777) == 0660,
		    "%s.sock is 0660", names[i]);
	}
	ok(worker_of("intake") != worker_of("worker"),
	    "pools have workers of their own");
	ok(strstr(ask("/api/pid"), " 2 0"), "a worker knows its pool's size");
	ok(strstr(ask_pool("ui", "POST", "/api/pid", 1000000), " 1000000"),
	    "a body of a million bytes arrives");
}

static void
test_not_kept(void)
{
	pid_t first = worker_of("intake");
	int fd = dial("intake");
	char c;

	send_flagged(fd, KEEP_CONN, "GET", "/api/pid", 0);
	ok(pid_in(read_answer(fd)) == first,
	    "a request that wants to keep its connection is answered");
	ok(worker_of("intake") == first, "and does not hold its worker");
	ok(read_exactly(fd, &c, 1) == false, "the connection is closed");
	close(fd);
}

/* A web server that is busy turning others away closes late, and what stood in
 * line until its client had enough is asked by nobody. */
static void
test_not_waited_for(void)
{
	pid_t first = worker_of("intake");
	int fd = dial("intake"), gone;
	int64_t began;

	send_request(fd, "POST", "/api/pid", 5000);
	ok(pid_in(read_answer(fd)) == first, "an answer is read");
	began = clock_mono_us();
	ok(worker_of("intake") == first &&
		clock_mono_us() - began < SECOND_US * 3 / 2,
	    "the worker does not wait until its connection is closed");
	close(fd);

	fd = dial("intake");
	gone = dial("intake");
	send_request(fd, "GET", "/api/pid?ms=300", 0);
	sleep_ms(50);
	send_request(gone, "GET", "/api/crash", 0);
	close(gone);
	ok(pid_in(read_answer(fd)) == first, "one waits behind another");
	ok(worker_of("intake") == first,
	    "and is not worked on, for nobody waits for the answer");
	close(fd);
}

/* nginx stops sending where the answer begins, and then waits for the end of
 * the connection: the end of a long body may never come. */
static void
test_end_of_body(void)
{
	pid_t first = worker_of("intake");
	int fd = dial("intake");
	int64_t began = clock_mono_us();
	char c;

	send_flagged(fd, WITHOUT_END, "POST", "/api/pid", 5000);
	ok(pid_in(read_answer(fd)) == first,
	    "a body without its end is answered");
	ok(!read_exactly(fd, &c, 1), "and its connection ended");
	close(fd);
	ok(worker_of("intake") == first &&
		clock_mono_us() - began < SECOND_US * 3 / 2,
	    "at once, though the body's end has not come");
}

static void
test_killed(void)
{
	pid_t old = worker_of("intake"), now;
	int64_t began;

	kill(old, SIGKILL);
	began = clock_mono_us();
	now = worker_of("intake");
	ok(now && now != old && clock_mono_us() - began < SECOND_US,
	    "a killed worker is replaced at once");
	is_str(ask_pool("intake", "GET", "/api/crash", 0), "",
	    "a request that kills its worker has no answer");
	old = now;
	now = worker_of("intake");
	ok(now && now != old, "but the next one has");
	is_int(log_lines("\"event\":\"worker_crashed\""), 2,
	    "both are in the log");
	is_int(log_lines("\"route\":\"crash\",\"in_request\":"
			 "\"feedfacefeedface\""),
	    1, "with the request that did it");
	ok(strstr(ask("/api/metrics"),
	       "mpanel_worker_restarts_total"
	       "{pool=\"intake\",reason=\"crashed\"} 2"),
	    "and in the metrics");
}

static void
test_hung(void)
{
	pid_t old = worker_of("intake"), now;

	is_str(ask_pool("intake", "GET", "/api/hang", 0), "",
	    "a request that hangs is ended");
	now = worker_of("intake");
	ok(now && now != old, "and its worker replaced");
	is_int(log_lines("\"event\":\"worker_hung\""), 1, "which is logged");
}

/* Nothing in the web server ends this. */
static void
test_stalled(void)
{
	pid_t old = worker_of("intake"), now;
	int fd = dial("intake");

	ok(send(fd, "\1\1\0", 3, MSG_NOSIGNAL) == 3, "a request begins");
	now = worker_of("intake");
	ok(now && now != old, "and holds no worker when it goes no further");
	is_int(log_lines("\"event\":\"worker_hung\""), 2, "which is logged");
	close(fd);
}

static void
test_recycled(void)
{
	pid_t first = worker_of("intake"), last = first;
	int good = 0, changes = 0;

	for (int i = 0; i < 200; i++) {
		pid_t pid = worker_of("intake");

		good += pid != 0;
		changes += pid != last;
		last = pid;
	}
	is_int(good, 200, "no request is lost while workers are recycled");
	ok(changes >= 3 && changes <= 4, "each leaves after 50 requests");
}

/* A worker may leave by its number of requests before its turn comes. */
static int
ended(void)
{
	return log_lines("worker_stopped") + log_lines("worker_recycled");
}

static void
test_rolled(struct serving *s)
{
	pid_t old[2] = {worker_of("intake"), worker_of("worker")};
	int bad = 0, n = 0, before = ended();
	int64_t end;

	kill(s->master, SIGHUP);
	end = clock_mono_us() + 20 * SECOND_US;
	while (clock_mono_us() < end &&
	       (ended() - before < 4 || worker_of("intake") == old[0] ||
		   worker_of("worker") == old[1])) {
		for (int i = 0; i < 50; i++, n++)
			bad += worker_of("ui") == 0;
	}
	ok(ended() - before >= 4, "HUP rolls every worker");
	ok(bad == 0, "%d requests meanwhile are all answered", n);
	ok(worker_of("intake") != old[0] && worker_of("worker") != old[1],
	    "they are other processes");
}

static void
test_drained(struct serving *s)
{
	pid_t workers[2] = {worker_of("intake"), worker_of("worker")};
	char path[256];
	int fd = dial("ui");

	send_request(fd, "GET", "/api/pid?ms=700", 0);
	sleep_ms(200);
	kill(s->master, SIGTERM);
	sleep_ms(100);
	is_int(dial("ui"), -1, "TERM: no new connection is taken");
	ok(pid_in(read_answer(fd)) != 0, "TERM: the one in flight is answered");
	close(fd);
	is_int(exit_status(s->master, 5), 0, "TERM: the master ends well");
	ok(!is_alive(workers[0]) && !is_alive(workers[1]),
	    "TERM: no worker stays");
	snprintf(path, sizeof(path), "%s/ui.sock", sockets);
	ok(access(path, F_OK) != 0, "TERM: no socket stays");
}

static void
test_drain_ends(struct serving *s)
{
	int fd = dial("ui");
	int64_t began;

	send_request(fd, "GET", "/api/pid?ms=60000", 0);
	sleep_ms(200);
	began = clock_mono_us();
	kill(s->master, SIGTERM);
	is_int(exit_status(s->master, 5), 0, "a drain has an end");
	ok(clock_mono_us() - began >= SECOND_US, "which is drain_timeout_s");
	is_str(read_answer(fd), "", "the request is cut");
	close(fd);
}

/* All at once and before they have served anything. */
/* Calls fn with each worker; the number of those it says yes to, and of all. */
static int
each_worker(const struct serving *s, bool (*fn)(pid_t), int *n_out)
{
	char path[64], pids[1024] = "", *end = pids;
	int yes = 0;
	FILE *f;
	long pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)s->master, (int)s->master);
	f = fopen(path, "r");
	if (!f)
		bail("%s", path);
	if (!fgets(pids, sizeof(pids), f))
		pids[0] = '\0';
	fclose(f);
	for (*n_out = 0; (pid = strtol(end, &end, 10)) > 0; ++*n_out)
		yes += fn((pid_t)pid);
	return yes;
}

static bool
kill_one(pid_t pid)
{
	return kill(pid, SIGKILL) == 0;
}

static void
kill_workers(const struct serving *s)
{
	int n;

	each_worker(s, kill_one, &n);
}

/* It has opened its SQLite file: it is past what can end it at its start. */
static bool
has_database(pid_t pid)
{
	char path[64], file[512];
	const struct dirent *d;
	bool has = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir)) != NULL) {
		ssize_t n =
		    readlinkat(dirfd(dir), d->d_name, file, sizeof(file) - 1);

		file[n > 0 ? n : 0] = '\0';
		has = has || strstr(file, ".db") != NULL;
	}
	if (dir)
		closedir(dir);
	return has;
}

static void
wait_for_all(const struct serving *s)
{
	int n, ready;

	for (int i = 0; i < 500; i++) {
		ready = each_worker(s, has_database, &n);
		if (n > 0 && ready == n)
			return;
		sleep_ms(20);
	}
	bail("%d of %d workers have started", ready, n);
}

static void
test_killed_often(const struct serving *s)
{
	for (int i = 0; i < 12; i++) {
		kill_workers(s);
		sleep_ms(120);
	}
	is_int(log_lines("worker_keeps_dying"), 0,
	    "workers that are killed again and again need not wait");
	ok(worker_of("ui") && worker_of("intake"), "and serve afterwards");
}

static void
test_orphans(struct serving *s)
{
	pid_t workers[2] = {worker_of("intake"), worker_of("worker")};

	kill(s->master, SIGKILL);
	waitpid(s->master, NULL, 0);
	ok(dies(workers[0]) && dies(workers[1]),
	    "workers die with their master");
	start(s);
	ok(worker_of("ui"), "a new master starts over the stale sockets");
}

static void
test_second_master(struct serving *s)
{
	is_int(exit_status(start_master(s), 10), E_CONFLICT,
	    "a second master refuses to start");
	is_int(log_lines("another mpanel serve is running"), 1, "and says why");
	ok(worker_of("ui"), "the first is not disturbed");
}

/* SQLite only: the database can be taken away from the test's directory.  Those
 * of other pools, which may be on their way back, die of that too. */
static void
test_backoff(struct testdb *t, const struct serving *s)
{
	static const char pool[] = "\"pool\":\"intake\"";
	static const char crashed[] = "worker_crashed";
	static const char waits[] = "worker_keeps_dying";
	char away[128];
	int before, tries;
	int64_t began_us, slow_s;

	if (t->engine != DB_SQLITE)
		return;
	wait_for_all(s);
	before = log_lines_of(crashed, pool);
	snprintf(away, sizeof(away), "%s/away", t->dir);
	if (rename(strstr(t->url, "/"), away) != 0 ||
	    mkdir(strstr(t->url, "/"), 0700) != 0)
		bail("can't take the database away");
	began_us = clock_mono_us();
	kill(worker_of("intake"), SIGKILL);
	for (int i = 0; i < 1000 && log_lines_of(waits, pool) == 0; i++)
		sleep_ms(20);
	tries = log_lines_of(crashed, pool) - before;
	/* On a busy machine one takes a second to die, and does not count, nor
	 * do those before it. */
	slow_s = (clock_mono_us() - began_us) / 1000000;
	ok(tries >= 6 && tries <= 6 * (1 + slow_s),
	    "workers that die at once are forked five times: %d in %lld s",
	    tries, (long long)slow_s);
	is_int(log_lines_of(waits, pool), 1, "then they have to wait");
	if (rmdir(strstr(t->url, "/")) != 0 ||
	    rename(away, strstr(t->url, "/")) != 0)
		bail("can't bring the database back");
	ok(worker_of("intake"), "and start when they can again");
}

static void
test_engine(struct testdb *t)
{
	struct serving s;

	note("engine %s", db_engine_name(t->engine));
	prepare(&s, t);
	set(&s, "request_timeout_s", "5");
	set(&s, "drain_timeout_s", "1");
	start(&s);
	test_sockets();
	test_not_kept();
	test_not_waited_for();
	test_end_of_body();
	test_killed();
	test_second_master(&s);
	test_rolled(&s);
	test_orphans(&s);
	test_killed_often(&s);
	test_backoff(t, &s);
	test_drained(&s);
	start(&s);
	test_drain_ends(&s);

	set(&s, "worker_max_requests", "50");
	set(&s, "request_timeout_s", "1");
	start(&s);
	test_hung();
	test_stalled();
	test_recycled();
	kill(s.master, SIGTERM);
	is_int(exit_status(s.master, 5), 0, "the master ends well");
	finish(&s);
}

static void
test_refusals(struct testdb *t)
{
	static const struct route broken[] = {
	    {.methods = GET, .path = "/x", .handler = tell_pid, .name = "x"},
	    {0}};
	static const struct route *const wrong[] = {broken};
	struct serving s;

	note("engine %s", db_engine_name(t->engine));
	prepare(&s, t);
	is_int(exit_status(start_master(&s), 10), E_CONFLICT,
	    "no master over a database without its schema");
	is_int(log_lines("run `mpanel migrate`"), 1, "it says what to do");
	set(&s, "limit_exempt", "10.0.0.0/99");
	is_int(exit_status(start_master(&s), 10), E_INPUT,
	    "no master with a range that is none");
	s.config.tables = wrong;
	s.config.n_tables = 1;
	is_int(exit_status(start_master(&s), 10), E_INPUT,
	    "no master with a route that forgot who may call it");
	finish(&s);
}

int
main(void)
{
	if (secret_init() != OK)
		bail("no randomness");
	testdb_each(test_engine);
	testdb_each_empty(test_refusals);
	return tap_done();
}
