/* effects.c - what a request leaves behind: all of it once, or nothing.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "gate_house.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "tap.h"

/* ---- transactions ---- */

static void
test_transactions(struct webtest *w, struct testdb *t)
{
	static const struct row undone[] = {
	    {{"POST", "/api/things", "{\"fail\":1}", .bearer = "user"}, 422,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":2}", .bearer = "user"}, 403,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":3}", .bearer = "user"}, 404,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":4}", .bearer = "user"}, 409,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":5}", .bearer = "user"}, 429,
		"Retry-After"},
	    {{"POST", "/api/things", "{\"fail\":6}", .bearer = "user"}, 503,
		"Retry-After: 2"},
	    {{"POST", "/api/things", "{\"fail\":8}", .bearer = "user"}, 503,
		"Retry-After: 2"},
	    {{"POST", "/api/things", "{\"fail\":9}", .bearer = "user"}, 503,
		"Retry-After: 2"},
	    {{"POST", "/api/things", "{\"fail\":10}", .bearer = "user"}, 500,
		NULL},
	    {{"POST", "/api/late?how=commit", .bearer = "user"}, 503, NULL},
	    {{"POST", "/api/late?how=hidden", .bearer = "user"}, 409, NULL},
	    {{"POST", "/api/late?how=arena", .bearer = "user"}, 503, NULL},
	    {{"POST", "/api/late?how=header", .bearer = "user"}, 500, NULL},
	    {{"POST", "/api/late?how=large", .bearer = "user"}, 500, NULL},
	    {{"POST", "/api/late?how=silent", .bearer = "user"}, 500, NULL},
	    {{.uri = "/api/reads", .bearer = "user"}, 503, NULL},
	};
	static const struct row kept[] = {
	    {{.uri = "/api/writes", .bearer = "user"}, 200, NULL},
	    {{"POST", "/api/own", .bearer = "user"}, 200, "own"},
	};
	struct call c = {"POST", "/api/race", .bearer = "user"};
	int64_t before = things(t);

	check_rows(w, undone, N_ELEMS(undone), "undone");
	is_int(things(t), before, "a request that fails leaves nothing");
	is_str(denied, "things",
	    "what a handler denies is noted behind the transaction");
	check_rows(w, kept, N_ELEMS(kept), "kept");
	is_int(things(t), before + 1, "ROUTE_WRITES may write on GET");

	retries = 2;
	runs = 0;
	is_int(webtest_call(w, &c), 200, "two lost races are run again");
	is_int(runs, 3, "three runs");
	is_int(things(t), before + 2, "one effect");
	is_str(w->body, "done", "one answer");
	retries = 99;
	runs = 0;
	is_int(webtest_call(w, &c), 503, "races lost for ever end in 503");
	is_int(runs, 6, "after five more runs");
	is_int(things(t), before + 2, "without effect");
}

static void
test_after(struct webtest *w)
{
	struct call c = {"POST", "/api/things", .bearer = "user"};

	afters = touched = 0;
	webtest_call(w, &c);
	ok(afters == 1 && touched == 1,
	    "work behind the answer runs once, outside the transaction");
	c.body = "{\"fail\":4}";
	webtest_call(w, &c);
	is_int(afters, 1, "not for a request that failed");
}

/* ---- idempotency ---- */

static void
test_idempotency(struct webtest *w, struct testdb *t)
{
	struct call c = {"POST", "/api/things", "{\"name\":\"x\"}",
	    .bearer = "user", .headers = {"HTTP_IDEMPOTENCY_KEY=k1"}};
	char first[512], form[160];
	int64_t before = things(t);

	is_int(webtest_call(w, &c), 201, "a call with a key is done");
	snprintf(first, sizeof(first), "%s", w->body);
	is_str(webtest_header(w, "Idempotent-Replayed"), "", "as a first one");
	is_int(webtest_call(w, &c), 201, "again with the same key");
	is_str(w->body, first, "it has the stored answer");
	is_str(
	    webtest_header(w, "Idempotent-Replayed"), "true", "and says that");
	is_int(things(t), before + 1, "and is not done again");
	c.body = " { \"name\" : \"x\" } ";
	c.type = "application/json";
	is_int(webtest_call(w, &c), 201, "white space makes no other body");
	c.body = "{\"name\":\"y\"}";
	is_int(webtest_call(w, &c), 409, "another body with the key is 409");
	is_str(
	    webtest_header(w, "Idempotent-Replayed"), "", "which is no replay");
	c.headers[0] = "HTTP_IDEMPOTENCY_KEY=k2";
	is_int(webtest_call(w, &c), 201, "another key is another call");
	is_int(things(t), before + 2, "and done");

	c.headers[0] = "HTTP_IDEMPOTENCY_KEY=k3";
	c.body = "{\"fail\":4}";
	is_int(webtest_call(w, &c), 409, "a failed call");
	c.body = "{\"name\":\"z\"}";
	is_int(webtest_call(w, &c), 201, "leaves its key free");
	c.headers[0] = "HTTP_IDEMPOTENCY_KEY=a b";
	is_int(webtest_call(w, &c), 400, "a key with a space is refused");

	c = (struct call){"POST", "/api/secret", "{}", .bearer = "user",
	    .headers = {"HTTP_IDEMPOTENCY_KEY=k1"}};
	is_int(webtest_call(w, &c), 201,
	    "the same key at another route is another call");
	is_int(webtest_call(w, &c), 409, "an answer with a secret is not kept");
	is_int(things(t), before + 4, "nor done again");

	snprintf(form, sizeof(form), "key=f1&csrf=%s", token_of(COOKIE));
	c = (struct call){"POST", "/form", form, .cookie = WITH_COOKIE};
	is_int(webtest_call(w, &c), 303, "a form carries its key in `key`");
	is_int(webtest_call(w, &c), 303, "sent twice it is answered twice");
	is_str(webtest_header(w, "Location"), "/page", "with the same page");
	is_int(things(t), before + 5, "and done once");
	snprintf(form, sizeof(form), "key=f2&bad=1&csrf=%s", token_of(COOKIE));
	runs = 0;
	is_int(webtest_call(w, &c), 422, "a form with errors");
	is_int(webtest_call(w, &c), 422, "is looked at again");
	is_int(runs, 2, "every time");
}

#define PART(b, name, value)                                                   \
	"--" b "\r\nContent-Disposition: form-data; name=" name                \
	"\r\n\r\n" value "\r\n"
#define IN_PARTS "multipart/form-data; boundary="

static void
test_form_in_parts(struct webtest *w, struct testdb *t)
{
	char form[512];
	struct call c = {"POST", "/form", form, .cookie = WITH_COOKIE};
	int64_t before = things(t);

	c.type = IN_PARTS "one";
	snprintf(form, sizeof(form),
	    PART("one", "key", "p1") PART("one", "csrf", "%s") "--one--",
	    token_of(COOKIE));
	is_int(webtest_call(w, &c), 303, "a form in parts with a key");
	c.type = IN_PARTS "two";
	snprintf(form, sizeof(form),
	    PART("two", "key", "p1") PART("two", "csrf", "%s") "--two--",
	    token_of(COOKIE));
	is_int(webtest_call(w, &c), 303, "is the same with another boundary");
	is_int(things(t), before + 1, "and done once");
	c.type = NULL;
	snprintf(form, sizeof(form), "key=p1&csrf=%s", token_of(COOKIE));
	is_int(webtest_call(w, &c), 303, "and url-encoded");
	snprintf(form, sizeof(form), "key=p1&a=b&csrf=%s", token_of(COOKIE));
	is_int(webtest_call(w, &c), 409, "but not with another field");
	is_int(things(t), before + 1, "none of which is done again");
}

/* Exit status of a process that makes the call: 1 done, 2 replayed, 0 else. */
static int
call_status(struct webtest *w, const struct call *c)
{
	if (webtest_call(w, c) != 201)
		return 0;
	return *webtest_header(w, "Idempotent-Replayed") ? 2 : 1;
}

static void
test_idempotency_race(struct testdb *t)
{
	enum { CALLERS = 3 };
	static const struct call c = {"POST", "/api/things",
	    "{\"name\":\"slow\"}", .bearer = "user",
	    .headers = {"HTTP_IDEMPOTENCY_KEY=race"}};
	int64_t before = things(t);
	int counts[3] = {0};
	pid_t pids[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		struct testdb own = *t;
		struct webtest w;

		fflush(NULL);
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		own.db = testdb_open(t->url);
		webtest_open(
		    &w, &own, house_tables, n_house_tables, &house_ops);
		_exit(call_status(&w, &c));
	}
	for (int i = 0; i < CALLERS; i++) {
		int status;

		waitpid(pids[i], &status, 0);
		counts[WIFEXITED(status) ? WEXITSTATUS(status) : 0]++;
	}
	ok(counts[1] == 1 && counts[2] == CALLERS - 1,
	    "of calls at once with one key one is done, the others wait and "
	    "have its answer");
	is_int(things(t), before + 1, "one effect");
}

/* ---- limits and counters ---- */

static void
test_rate_limit(struct webtest *w)
{
	struct call c = {.uri = "/api/hello", .client = "192.0.2.77"};
	int allowed = 0;
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_put(
		w->settings, "rate_anonymous_per_s", "5", &complaint) ||
	    settings_put(
		w->settings, "limit_exempt", "127.0.0.0/8", &complaint))
		bail("%s", buf_str(&complaint));
	webtest_again(w);
	for (int i = 0; i < 50; i++)
		allowed += webtest_call(w, &c) == 200;
	ok(allowed >= 5 && allowed < 20, "an address has 5 a second");
	ok(atoi(webtest_header(w, "Retry-After")) >= 1,
	    "429 says when to come back");
	is_int(webtest_call(w, &(struct call){"POST", "/api/things",
				   .client = "192.0.2.77", .bearer = "user"}),
	    201, "who is signed in is not limited");
	c.client = "127.0.0.1";
	allowed = 0;
	for (int i = 0; i < 50; i++)
		allowed += webtest_call(w, &c) == 200;
	is_int(allowed, 50, "an exempt range is not limited");
	buf_fini(&complaint);
}

static int
promtool(const char *path)
{
	int status, fd = open(path, O_RDONLY);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fd, 0);
		dup2(2, 1);
		execlp("promtool", "promtool", "check", "metrics", NULL);
		_exit(127);
	}
	close(fd);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_metrics(struct webtest *w)
{
	struct call c = {.uri = "/api/metrics"};
	static const char series[] = "mpanel_http_requests_total"
				     "{route=\"hello\",status=\"2xx\"}";
	const char *hello;
	FILE *f;
	char path[] = "/tmp/mpmetrics.XXXXXX";

	metric_add(METRIC_TASKS_CLAIMED, 7);
	webtest_call(w, &(struct call){.uri = "/api/hello"});
	webtest_call(w, &(struct call){.uri = "/api/hallo"});
	webtest_call(w, &(struct call){.uri = "/api/nothing"});
	webtest_call(w, &c);
	webtest_call(w, &c);
	hello = strstr(w->body, series);
	ok(hello, "requests are counted by route and class");
	ok(hello && !strstr(hello + 1, series),
	    "routes of one name are counted as one");
	ok(strstr(w->body, "mpanel_http_requests_total{route=\"unmatched\","
			   "status=\"4xx\"}"),
	    "those of no route too");
	ok(strstr(w->body, "mpanel_tasks_claimed_total 7\n"),
	    "the rooms' counters are there");
	ok(strstr(w->body, "mpanel_http_request_duration_seconds_count"
			   "{route=\"hello\"} "),
	    "they are timed");
	ok(strstr(w->body, "mpanel_http_pool_duration_seconds_bucket"
			   "{pool=\"ui\",le=\"+Inf\"} "),
	    "durations of a pool are a histogram");
	f = fdopen(mkstemp(path), "w");
	if (!f || fputs(w->body, f) < 0 || fclose(f) != 0)
		bail("can't write %s", path);
	is_int(promtool(path), 0, "promtool finds nothing wrong");
	unlink(path);
}

static void
test_all(struct testdb *t)
{
	struct webtest w;

	house_open(&w, t);
	test_transactions(&w, t);
	test_after(&w);
	test_idempotency(&w, t);
	test_form_in_parts(&w, t);
	test_idempotency_race(t);
	test_rate_limit(&w);
	test_metrics(&w);
	webtest_close(&w);
}

int
main(void)
{
	if (secret_init() != OK)
		bail("no randomness");
	testdb_each(test_all);
	return tap_done();
}
