/* intake.c - what a paid order must look like, and when two calls are one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/json.h"
#include "orders/intake.h"
#include "shop.h"
#include "tap.h"

static struct arena *arena;
static struct problems problems;

static enum err
read_intake(const char *body, struct intake *out)
{
	struct json_in in = {
	    .path = "",
	    .problems = &problems,
	    .arena = arena,
	};
	json_t *json = NULL;
	enum err e;

	problems_init(&problems, arena);
	if (json_parse(body, strlen(body), &problems, &json) != OK)
		bail("no JSON: %s", body);
	in.obj = json;
	e = intake_read(&in, "USD", out);
	json_decref(json);
	return e;
}

/* ---- the contract's example ---- */

static void
test_example(void)
{
	struct intake in;

	is_int(read_intake(SHOP_EXAMPLE, &in), OK, "the example is read");
	is_str(in.payment_intent_id, "pi_xxx", "its intent");
	is_str(in.email, "client@example.com", "its e-mail");
	is_str(in.name, "Client Name", "its name");
	is_str(in.primary_domain, "techstartup.net", "its domain");
	is_str(in.currency, "USD", "the tenant's currency");
	is_int((int64_t)in.n_items, 3, "its items");
	is_int(in.item[0].unit_price_minor, 2988, "prices in minor units");
	is_int(in.item[0].period, PERIOD_YEAR, "a year");
	is_int(in.item[2].period, PERIOD_MONTH, "a month");
	ok(in.item[1].domain == NULL, "an item without a domain has none");
}

/* ---- what is malformed ---- */

#define ITEM	     "{\"productSlug\":\"starter\",\"billingPeriod\":\"year\"}"
#define HEAD	     "{\"stripePaymentIntentId\":\"pi\",\"customerEmail\":\"a@b.test\""
#define WITH(member) HEAD "," member ",\"items\":[" ITEM "]}"
#define ONE(members)                                                           \
	HEAD ",\"items\":[{\"productSlug\":\"starter\","                       \
	     "\"billingPeriod\":\"year\"," members "}]}"

/* clang-format off */
static const struct {
	const char *body, *field, *code;
} bad[] = {
	{"{\"customerEmail\":\"a@b.test\",\"items\":[" ITEM "]}",
		"stripePaymentIntentId", "required"},
	{"{\"stripePaymentIntentId\":\"\",\"customerEmail\":\"a@b.test\",\"items\":[" ITEM "]}",
		"stripePaymentIntentId", "required"},
	{"{\"stripePaymentIntentId\":7,\"customerEmail\":\"a@b.test\",\"items\":[" ITEM "]}",
		"stripePaymentIntentId", "wrong_type"},
	{"{\"stripePaymentIntentId\":\"a b\",\"customerEmail\":\"a@b.test\",\"items\":[" ITEM "]}",
		"stripePaymentIntentId", "bad_format"},
	{WITH("\"paymentIntentId\":\"pi\""), "paymentIntentId", "not_allowed"},
	{"{\"stripePaymentIntentId\":\"pi\",\"items\":[" ITEM "]}", "customerEmail", "required"},
	{"{\"stripePaymentIntentId\":\"pi\",\"customerEmail\":null,\"items\":[" ITEM "]}",
		"customerEmail", "required"},
	{"{\"stripePaymentIntentId\":\"pi\",\"customerEmail\":\"nobody\",\"items\":[" ITEM "]}",
		"customerEmail", "bad_format"},
	{"{\"stripePaymentIntentId\":\"pi\",\"customerEmail\":[],\"items\":[" ITEM "]}",
		"customerEmail", "wrong_type"},
	{HEAD "}", "items", "required"},
	{HEAD ",\"items\":[]}", "items", "out_of_range"},
	{HEAD ",\"items\":{}}", "items", "wrong_type"},
	{HEAD ",\"items\":[7]}", "items[0]", "wrong_type"},
	{HEAD ",\"items\":[" ITEM ",{\"billingPeriod\":\"year\"}]}",
		"items[1].productSlug", "required"},
	{HEAD ",\"items\":[{\"productSlug\":\"x\"}]}", "items[0].billingPeriod", "required"},
	{HEAD ",\"items\":[{\"productSlug\":\"x\",\"billingPeriod\":\"week\"}]}",
		"items[0].billingPeriod", "not_in_list"},
	{HEAD ",\"items\":[{\"productSlug\":\"x\",\"billingPeriod\":1}]}",
		"items[0].billingPeriod", "wrong_type"},
	{ONE("\"qty\":0"), "items[0].qty", "out_of_range"},
	{ONE("\"qty\":-1"), "items[0].qty", "out_of_range"},
	{ONE("\"qty\":1001"), "items[0].qty", "out_of_range"},
	{ONE("\"qty\":1.5"), "items[0].qty", "wrong_type"},
	{ONE("\"qty\":\"1\""), "items[0].qty", "wrong_type"},
	{ONE("\"qty\":1e400"), "items[0].qty", "wrong_type"},
	{ONE("\"unitPrice\":29.885"), "items[0].unitPrice", "bad_format"},
	{ONE("\"unitPrice\":\"29,88\""), "items[0].unitPrice", "bad_format"},
	{ONE("\"unitPrice\":-1"), "items[0].unitPrice", "out_of_range"},
	{ONE("\"unitPrice\":10000000000"), "items[0].unitPrice", "out_of_range"},
	{ONE("\"unitPrice\":1e30"), "items[0].unitPrice", "bad_format"},
	{ONE("\"unitPrice\":true"), "items[0].unitPrice", "wrong_type"},
	{ONE("\"quantity\":1"), "items[0].quantity", "unknown_field"},
	{ONE("\"domain\":7"), "items[0].domain", "wrong_type"},
	{WITH("\"currency\":\"XXY\""), "currency", "not_in_list"},
	{WITH("\"currency\":\"usd\""), "currency", "not_in_list"},
	{WITH("\"currency\":840"), "currency", "wrong_type"},
	{WITH("\"colour\":1"), "colour", "unknown_field"},
	{WITH("\"primaryDomain\":1"), "primaryDomain", "wrong_type"},
	{WITH("\"customerName\":\"a\\u0007b\""), "customerName", "bad_format"},
	{WITH("\"address\":\"here\""), "address", "wrong_type"},
	{WITH("\"address\":{\"line3\":\"\"}"), "address.line3", "unknown_field"},
	{WITH("\"address\":{\"city\":1}"), "address.city", "wrong_type"},
	{WITH("\"address\":{\"country\":\"Germany\"}"), "address.country", "too_long"},
	{WITH("\"address\":{\"country\":\"D\"}"), "address.country", "bad_format"},
	{WITH("\"address\":{\"country\":\"1x\"}"), "address.country", "bad_format"},
	{WITH("\"metadata\":[]"), "metadata", "wrong_type"},
};
/* clang-format on */

static bool
noted(const char *field, const char *code)
{
	for (size_t i = 0; i < problems_kept(&problems); i++) {
		if (strcmp(problems.item[i].field, field) == 0 &&
		    strcmp(problems.item[i].code, code) == 0)
			return true;
	}
	return false;
}

static void
test_bad(void)
{
	struct intake in;

	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		if (!ok(read_intake(bad[i].body, &in) == E_INPUT &&
			    problems.n == 1 && noted(bad[i].field, bad[i].code),
			"%zu: %s is %s", i, bad[i].field, bad[i].code))
			note("%zu problems, first %s %s", problems.n,
			    problems.item[0].field, problems.item[0].code);
	}
}

static void
test_every_wrong_field(void)
{
	struct intake in;

	is_int(read_intake("{\"stripePaymentIntentId\":1,\"x\":1,"
			   "\"items\":[{\"qty\":0,\"y\":1}]}",
		   &in),
	    E_INPUT, "many mistakes in one call");
	ok(noted("stripePaymentIntentId", "wrong_type") &&
		noted("customerEmail", "required") &&
		noted("x", "unknown_field") &&
		noted("items[0].qty", "out_of_range") &&
		noted("items[0].y", "unknown_field") &&
		noted("items[0].productSlug", "required") &&
		noted("items[0].billingPeriod", "required"),
	    "are all named");
}

static const char *
many_items(int n)
{
	struct buf b;
	const char *text;

	buf_init(&b, 0);
	buf_puts(&b, HEAD ",\"items\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s" ITEM, i ? "," : "");
	buf_puts(&b, "]}");
	text = arena_strdup(arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

static void
test_limits(void)
{
	struct intake in;

	is_int(read_intake(many_items(100), &in), OK, "100 items are read");
	is_int(read_intake(many_items(101), &in), E_INPUT, "101 are too many");
	ok(noted("items", "out_of_range"), "which is said of items");
	is_int(read_intake(ONE("\"qty\":1000"), &in), OK, "a quantity of 1000");
	is_int(
	    read_intake(ONE("\"qty\":2.0"), &in), OK, "2.0 is a whole number");
	is_int(in.item[0].quantity, 2, "namely 2");
}

/* ---- words ---- */

static const struct {
	const char *word;
	enum period period;
} words[] = {
    {"once", PERIOD_ONCE},
    {"month", PERIOD_MONTH},
    {"quarter", PERIOD_QUARTER},
    {"halfyear", PERIOD_HALFYEAR},
    {"year", PERIOD_YEAR},
    {"2years", PERIOD_2YEARS},
    {"3years", PERIOD_3YEARS},
    {"monthly", PERIOD_MONTH},
    {"quarterly", PERIOD_QUARTER},
    {"semiannually", PERIOD_HALFYEAR},
    {"annually", PERIOD_YEAR},
    {"biennially", PERIOD_2YEARS},
    {"triennially", PERIOD_3YEARS},
};

static void
test_words(void)
{
	struct intake in;

	for (size_t i = 0; i < N_ELEMS(words); i++) {
		const char *body = arena_printf(arena,
		    HEAD ",\"items\":[{\"productSlug\":\"x\","
			 "\"billingPeriod\":\"%s\"}]}",
		    words[i].word);

		ok(read_intake(body, &in) == OK &&
			in.item[0].period == words[i].period,
		    "%zu: '%s' is a period", i, words[i].word);
	}
	is_int(read_intake("{\"paymentIntentId\":\"pi_2\",\"customerEmail\":"
			   "\"a@b.test\",\"items\":[" ITEM "]}",
		   &in),
	    OK, "paymentIntentId names the intent as well");
	is_str(in.payment_intent_id, "pi_2", "and is taken");
	is_int(read_intake("{\"paymentIntentId\":\"pi_2\","
			   "\"stripePaymentIntentId\":null,\"customerEmail\":"
			   "\"a@b.test\",\"items\":[" ITEM "]}",
		   &in),
	    OK, "beside the other name with null");
	is_int(read_intake(WITH("\"customerName\":\"\""), &in), OK,
	    "an empty name is none");
	is_str(in.name, "a@b.test", "so the e-mail stands in");
	is_int(read_intake(WITH("\"address\":{\"country\":\"de\"}"), &in), OK,
	    "a country in lower case");
	is_str(in.country, "DE", "is kept in upper case");
}

/* ---- one call or two ---- */

#define SAME(members, period)                                                  \
	HEAD ",\"items\":[{\"productSlug\":\"starter\"," members               \
	     "\"billingPeriod\":\"" period "\"}]}"

/* clang-format off */
static const struct {
	const char *a, *b;
	bool is_same;
} pairs[] = {
	{WITH("\"customerName\":\"X\",\"primaryDomain\":\"x.test\""),
	 "{\"items\":[" ITEM "],\"primaryDomain\":\"x.test\",\"customerName\":\"X\","
	 "\"customerEmail\":\"a@b.test\",\"stripePaymentIntentId\":\"pi\"}", true},
	{ONE("\"unitPrice\":29.88"),	ONE("\"unitPrice\":\"29.88\""),		true},
	{ONE("\"unitPrice\":29.88"),	ONE("\"unitPrice\":2988e-2"),		true},
	{ONE("\"unitPrice\":30"),	ONE("\"unitPrice\":30.00"),		true},
	{ONE("\"qty\":1"),		ONE("\"domain\":null"),			true},
	{ONE("\"qty\":1"),		ONE("\"domain\":\"\""),			true},
	{ONE("\"qty\":1"),		ONE("\"qty\":1.0"),			true},
	{SAME("", "year"),		SAME("", "annually"),			true},
	{WITH("\"couponCode\":null"),	WITH("\"metadata\":{}"),		true},
	{WITH("\"couponCode\":\"\""),	WITH("\"customerPhone\":\"\""),		true},
	{WITH("\"currency\":\"USD\""),	WITH("\"currency\":null"),		true},
	{WITH("\"address\":{}"),	WITH("\"address\":null"),		true},
	{WITH("\"metadata\":{\"a\":1,\"b\":2.0}"), WITH("\"metadata\":{\"b\":2,\"a\":1}"), true},
	{ONE("\"unitPrice\":29.88"),	ONE("\"unitPrice\":29.87"),		false},
	{ONE("\"unitPrice\":29.88"),	ONE("\"qty\":1"),			false},
	{ONE("\"unitPrice\":0"),	ONE("\"qty\":1"),			false},
	{ONE("\"qty\":1"),		ONE("\"qty\":2"),			false},
	{ONE("\"qty\":1"),		ONE("\"domain\":\"x.test\""),		false},
	{SAME("", "year"),		SAME("", "month"),			false},
	{WITH("\"currency\":\"USD\""),	WITH("\"currency\":\"EUR\""),		false},
	{WITH("\"customerName\":\"A\""), WITH("\"customerName\":\"B\""),	false},
	{WITH("\"customerPhone\":\"1\""), WITH("\"couponCode\":\"1\""),		false},
	{WITH("\"primaryDomain\":\"a.test\""), WITH("\"primaryDomain\":\"b.test\""), false},
	{WITH("\"address\":{\"line1\":\"x\"}"), WITH("\"address\":{\"line2\":\"x\"}"), false},
	{WITH("\"metadata\":{\"a\":1}"), WITH("\"metadata\":{\"a\":\"1\"}"),	false},
	{HEAD ",\"items\":[" ITEM "]}",	HEAD ",\"items\":[" ITEM "," ITEM "]}",	false},
};
/* clang-format on */

/* The longest body whose bytes are all escaped in the canonical text. */
static void
test_longest(void)
{
	static char name[200 * 1024];
	struct intake in;
	struct buf body;

	memset(name, 0x7f, sizeof(name) - 1);
	buf_init(&body, 0);
	buf_printf(&body, WITH("\"metadata\":{\"a\":\"%s\"}"), name);
	is_int(read_intake(buf_str(&body), &in), OK,
	    "what is longer in canonical form than as it came is read");
	buf_fini(&body);
}

static void
test_pairs(void)
{
	struct intake a, b;

	for (size_t i = 0; i < N_ELEMS(pairs); i++) {
		if (read_intake(pairs[i].a, &a) != OK ||
		    read_intake(pairs[i].b, &b) != OK)
			bail("pair %zu can't be read: %s %s", i,
			    problems.item[0].field, problems.item[0].code);
		if (!ok((strcmp(a.hash, b.hash) == 0) == pairs[i].is_same,
			"%zu: %s", i,
			pairs[i].is_same ? "one call written in two ways"
					 : "a changed call is another one"))
			note("%s\n# %s", a.canonical, b.canonical);
	}
}

static void
test_peek(void)
{
	json_t *v;
	const char *bodies[] = {
	    "{\"paymentIntentId\":\"pi\",\"items\":7}",
	    "{\"stripePaymentIntentId\":8,\"paymentIntentId\":\"pi\"}",
	    "{\"stripePaymentIntentId\":1.5}",
	    "{}",
	    "[]",
	};

	for (size_t i = 0; i < N_ELEMS(bodies); i++) {
		const char *got;

		if (json_parse(bodies[i], strlen(bodies[i]), &problems, &v) !=
		    OK)
			bail("peek %zu", i);
		got = intake_peek_intent(v);
		ok(i < 2 ? got && strcmp(got, "pi") == 0 : got == NULL,
		    "%zu: the intent of a broken call is found", i);
		json_decref(v);
	}
}

int
main(void)
{
	if (secret_init() != OK || !(arena = arena_new(16 << 20)))
		bail("no memory");
	test_example();
	test_bad();
	test_every_wrong_field();
	test_limits();
	test_words();
	test_pairs();
	test_longest();
	test_peek();
	arena_free(&arena);
	return tap_done();
}
