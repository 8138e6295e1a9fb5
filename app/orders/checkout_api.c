/* checkout_api.c - POST /api/public/checkout: off to Stripe's own page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/stripe_api.h"

#include "base/text.h"
#include "billing/stripe_client.h"
#include "catalog/product.h"
#include "tenancy/tenant.h"

enum { URL_MAX = 2048, EMAIL_MAX = 254, WORD_MAX = 63 };

struct checkout {
	const char *plan_id, *slug;
	enum period period;
	const char *success_url, *cancel_url, *email;
	/* from the catalogue */
	struct product product;
	struct price price;
	const char *currency;
};

static bool
read_url(const struct json_in *in, const char *name, const char **out)
{
	if (!json_in_text(in, name, JSON_REQUIRED, URL_MAX, out))
		return false;
	if (str_starts(*out, "https://") || str_starts(*out, "http://"))
		return true;
	problem_add(in->problems, name, "bad_format",
	    "This is not an http or https address.");
	return false;
}

static bool
read_plan(const struct json_in *in, struct checkout *c)
{
	if (!json_in_text(in, "planId", JSON_OPTIONAL, 36, &c->plan_id) ||
	    !json_in_text(in, "slug", JSON_OPTIONAL, WORD_MAX, &c->slug))
		return false;
	if (!c->plan_id && !c->slug) {
		problem_add(in->problems, "slug", "required",
		    "Name the plan by planId or slug.");
		return false;
	}
	if (c->plan_id && !id_valid(c->plan_id)) {
		problem_add(in->problems, "planId", "bad_format",
		    "This is not a plan's id.");
		return false;
	}
	return true;
}

static bool
read_term(const struct json_in *in, struct checkout *c)
{
	const char *word;

	if (!json_in_text(in, "term", JSON_REQUIRED, WORD_MAX, &word))
		return false;
	if (period_parse(word, &c->period))
		return true;
	problem_add(in->problems, "term", "not_in_list",
	    "This is not a billing period.");
	return false;
}

static enum err
read_checkout(struct request *rq, struct checkout *c)
{
	static const char *const known[] = {
	    "planId", "slug", "term", "successUrl", "cancelUrl", "email"};
	struct json_in in = request_json(rq);
	bool good = json_in_known(&in, known, N_ELEMS(known));

	good &= read_plan(&in, c);
	good &= read_term(&in, c);
	good &= read_url(&in, "successUrl", &c->success_url);
	good &= read_url(&in, "cancelUrl", &c->cancel_url);
	good &= json_in_text(&in, "email", JSON_OPTIONAL, EMAIL_MAX, &c->email);
	if (good && c->email && !email_valid(c->email)) {
		problem_add(&rq->problems, "email", "bad_format",
		    "This is not an e-mail address.");
		good = false;
	}
	return good ? OK : E_INPUT;
}

static enum err
find_price(struct tx *tx, struct checkout *c)
{
	struct tenant tenant;
	struct id id;
	enum err e = tenant_get(tx, &tx->tenant, &tenant);

	if (e != OK)
		return e;
	c->currency = tenant.currency;
	if (c->plan_id) {
		id = id_of(c->plan_id);
		e = product_get(tx, &id, &c->product);
	} else {
		e = product_find(tx, c->slug, &c->product);
	}
	if (e == E_NOTFOUND || (e == OK && !c->product.is_active)) {
		problem_add(tx->problems, c->plan_id ? "planId" : "slug",
		    "not_found", "There is no such plan.");
		return E_INPUT;
	}
	if (e == OK)
		e = product_price(
		    tx, &c->product.id, c->period, c->currency, &c->price);
	if (e != E_NOTFOUND)
		return e;
	problem_add(tx->problems, "term", "not_in_list",
	    "This plan is not sold for that term.");
	return E_INPUT;
}

static enum err
ask_stripe(
    struct request *rq, const struct checkout *c, struct stripe_session *out)
{
	struct stripe *stripe = stripe_client(rq->settings);
	const struct stripe_line line = {
	    .name = c->product.name,
	    .unit_amount = c->price.price_minor + c->price.setup_fee_minor,
	    .quantity = 1,
	};
	const struct stripe_pair metadata[] = {
	    {"productSlug", c->product.code},
	    {"billingPeriod", period_info(c->period)->word},
	};
	struct id key = id_new(rq->now * 1000);

	if (!stripe)
		return E_BUSY;
	return stripe_checkout_create(stripe, rq->arena,
	    &(struct stripe_checkout){
		.currency = c->currency,
		.lines = &line,
		.n_lines = 1,
		.success_url = c->success_url,
		.cancel_url = c->cancel_url,
		.customer_email = c->email,
		.metadata = metadata,
		.n_metadata = N_ELEMS(metadata),
		.idempotency_key = key.s,
	    },
	    out);
}

static enum err
post_checkout(struct request *rq)
{
	struct checkout c = {.plan_id = NULL};
	struct stripe_session session;
	struct json_out *w;
	struct tx tx;
	int half = pool_size() / 2 > 0 ? pool_size() / 2 : 1;
	enum err e = read_checkout(rq, &c);

	if (e != OK)
		return e;
	if (!stripe_is_configured(rq->settings)) {
		reply_problem(rq, 409, "not_configured",
		    "No Stripe key is set (stripe_secret_key).");
		return OK;
	}
	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_READ, &tx)) != OK)
		return e;
	e = find_price(&tx, &c);
	tx_rollback(&tx);
	if (e != OK)
		return e;
	if (!slot_take(SLOT_STRIPE, half))
		return E_BUSY;
	e = ask_stripe(rq, &c, &session);
	slot_give(SLOT_STRIPE);
	if (e != OK)
		return e == E_INPUT || e == E_DENIED ? E_REMOTE : e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "url", session.url);
	json_str(w, "id", session.id);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route checkout_routes[] = {
	/* asks Stripe in between */
	{POST,	"/api/public/checkout",	POOL_INTAKE, AUTH_TENANT, PERM__UNSET,
		BODY_JSON, ROUTE_OWN_TX, post_checkout, "checkout.start"},
	{0}
};
/* clang-format on */
