/* gate.c - what the gate lets in, what it refuses, and what it answers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "gate_house.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "tap.h"

/* ---- refusals ---- */

static void
test_line(struct webtest *w)
{
	static const struct row rows[] = {
	    {{.uri = "/api/hello"}, 200, "\"client\":\"127.0.0.1\""},
	    {{.uri = "/api/hello?q=%C3%B6"}, 200, "\"q\":\"\xc3\xb6\""},
	    {{.uri = "/api/hello?q=1&q=2"}, 400, "duplicate_key"},
	    {{.uri = "/api/hello?p=1"}, 400, "unknown_field"},
	    {{.uri = "/api/hello?q=%00"}, 400, "bad_encoding"},
	    {{.uri = "/api/../hello"}, 400, "\"code\":\"bad_request\""},
	    {{.uri = "/api%2fhello"}, 400, NULL},
	    {{.uri = "/api/hello/"}, 404, "\"code\":\"not_found\""},
	    {{.uri = "/api//hello"}, 404, NULL},
	    {{.uri = "/api/nothing"}, 404, "application/problem+json"},
	    {{.uri = "/nothing"}, 404, "text/html"},
	    {{.method = "POST", .uri = "/api/hello"}, 405,
		"\r\nAllow: GET, HEAD\r\n"},
	    {{.method = "TRACE", .uri = "/api/things"}, 405,
		"\r\nAllow: GET, HEAD, POST\r\n"},
	    {{.method = "OPTIONS", .uri = "/api/hello"}, 405,
		"\r\nAllow: GET, HEAD\r\n"},
	    {{.method = "get", .uri = "/api/hello"}, 405, NULL},
	    {{"POST", "/api/hello",
		 .headers = {"HTTP_X_HTTP_METHOD_OVERRIDE=GET"}},
		405, NULL},
	    {{.uri = "/api/hello", .host = "evil.test"}, 200, NULL},
	    {{.uri = "/api/plans", .host = "evil.test"}, 421,
		"\"code\":\"unknown_host\""},
	    {{.uri = "/api/nothing", .host = "evil.test"}, 421, NULL},
	    {{.uri = "/api/plans", .host = "ACME.test.:8080"}, 200,
		"\"host\":\"acme.test\""},
	    {{.uri = "/api/plans", .host = "acme.test/x"}, 400, NULL},
	    {{.uri = "/api/plans", .host = "[::1"}, 400, NULL},
	    {{.uri = "/api/plans", .cookie = "a=1; a=2"}, 400, NULL},
	    {{.uri = "/api/items/x"}, 404, NULL},
	    {{.uri = "/api/hello", .headers = {"HTTP_X_SOME_THING=yes"}}, 200,
		"\"header\":\"yes\""},
	    {{.uri = "/api/hello",
		 .client = "192.0.2.9",
		 .headers = {"HTTP_X_FORWARDED_FOR=203.0.113.5"}},
		200, "\"client\":\"192.0.2.9\""},
	    {{.uri = "/api/hello",
		 .client = "10.9.0.1",
		 .headers = {"HTTP_X_FORWARDED_FOR=1.1.1.1, 203.0.113.5, "
			     "10.9.3.4"}},
		200, "\"client\":\"203.0.113.5\""},
	    {{.uri = "/api/hello",
		 .client = "10.9.0.1",
		 .headers = {"HTTP_X_FORWARDED_FOR=<x>"}},
		200, "\"client\":\"10.9.0.1\""},
	    {{.uri = "/api/hello",
		 .client = "192.0.2.9",
		 .headers = {"HTTP_X_FORWARDED_PROTO=https"}},
		200, "\"tls\":false"},
	};

	check_rows(w, rows, N_ELEMS(rows), "line");
}

static void
test_auth(struct webtest *w)
{
	static const struct row rows[] = {
	    {{.uri = "/api/things"}, 401, "WWW-Authenticate: Bearer"},
	    {{.uri = "/api/things", .bearer = "wrong"}, 401,
		"\"code\":\"unauthorized\""},
	    {{.uri = "/api/things", .cookie = "mp_session=wrong"}, 401, NULL},
	    {{.uri = "/api/things", .cookie = WITH_COOKIE, .bearer = "wrong"},
		401, NULL},
	    {{"POST", "/api/things", .bearer = "user"}, 201, NULL},
	    {{"POST", "/api/things", .bearer = "api"}, 403, NULL},
	    {{"POST", "/api/users", .bearer = "user"}, 403,
		"\"code\":\"forbidden\""},
	    {{"POST", "/api/intake", .bearer = "api"}, 201, NULL},
	    {{"POST", "/api/intake", .bearer = "weak"}, 403, NULL},
	    {{"POST", "/api/intake", .bearer = "user"}, 403, NULL},
	    {{"POST", "/api/intake", .cookie = WITH_COOKIE}, 401, NULL},
	    {{"POST", "/api/claim", .bearer = "server"}, 201, NULL},
	    {{"POST", "/api/claim", .bearer = "api"}, 403, NULL},
	    {{"POST", "/api/things", .bearer = "broken"}, 503,
		"Retry-After: 2"},
	    {{.uri = "/page"}, 303, "\r\nLocation: /login?next=%2Fpage\r\n"},
	    {{.uri = "/page?a=b&c"}, 303, "next=%2Fpage%3Fa%3Db%26c\r\n"},
	    {{"POST", "/form", .body = "a=1"}, 303, "\r\nLocation: /login\r\n"},
	    {{.uri = "/page", .cookie = WITH_COOKIE}, 200, NULL},
	    {{.uri = "/users", .cookie = WITH_COOKIE}, 403,
		"You can’t do this"},
	    {{.uri = "/nothing", .cookie = WITH_COOKIE}, 404,
		"We can’t find that"},
	    {{.uri = "/page", .cookie = WITH_COOKIE, .tls = true}, 303, NULL},
	    {{.uri = "/page", .cookie = "__Host-" WITH_COOKIE, .tls = true},
		200, NULL},
	    {{.uri = "/api/metrics"}, 200, "mpanel_http_requests_total"},
	    {{.uri = "/api/metrics", .client = "192.0.2.1"}, 401, NULL},
	    {{.uri = "/api/metrics", .client = "192.0.2.1", .bearer = "api"},
		403, NULL},
	};

	check_rows(w, rows, N_ELEMS(rows), "auth");
	denied[0] = '\0';
	webtest_call(w, &(struct call){"POST", "/api/users", .bearer = "user"});
	is_str(denied, "users:write", "a denial names the permission");
}

static void
test_bodies(struct webtest *w)
{
	static char large[300 * 1024], form[1100 * 1024];
	const struct row rows[] = {
	    {{"POST", "/api/things", .bearer = "user",
		 .body = "{\"name\":\"x\"}"},
		201, "\"name\":\"x\""},
	    {{"POST", "/api/things", .bearer = "user"}, 201, "\"none\""},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = "application/json; charset=utf-8"},
		201, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = "text/plain"},
		415, "unsupported_media_type"},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = "application/jsonx"},
		415, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = ""},
		415, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{"}, 400,
		"json_invalid"},
	    {{"POST", "/api/things", .bearer = "user",
		 .body = "{\"a\":1,\"a\":2}"},
		400, "duplicate_key"},
	    {{"POST", "/api/things", .bearer = "user", .body = "[]",
		 .type = "application/json"},
		400, "wrong_type"},
	    {{"POST", "/api/things", .bearer = "user", .body = "{\"nome\":1}"},
		400, "unknown_field"},
	    {{"POST", "/api/things", .bearer = "user", .body = "{\"name\":1}"},
		422, "\"field\":\"name\""},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .length = "-1"},
		400, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .length = "2x"},
		400, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .length = "3"},
		400, "before its time"},
	    {{"POST", "/api/things", .bearer = "user", .body = large}, 413,
		"too_large"},
	    {{"POST", "/api/race", .bearer = "user", .body = "x=1"}, 400,
		"no body"},
	    {{"POST", "/api/raw", .body = "\x01\xff",
		 .type = "application/octet-stream"},
		200, NULL},
	    {{"POST", "/form", .bearer = "user", .body = "{}"}, 415, NULL},
	    {{"POST", "/form", .bearer = "user", .body = "a=1&a=2"}, 400, NULL},
	    {{"POST", "/form", .bearer = "user", .body = form}, 413, NULL},
	    {{"POST", "/form", .bearer = "user", .body = "a=1"}, 303, NULL},
	};

	memset(large, ' ', sizeof(large) - 1);
	large[0] = '{';
	memset(form, 'a', sizeof(form) - 1);
	check_rows(w, rows, N_ELEMS(rows), "body");
}

#define IN_PARTS "multipart/form-data; boundary=b"
#define PART(name, value)                                                      \
	"--b\r\nContent-Disposition: form-data; name=" name "\r\n\r\n" value   \
	"\r\n"
#define FILE_PART                                                              \
	PART("file; filename=a.txt\r\nContent-Type: text/plain", "abc")
#define PARTS_END "--b--\r\n"

static void
test_parts(struct webtest *w)
{
	char form[256];
	const struct row rows[] = {
	    {{"POST", "/form", PART("a", "1") PARTS_END, IN_PARTS,
		 .bearer = "user"},
		303, NULL},
	    {{"POST", "/form", PART("a", "1") PART("a", "2") PARTS_END,
		 IN_PARTS, .bearer = "user"},
		400, "malformed"},
	    {{"POST", "/form", PART("a", "1") PARTS_END, "multipart/form-data",
		 .bearer = "user"},
		400, "malformed"},
	    {{"POST", "/form", PART("a", "1") PARTS_END,
		 "multipart/mixed; boundary=b", .bearer = "user"},
		415, NULL},
	    {{"POST", "/form", FILE_PART PARTS_END, IN_PARTS, .bearer = "user"},
		422, "takes no file, but “file” is one"},
	    {{"POST", "/upload", FILE_PART PART("note", "n") PARTS_END,
		 IN_PARTS, .bearer = "user"},
		200, "a.txt: 3 bytes of text/plain, note n"},
	    {{"POST", "/upload", "note=n", .bearer = "user"}, 404, NULL},
	    {{"POST", "/form", form, IN_PARTS, .cookie = WITH_COOKIE}, 303,
		NULL},
	    {{"POST", "/form", PART("csrf", "0") PARTS_END, IN_PARTS,
		 .cookie = WITH_COOKIE},
		403, NULL},
	};

	snprintf(
	    form, sizeof(form), PART("csrf", "%s") PARTS_END, token_of(COOKIE));
	check_rows(w, rows, N_ELEMS(rows), "form in parts");
}

static void
test_kept_refusals(struct webtest *w)
{
	static char large[300 * 1024];
	struct call c = {"POST", "/api/intake", .body = "{\"nome\":1}"};

	refused = 0;
	webtest_call(w, &c);
	is_int(refused, 0, "what nobody known sends is not kept");
	c.bearer = "api";
	webtest_call(w, &c);
	ok(refused == 400 && refused_bytes == 10,
	    "an authenticated refusal is kept with its body");
	memset(large, ' ', sizeof(large) - 1);
	large[0] = '{';
	c.body = large;
	webtest_call(w, &c);
	ok(refused == 413 && refused_bytes == 256 * 1024,
	    "of a body that is too large its beginning is kept");
	refused = 0;
	c.body = "{}";
	webtest_call(w, &c);
	is_int(refused, 0, "what is accepted is not kept");
}
/* ---- csrf ---- */

static void
test_csrf(struct webtest *w, struct testdb *t)
{
	char form[128], header[128];
	int64_t before = things(t);
	const struct row rows[] = {
	    {{"POST", "/form", "a=1", .cookie = WITH_COOKIE}, 403,
		"sent from another site"},
	    {{"POST", "/form", "csrf=", .cookie = WITH_COOKIE}, 403, NULL},
	    {{"POST", "/form", "csrf=0123", .cookie = WITH_COOKIE}, 403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=https://evil.test"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=null"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=http://acme.test:81"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_SEC_FETCH_SITE=cross-site"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_SEC_FETCH_SITE=same-site"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = "__Host-" WITH_COOKIE,
		 .tls = true, .headers = {"HTTP_ORIGIN=http://acme.test"}},
		403, NULL},
	    {{"POST", "/api/things", .cookie = WITH_COOKIE}, 403,
		"\"code\":\"csrf\""},
	};
	const struct row good[] = {
	    {{"POST", "/form", form, .cookie = WITH_COOKIE}, 303, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=http://acme.test",
		     "HTTP_SEC_FETCH_SITE=same-origin"}},
		303, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .host = "acme.test:8443",
		 .headers = {"HTTP_ORIGIN=https://acme.test:8443"}},
		303, NULL},
	    {{"POST", "/api/things", .cookie = WITH_COOKIE,
		 .headers = {header}},
		201, NULL},
	};

	snprintf(form, sizeof(form), "csrf=%s", token_of(COOKIE));
	snprintf(
	    header, sizeof(header), "HTTP_X_CSRF_TOKEN=%s", token_of(COOKIE));
	check_rows(w, rows, N_ELEMS(rows), "csrf");
	is_int(things(t), before, "forged requests change nothing");
	is_str(denied, "csrf token", "and are noted");
	check_rows(w, good, N_ELEMS(good), "own form");
	is_int(things(t), before + 4, "own requests do");
}

static void
test_door(struct webtest *w)
{
	char cookie[128], form[128];
	struct call c = {.uri = "/login"};
	const char *set;

	is_int(webtest_call(w, &c), 200, "the log-in form is shown");
	set = webtest_header(w, "Set-Cookie");
	ok(str_starts(set, "mp_door=") && strstr(set, "; HttpOnly"),
	    "with a door cookie");
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(set, ";"), set);
	snprintf(
	    form, sizeof(form), "csrf=%s", token_of(strchr(cookie, '=') + 1));
	ok(strstr(w->body, form + 5), "and its token in the form");
	c = (struct call){"POST", "/login", .body = "email=x"};
	is_int(webtest_call(w, &c), 403, "no log-in without cookie and token");
	c.body = form;
	is_int(webtest_call(w, &c), 403, "nor with the token alone");
	c.cookie = cookie;
	c.headers[0] = "HTTP_ORIGIN=https://evil.test";
	is_int(webtest_call(w, &c), 403, "nor from another site");
	c.headers[0] = NULL;
	is_int(webtest_call(w, &c), 303, "but with both from here");
	ok(strstr(webtest_header(w, "Set-Cookie"), "mp_session=fresh; Path=/; "
						   "SameSite=Lax; HttpOnly; "
						   "Max-Age=60"),
	    "and the session's cookie is set");
	is_str(webtest_header(w, "Cache-Control"), "no-store",
	    "which no cache may keep");
}

/* ---- answers ---- */

static void
test_headers(struct webtest *w)
{
	static const char *const always[][2] = {
	    {"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self'; font-src 'self'; connect-src 'self'; "
		"form-action 'self'; frame-ancestors 'none'; "
		"base-uri 'none'"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"Referrer-Policy", "same-origin"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"X-Request-Id", "0123456789abcdef0123456789abcdef"},
	    {"Cache-Control", "no-store"},
	};
	static const struct call calls[] = {{.uri = "/api/hello"},
	    {.uri = "/page", .cookie = WITH_COOKIE}, {.uri = "/nothing"},
	    {.uri = "/api/hello?q=1&q=2"}};
	struct call c = {.uri = "/api/hello", .tls = true};
	size_t n;

	for (size_t i = 0; i < N_ELEMS(calls); i++) {
		webtest_call(w, &calls[i]);
		for (size_t h = 0; h < N_ELEMS(always); h++)
			ok(str_eq(
			       webtest_header(w, always[h][0]), always[h][1]),
			    "answer %zu has %s", i, always[h][0]);
		ok(!*webtest_header(w, "Strict-Transport-Security"),
		    "answer %zu has no HSTS without TLS", i);
	}
	webtest_call(w, &(struct call){.uri = "/kept"});
	is_str(webtest_header(w, "Cache-Control"), "public, max-age=60",
	    "what anyone may see is kept as its handler says");
	webtest_call(w, &(struct call){.uri = "/kept", .cookie = WITH_COOKIE});
	is_str(webtest_header(w, "Cache-Control"), "public, max-age=60",
	    "also when somebody signed in asks for it");
	webtest_call(w, &(struct call){.uri = "/mine", .cookie = WITH_COOKIE});
	is_str(webtest_header(w, "Cache-Control"), "no-store",
	    "what is theirs is not, whatever it says");
	webtest_call(w,
	    &(struct call){"POST", "/api/late?how=policy", .bearer = "user"});
	is_str(webtest_header(w, "Content-Security-Policy"), "sandbox",
	    "a handler may have a policy of its own");
	is_str(webtest_header(w, "Cross-Origin-Resource-Policy"),
	    "cross-origin", "and show itself to others");
	webtest_call(w, &c);
	is_str(webtest_header(w, "Strict-Transport-Security"),
	    "max-age=63072000", "HSTS under TLS");
	n = strlen(w->body);
	c.method = "HEAD";
	is_int(webtest_call(w, &c), 200, "HEAD is answered as GET");
	ok(*w->body == '\0' &&
		(size_t)atoi(webtest_header(w, "Content-Length")) == n,
	    "with its length and without its body");
	c.headers[0] = "HTTP_IF_X=1";
	c.uri = "/api/nothing";
	is_int(webtest_call(w, &c), 404, "HEAD of nothing is 404");
	is_str(w->body, "", "without body too");
}

static void
test_problem(struct webtest *w)
{
	struct call c = {.uri = "/api/problem"};

	is_int(webtest_call(w, &c), 401, "a handler may answer a problem");
	is_str(w->body,
	    "{\"type\":\"about:blank\",\"title\":\"Sign-in needed\","
	    "\"status\":401,\"detail\":\"A second factor is needed.\","
	    "\"requestId\":\"0123456789abcdef0123456789abcdef\","
	    "\"errors\":[{\"field\":\"otp\",\"code\":\"otp_required\","
	    "\"message\":\"Enter the code.\"}],"
	    "\"error\":{\"code\":\"otp_required\","
	    "\"message\":\"A second factor is needed.\","
	    "\"details\":{\"errors\":[{\"field\":\"otp\","
	    "\"code\":\"otp_required\",\"message\":\"Enter the code.\"}]}}}",
	    "with every member of the contract");
	is_str(webtest_header(w, "Content-Type"), "application/problem+json",
	    "as problem+json");
	c.uri = "/api/slow";
	is_int(webtest_call(w, &c), 429, "a limit of a handler is 429");
	is_str(webtest_header(w, "Retry-After"), "17",
	    "with the handler's Retry-After");
	ok(webtest_header(w, "X-Accel-Limit-Rate")[0] != '\0',
	    "which nginx gives out slowly");
	is_str(webtest_header(w, "X-Lost"), "", "and no other header of it");
}

static void
test_pages(struct webtest *w)
{
	struct call c = {.uri = "/page", .cookie = WITH_COOKIE};
	char form[128];

	webtest_call(w, &c);
	ok(strstr(w->body, "[Page &amp; more|Acme &lt;Hosting&gt;|IM|"
			   "/static/test|/page]"),
	    "a page has title, brand, user, static and menu");
	ok(strstr(w->body, token_of(COOKIE)), "and the session's token");
	ok(!strstr(w->body, "FLASH"), "no flash that nobody set");
	snprintf(form, sizeof(form), "csrf=%s", token_of(COOKIE));
	webtest_call(
	    w, &(struct call){"POST", "/form", form, .cookie = WITH_COOKIE});
	webtest_call(w, &c);
	ok(strstr(w->body, "FLASH good ok Saved &lt;b&gt;."),
	    "a flash is shown on the next page");
	webtest_call(w, &c);
	ok(!strstr(w->body, "FLASH"), "and once");
	c.uri = "/broken";
	is_int(webtest_call(w, &c), 500, "a missing template is an error");
	ok(strstr(w->body, "Something broke here"), "said on a page");
	c.uri = "/much";
	is_int(webtest_call(w, &c), 503, "a page without memory is an error");
	ok(strstr(w->body, "Busy for a moment"), "said on a page too");
}
static void
test_all(struct testdb *t)
{
	struct webtest w;

	house_open(&w, t);
	test_line(&w);
	test_auth(&w);
	test_bodies(&w);
	test_parts(&w);
	test_kept_refusals(&w);
	test_csrf(&w, t);
	test_door(&w);
	test_headers(&w);
	test_problem(&w);
	test_pages(&w);
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
