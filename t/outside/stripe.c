/* stripe.c - tests of calls to Stripe against a mock that its own OpenAPI
 * document drives (t/lib/mock-stripe).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/stripe.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "oracle.h"
#include "outside/http.h"
#include "port.h"
#include "tap.h"

#define KEY "sk_test_0123456789"

static struct arena *a;
static struct http_client *http;
static struct stripe *stripe;
static char base[64];

/* Its pid, or -1 when it can't run here. */
static pid_t
start_mock(int port)
{
	const char *src = getenv("MPANEL_SRC");
	char program[4096], port_text[16], line[16] = "";
	int fd[2];
	pid_t pid;

	snprintf(
	    program, sizeof(program), "%s/t/lib/mock-stripe", src ? src : ".");
	snprintf(port_text, sizeof(port_text), "%d", port);
	if (pipe(fd) < 0 || (pid = fork()) < 0)
		bail("no fork");
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		close(fd[1]);
		execl(program, program, port_text, (char *)NULL);
		_exit(77);
	}
	close(fd[1]);
	if (read(fd[0], line, sizeof(line) - 1) <= 0) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(fd[0]);
	return pid;
}

/* The mock's next answer to a request. */
static void
script(const char *match, int status, const char *body)
{
	const char *rule = arena_printf(a,
	    "{\"match\":\"%s\",\"status\":%d,\"times\":1,\"body\":%s}", match,
	    status, body);
	const char *url = arena_printf(a, "%s/__mock", base);
	struct http_request rq = {
	    .url = url, .body = rule, .body_len = strlen(rule)};
	struct http_reply r;

	if (http_call(http, a, &rq, &r) != OK || r.status != 200)
		bail("cannot script the mock");
}

/* The last request that the mock saw; the caller's. */
static json_t *
last_request(void)
{
	const char *url = arena_printf(a, "%s/__mock", base);
	struct http_request rq = {.url = url};
	struct http_reply r;
	json_t *journal, *last;

	if (http_call(http, a, &rq, &r) != OK)
		bail("no journal");
	journal = json_loadb(r.body, r.len, 0, NULL);
	last = json_array_get(journal, json_array_size(journal) - 1);
	json_incref(last);
	json_decref(journal);
	return last;
}

static const char *
header(const json_t *request, const char *name)
{
	const char *s = json_string_value(
	    json_object_get(json_object_get(request, "headers"), name));

	return s ? s : "(absent)";
}

#define PAID                                                                   \
	"{\"id\":\"pi_1\",\"object\":\"payment_intent\","                      \
	"\"status\":\"succeeded\",\"amount\":4582,\"amount_received\":4582,"   \
	"\"currency\":\"usd\",\"livemode\":false,\"customer\":null,"           \
	"\"receipt_email\":\"client@example.com\"}"

static void
fetching(void)
{
	struct stripe_intent i = {0};
	json_t *seen;

	script("GET /v1/payment_intents/pi_1", 200, PAID);
	ok(stripe_intent_fetch(stripe, a, "pi_1", &i) == OK,
	    "an intent is fetched %s", stripe_reason(stripe));
	ok(i.id && str_eq(i.id, "pi_1") && str_eq(i.status, "succeeded") &&
		i.amount == 4582 && i.amount_received == 4582 &&
		str_eq(i.currency, "USD") && !i.livemode && !i.customer &&
		str_eq(i.receipt_email, "client@example.com"),
	    "with what is asked of it");
	seen = last_request();
	is_str(json_string_value(json_object_get(seen, "path")),
	    "/v1/payment_intents/pi_1", "by one GET");
	is_str(header(seen, "authorization"), "Bearer " KEY, "with the key");
	is_str(header(seen, "stripe-version"), "2023-08-16",
	    "and the version pinned");
	json_decref(seen);
	ok(stripe_intent_fetch(stripe, a, "pi_1PgafyB7WZ01zgkWSjxsAJo3", &i) ==
		    OK &&
		str_eq(i.status, "requires_payment_method"),
	    "Stripe's own sample object is understood");
	script("GET /v1/payment_intents/pi_2", 200, PAID);
	i = (struct stripe_intent){.amount = 77};
	ok(stripe_intent_fetch(stripe, a, "pi_2", &i) == E_NOTFOUND &&
		i.amount == 77,
	    "an answer about another intent is refused");
	ok(stripe_intent_fetch(stripe, a, "pi_../../v1/x", &i) == E_NOTFOUND,
	    "an id of a wrong form is not even asked for");
}

/* clang-format off */
static const struct refusal_case {
	int status;
	const char *body;
	enum err want;
} refusal_cases[] = {
	{ 404, "{\"error\":{\"code\":\"resource_missing\",\"type\":\"invalid_request_error\",\"message\":\"No such\"}}", E_NOTFOUND },
	{ 404, "{\"error\":{\"type\":\"invalid_request_error\"}}", E_REMOTE },
	{ 401, "{\"error\":{\"message\":\"Invalid API Key\"}}", E_DENIED },
	{ 403, "{\"error\":{\"message\":\"Not permitted\"}}", E_DENIED },
	{ 400, "{\"error\":{\"code\":\"charge_already_refunded\"}}", E_CONFLICT },
	{ 400, "{\"error\":{\"type\":\"idempotency_error\"}}", E_CONFLICT },
	{ 400, "{\"error\":{\"code\":\"parameter_unknown\"}}", E_INPUT },
	{ 402, "{\"error\":{\"code\":\"card_declined\"}}", E_INPUT },
	{ 409, "{\"error\":{\"code\":\"lock_timeout\"}}", E_REMOTE },
	{ 429, "{\"error\":{\"code\":\"rate_limit\"}}", E_REMOTE },
	{ 500, "{\"error\":{\"type\":\"api_error\"}}", E_REMOTE },
	{ 503, "\"busy\"", E_REMOTE },
	{ 302, "{}", E_REMOTE },
	{ 200, "[]", E_REMOTE },
	{ 200, "{}", E_REMOTE },
	{ 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount\":45.82,\"amount_received\":45.82,\"currency\":\"usd\"}", E_REMOTE },
	{ 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount\":\"45\",\"amount_received\":\"45\",\"currency\":\"usd\"}", E_REMOTE },
	{ 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount\":45,\"amount_received\":45,\"currency\":\"zzz\"}", E_REMOTE },
	{ 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount\":45,\"amount_received\":45}", E_REMOTE },
};
/* clang-format on */

static void
refusals(void)
{
	for (size_t i = 0; i < N_ELEMS(refusal_cases); i++) {
		const struct refusal_case *c = &refusal_cases[i];
		struct stripe_intent in = {.amount = 77};
		enum err e;

		script("GET /v1/payment_intents/pi_1", c->status, c->body);
		e = stripe_intent_fetch(stripe, a, "pi_1", &in);
		ok(e == c->want && in.amount == 77 &&
			stripe_reason(stripe)[0] &&
			!strstr(stripe_reason(stripe), KEY),
		    "answer %zu (%d) is error %d: %s", i, c->status, e,
		    stripe_reason(stripe));
	}
}

static void
refunding(void)
{
	struct stripe_refund r = {0};
	json_t *seen;

	script("POST /v1/refunds", 200,
	    "{\"id\":\"re_1\",\"status\":\"succeeded\",\"amount\":50000}");
	ok(stripe_refund_create(
	       stripe, a, "pi_1", 500, "UGX", "ours-1", "refund-1", &r) == OK &&
		str_eq(r.id, "re_1") && str_eq(r.status, "succeeded") &&
		r.amount == 500,
	    "a refund is made %s", stripe_reason(stripe));
	seen = last_request();
	is_str(json_string_value(json_object_get(seen, "body")),
	    "payment_intent=pi_1&amount=50000&metadata[mpanel_refund]=ours-1",
	    "in Stripe's own units");
	is_str(header(seen, "idempotency-key"), "refund-1", "with its key");
	json_decref(seen);
	ok(stripe_refund_create(
	       stripe, a, "pi_1", 100, "USD", "ours-2", "refund-2", &r) == OK,
	    "the document of the API accepts it %s", stripe_reason(stripe));
	ok(stripe_refund_create(stripe, a, "pi_1", 0, "USD", "o", "k", &r) ==
		    E_INPUT &&
		stripe_refund_create(
		    stripe, a, "pi_1", -5, "USD", "o", "k", &r) == E_INPUT &&
		stripe_refund_create(stripe, a, "x", 5, "USD", "o", "k", &r) ==
		    E_INPUT,
	    "nothing, less than nothing and no intent can't be refunded");
	ok(stripe_refund_create(
	       stripe, a, "pi_1", 5, "USD", "o", "k\r\nX: y", &r) == E_INPUT,
	    "a key with a line break is refused");
}

/* ---- what has become of refunds ---- */

#define LIST(refunds, has_more)                                                \
	"{\"object\":\"list\",\"data\":[" refunds "],\"has_more\":" has_more "}"
#define REFUND(id, status, ref)                                                \
	"{\"id\":\"" id "\",\"status\":\"" status "\",\"amount\":100,"         \
	"\"metadata\":{\"mpanel_refund\":\"" ref "\"}}"
#define FOREIGN                                                                \
	"{\"id\":\"re_0\",\"status\":\"succeeded\",\"amount\":100,\"metadata\":{}}"

/* clang-format off */
static const struct found_case {
	const char *list;
	enum err err;
	const char *id; /* NULL: none */
	int n_failed;
	const char *name;
} found_cases[] = {
	{ LIST("", "false"), OK, NULL, 0, "there is none" },
	{ LIST(FOREIGN "," REFUND("re_1", "succeeded", "other"), "false"), OK, NULL, 0,
	  "those of others are not ours" },
	{ LIST(FOREIGN "," REFUND("re_2", "pending", "ours"), "false"), OK, "re_2", 0,
	  "ours is found" },
	{ LIST(REFUND("re_3", "failed", "ours") "," REFUND("re_4", "canceled", "ours"),
	  "false"), OK, NULL, 2, "what failed is told apart" },
	{ LIST(REFUND("re_5", "failed", "ours") "," REFUND("re_6", "succeeded", "ours"),
	  "true"), OK, "re_6", 1, "one that came after it is found" },
	{ LIST(FOREIGN, "true"), E_CONFLICT, NULL, 0, "too many: nobody can say" },
	{ LIST("{\"metadata\":{\"mpanel_refund\":\"ours\"}}", "false"), E_REMOTE, NULL, 0,
	  "ours without an id makes no sense" },
	{ "{\"data\":{}}", E_REMOTE, NULL, 0, "a list that is none makes no sense" },
	{ "{}", E_REMOTE, NULL, 0, "nor does nothing" },
};
/* clang-format on */

static void
finding(void)
{
	json_t *seen;

	for (size_t i = 0; i < N_ELEMS(found_cases); i++) {
		const struct found_case *c = &found_cases[i];
		struct stripe_refunds f = {.n_failed = 0};

		script("GET /v1/refunds", 200, c->list);
		is_int(
		    stripe_refunds_find(stripe, a, "pi_1", "USD", "ours", &f),
		    c->err, c->name);
		if (c->err != OK)
			continue;
		is_str(f.is_there ? f.refund.id : NULL, c->id, c->name);
		is_int(f.n_failed, c->n_failed, "with those that failed");
	}
	seen = last_request();
	is_str(json_string_value(json_object_get(seen, "path")),
	    "/v1/refunds?payment_intent=pi_1&limit=100", "of that intent");
	json_decref(seen);
	ok(stripe_refunds_find(stripe, a, "pi_1&x=y", "USD", "ours",
	       &(struct stripe_refunds){.n_failed = 0}) == E_INPUT,
	    "an intent of a wrong form is refused");
}

static void
checkout(void)
{
	static const struct stripe_line lines[] = {
	    {"Starter & S\xc3\xb6hne", 2988, 1}, {"Set-up", 500, 2}};
	static const struct stripe_pair metadata[] = {
	    {"plan", "starter"}, {"a]b", "x=y"}};
	struct stripe_checkout c = {.currency = "USD",
	    .lines = lines,
	    .n_lines = 2,
	    .success_url = "https://shop.example.com/ok?a=1&b=2",
	    .cancel_url = "https://shop.example.com/no",
	    .customer_email = "client+x@example.com",
	    .reference = "ref-1",
	    .metadata = metadata,
	    .n_metadata = 2,
	    .idempotency_key = "checkout-1"};
	struct stripe_session s = {0};
	json_t *seen;

	script("POST /v1/checkout/sessions", 200,
	    "{\"id\":\"cs_1\",\"url\":\"https://pay.example.com/cs_1\"}");
	ok(stripe_checkout_create(stripe, a, &c, &s) == OK &&
		str_eq(s.id, "cs_1") &&
		str_eq(s.url, "https://pay.example.com/cs_1"),
	    "the document of the API accepts a checkout %s",
	    stripe_reason(stripe));
	seen = last_request();
	is_str(json_string_value(json_object_get(seen, "body")),
	    "mode=payment"
	    "&success_url=https%3A%2F%2Fshop.example.com%2Fok%3Fa%3D1%26b%3D2"
	    "&cancel_url=https%3A%2F%2Fshop.example.com%2Fno"
	    "&customer_email=client%2Bx%40example.com"
	    "&client_reference_id=ref-1"
	    "&metadata[plan]=starter"
	    "&payment_intent_data[metadata][plan]=starter"
	    "&metadata[a%5Db]=x%3Dy"
	    "&payment_intent_data[metadata][a%5Db]=x%3Dy"
	    "&line_items[0][price_data][currency]=USD"
	    "&line_items[0][price_data][product_data][name]="
	    "Starter%20%26%20S%C3%B6hne"
	    "&line_items[0][price_data][unit_amount]=2988"
	    "&line_items[0][quantity]=1"
	    "&line_items[1][price_data][currency]=USD"
	    "&line_items[1][price_data][product_data][name]=Set-up"
	    "&line_items[1][price_data][unit_amount]=500"
	    "&line_items[1][quantity]=2",
	    "every value is encoded");
	json_decref(seen);
	c.n_lines = 0;
	ok(stripe_checkout_create(stripe, a, &c, &s) == E_INPUT,
	    "a checkout of nothing is refused");
}

#define SESSION(id, status, paid)                                              \
	"{\"id\":\"" id                                                        \
	"\",\"object\":\"checkout.session\",\"status\":\"" status              \
	"\",\"payment_status\":\"" paid "\",\"payment_intent\":\"pi_9\","      \
	"\"amount_total\":1722,\"currency\":\"usd\",\"livemode\":false,"       \
	"\"client_reference_id\":\"ref-1\",\"url\":null}"

static void
sessions(void)
{
	struct stripe_session s = {0};
	json_t *seen;

	script("GET /v1/checkout/sessions/cs_1", 200,
	    SESSION("cs_1", "complete", "paid"));
	ok(stripe_session_fetch(stripe, a, "cs_1", &s) == OK &&
		str_eq(s.status, "complete") &&
		str_eq(s.payment_status, "paid") && str_eq(s.intent, "pi_9") &&
		s.has_amount && s.amount == 1722 && str_eq(s.currency, "USD") &&
		str_eq(s.reference, "ref-1") && !s.url && !s.livemode,
	    "a session says what has become of it");
	script("GET /v1/checkout/sessions/cs_2", 200,
	    SESSION("cs_1", "complete", "paid"));
	ok(stripe_session_fetch(stripe, a, "cs_2", &s) == E_REMOTE,
	    "an answer about another session is none");
	script("GET /v1/checkout/sessions/cs_3", 200, "{\"id\":\"cs_3\"}");
	ok(stripe_session_fetch(stripe, a, "cs_3", &s) == E_REMOTE,
	    "nor is one that does not say how it stands");
	script("GET /v1/checkout/sessions/cs_4", 404,
	    "{\"error\":{\"code\":\"resource_missing\"}}");
	ok(stripe_session_fetch(stripe, a, "cs_4", &s) == E_NOTFOUND,
	    "one that is not there is not there");
	ok(stripe_session_fetch(stripe, a, "cs_/../x", &s) == E_NOTFOUND &&
		stripe_session_fetch(stripe, a, "pi_1", &s) == E_NOTFOUND,
	    "what is no session's id is not asked for");
	script("POST /v1/checkout/sessions/cs_5/expire", 200,
	    SESSION("cs_5", "expired", "unpaid"));
	ok(stripe_session_expire(stripe, a, "cs_5", &s) == OK &&
		str_eq(s.status, "expired"),
	    "a session can be closed");
	seen = last_request();
	is_str(json_string_value(json_object_get(seen, "method")), "POST",
	    "by a call that changes something");
	json_decref(seen);
	script("POST /v1/checkout/sessions", 200,
	    "{\"id\":\"cs_6\",\"url\":\"javascript:alert(1)\"}");
	ok(stripe_checkout_create(stripe, a,
	       &(struct stripe_checkout){.currency = "USD",
		   .lines = &(const struct stripe_line){"x", 100, 1},
		   .n_lines = 1,
		   .success_url = "https://shop.example.com/ok",
		   .cancel_url = "https://shop.example.com/no",
		   .idempotency_key = "checkout-2"},
	       &s) == E_REMOTE,
	    "nobody is sent to what is no page");
}

static void
no_answer(int dead_port)
{
	struct stripe *gone;
	struct stripe_intent i;

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", dead_port);
	gone = stripe_new(base, KEY, 500);
	ok(stripe_intent_fetch(gone, a, "pi_1", &i) == E_REMOTE &&
		stripe_reason(gone)[0],
	    "nobody there is no answer: %s", stripe_reason(gone));
	stripe_free(&gone);
	ok(gone == NULL, "stripe_free() clears the pointer");
}

int
main(void)
{
	int port;
	pid_t mock;

	close(port_listen(&port));
	mock = start_mock(port);
	if (mock < 0) {
		printf("1..0 # SKIP the mock of Stripe can't run here\n");
		return 0;
	}
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", port);
	log_set_level(LOG__MAX);
	a = arena_new(1 << 26);
	http = http_client_new();
	stripe = stripe_new(base, KEY, 10000);
	fetching();
	refusals();
	refunding();
	finding();
	checkout();
	sessions();
	kill(mock, SIGTERM);
	waitpid(mock, NULL, 0);
	no_answer(port);
	stripe_free(&stripe);
	http_client_free(&http);
	arena_free(&a);
	return tap_done();
}
