/* intake.c - an order that is taken is sound, and the same however written.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/money.h"
#include "base/text.h"
#include "input.h"
#include "orders/intake.h"
#include "replay.h"

const char fuzz_name[] = "intake";

static enum err
read_intake(
    struct arena *a, const json_t *body, struct problems *p, struct intake *out)
{
	const struct json_in in = {body, "", p, a};

	problems_init(p, a);
	return intake_read(&in, "USD", out);
}

static void
check_text(const char *s, size_t max)
{
	if (!s)
		return;
	assert(*s && text_is_printable(s) && utf8_len(s) <= max);
}

static void
check_intake(const struct intake *in)
{
	assert(email_valid(in->email) && currency_valid(in->currency));
	check_text(in->payment_intent_id, 255);
	check_text(in->name, 254);
	check_text(in->phone, 40);
	check_text(in->line1, 200);
	check_text(in->line2, 200);
	check_text(in->city, 200);
	check_text(in->state, 200);
	check_text(in->postal_code, 20);
	check_text(in->coupon_code, 63);
	check_text(in->primary_domain, 255);
	assert(!in->country || strlen(in->country) == 2);
	assert(in->n_items >= 1 && in->n_items <= INTAKE_ITEMS_MAX);
	for (size_t i = 0; i < in->n_items; i++) {
		const struct intake_item *item = &in->item[i];

		assert(item->quantity >= 1);
		assert(item->quantity <= INTAKE_QUANTITY_MAX);
		assert(item->unit_price_minor >= 0);
		assert(item->period < PERIOD__MAX);
		check_text(item->product_code, 63);
		check_text(item->domain, 255);
	}
}

/* The canonical text is JSON, and what the hash is of. */
static void
check_canonical(struct arena *a, const struct intake *in)
{
	char hash[TOKEN_HASH_LEN];
	struct problems p;
	json_t *v = NULL;
	enum err e;

	problems_init(&p, a);
	content_hash(in->canonical, strlen(in->canonical), hash);
	assert(str_eq(hash, in->hash));
	e = json_parse(in->canonical, strlen(in->canonical), &p, &v);
	assert(e == OK && json_is_object(v));
	json_decref(v);
}

/* The same body with its members sorted is the same order. */
static void
check_other_writing(
    struct arena *a, const json_t *body, const struct intake *in)
{
	static struct intake other;
	const char *text = json_canonical(a, body);
	struct problems p;
	json_t *v = NULL;
	enum err e;

	assert(text);
	problems_init(&p, a);
	e = json_parse(text, strlen(text), &p, &v);
	assert(e == OK);
	e = read_intake(a, v, &p, &other);
	assert(e == OK && str_eq(in->canonical, other.canonical));
	json_decref(v);
}

/* That memory is short is not the caller's fault. */
static void
check_starved(const json_t *body, size_t n)
{
	static struct intake in;
	struct arena *a = arena_new(n % 61 * 64);
	struct problems p;
	enum err e;

	if (!a)
		return;
	e = read_intake(a, body, &p, &in);
	assert(arena_failed(a) ? e == E_BUSY : e != E_BUSY);
	arena_free(&a);
}

static void
check_body(struct arena *a, const json_t *body, size_t n)
{
	static struct intake in;
	const char *intent = intake_peek_intent(body);
	struct problems p;
	enum err e = read_intake(a, body, &p, &in);

	assert(e == OK || e == E_INPUT);
	assert((e == E_INPUT) == (p.n > 0));
	if (e == OK) {
		check_intake(&in);
		check_canonical(a, &in);
		check_other_writing(a, body, &in);
		assert(!intent ||
		       str_eq(str_trim(a, intent), in.payment_intent_id));
	}
	check_starved(body, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(32 * MEBIBYTE);
	struct problems p;
	json_t *body = NULL;

	problems_init(&p, a);
	if (json_parse((const char *)data, n, &p, &body) == OK &&
	    json_is_object(body))
		check_body(a, body, n);
	json_decref(body);
	arena_free(&a);
	return 0;
}
