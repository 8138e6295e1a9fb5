/* intake_read.c - read a paid order from JSON, naming each wrong field.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/intake.h"

#include <string.h>

#include "base/money.h"
#include "base/text.h"

/* Longest texts, in characters. */
enum {
	INTENT_MAX = 255,
	NAME_MAX_CHARS = 200,
	EMAIL_MAX = 254,
	PHONE_MAX = 40,
	LINE_MAX_CHARS = 200,
	CODE_MAX = 63,
	DOMAIN_MAX = 255,
	COUPON_MAX = 63,
	WORD_MAX = 20
};

static const char *const intake_names[] = {
    "stripePaymentIntentId",
    "paymentIntentId",
    "customerEmail",
    "customerName",
    "customerPhone",
    "items",
    "primaryDomain",
    "currency",
    "couponCode",
    "address",
    "metadata",
};

static const char *const item_names[] = {
    "productSlug", "qty", "unitPrice", "billingPeriod", "domain",
    "productId", /* by hand only */
};
enum { ITEM_NAMES = N_ELEMS(item_names) - 1, ID_MAX = 36 };

static const char *const address_names[] = {
    "line1",
    "line2",
    "city",
    "state",
    "postalCode",
    "country",
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_absent(const json_t *v)
{
	return !v || json_is_null(v);
}

/* Optional text; empty is the same as absent. */
static bool
read_optional(
    const struct json_in *in, const char *name, size_t max, const char **out)
{
	const char *s = NULL;

	if (!json_in_text(in, name, JSON_OPTIONAL, max, &s))
		return false;
	*out = s && s[0] ? s : NULL;
	return true;
}

/* Intents are the processor's ids: printable ASCII without white space. */
static bool
intent_valid(const char *s)
{
	for (; *s; s++) {
		if (*s <= ' ' || *s > '~')
			return false;
	}
	return true;
}

static bool
read_intent(const struct json_in *in, struct intake *out)
{
	const char *name = "stripePaymentIntentId", *other = "paymentIntentId";
	bool is_other = !is_absent(json_object_get(in->obj, other));

	if (is_other && !is_absent(json_object_get(in->obj, name))) {
		problem_add(in->problems, other, "not_allowed",
		    "Name the payment intent once: %s or %s.", name, other);
		return false;
	}
	if (is_other)
		name = other;
	if (!json_in_text(
		in, name, JSON_REQUIRED, INTENT_MAX, &out->payment_intent_id))
		return false;
	if (intent_valid(out->payment_intent_id))
		return true;
	problem_add(in->problems, name, "bad_format",
	    "A payment intent is one word of printable ASCII.");
	return false;
}

static bool
read_email(const struct json_in *in, struct intake *out)
{
	if (!json_in_text(
		in, "customerEmail", JSON_REQUIRED, EMAIL_MAX, &out->email))
		return false;
	if (email_valid(out->email))
		return true;
	problem_add(in->problems, "customerEmail", "bad_format",
	    "This is not an e-mail address.");
	return false;
}

static bool
read_currency(
    const struct json_in *in, const char *fallback, struct intake *out)
{
	const char *s = fallback;

	if (!json_in_text(in, "currency", JSON_OPTIONAL, 3, &s))
		return false;
	if (currency_valid(s)) {
		out->currency = s;
		return true;
	}
	problem_add(in->problems, "currency", "not_in_list",
	    "This is not a currency code of ISO 4217, such as USD.");
	return false;
}

/* Two letters (ISO 3166-1); tax rules have them in upper case. */
bool
intake_read_country(const struct json_in *in, const char **out)
{
	const char *s = NULL;

	if (!read_optional(in, "country", 2, &s))
		return false;
	if (!s)
		return true;
	if (is_letter(s[0]) && is_letter(s[1])) {
		*out = str_upper(in->arena, s);
		return true;
	}
	problem_add(in->problems,
	    arena_printf(in->arena, "%s.country", in->path), "bad_format",
	    "This is not a country code of two letters, such as US.");
	return false;
}

static bool
read_address(const struct json_in *in, struct intake *out)
{
	const json_t *obj = NULL;
	struct json_in at = *in;
	const struct {
		const char *name;
		size_t max;
		const char **text;
	} fields[] = {
	    {"line1", LINE_MAX_CHARS, &out->line1},
	    {"line2", LINE_MAX_CHARS, &out->line2},
	    {"city", LINE_MAX_CHARS, &out->city},
	    {"state", LINE_MAX_CHARS, &out->state},
	    {"postalCode", WORD_MAX, &out->postal_code},
	};
	bool good;

	if (!json_in_object(in, "address", JSON_OPTIONAL, &obj))
		return false;
	if (!obj)
		return true;
	at.obj = obj;
	at.path = "address";
	good = json_in_known(&at, address_names, N_ELEMS(address_names));
	for (size_t i = 0; i < N_ELEMS(fields); i++)
		good &= read_optional(
		    &at, fields[i].name, fields[i].max, fields[i].text);
	return intake_read_country(&at, &out->country) && good;
}

static bool
read_metadata(const struct json_in *in, struct intake *out)
{
	const json_t *obj = NULL;

	if (!json_in_object(in, "metadata", JSON_OPTIONAL, &obj))
		return false;
	out->metadata = obj ? json_canonical(in->arena, obj) : "{}";
	return true;
}

static bool
read_period(const struct json_in *in, struct intake_item *item)
{
	const char *word;

	if (!json_in_text(in, "billingPeriod", JSON_REQUIRED, WORD_MAX, &word))
		return false;
	if (period_parse(word, &item->period))
		return true;
	problem_add(in->problems,
	    arena_printf(in->arena, "%s.billingPeriod", in->path),
	    "not_in_list",
	    "A billing period is one of month, quarter, halfyear, year, "
	    "2years, 3years, once.");
	return false;
}

static bool
read_price(
    const struct json_in *in, const char *currency, struct intake_item *item)
{
	item->has_price = !is_absent(json_object_get(in->obj, "unitPrice"));
	if (!item->has_price)
		return true;
	if (!json_in_money(in, "unitPrice", JSON_REQUIRED, currency,
		&item->unit_price_minor))
		return false;
	if (item->unit_price_minor >= 0)
		return true;
	problem_add(in->problems,
	    arena_printf(in->arena, "%s.unitPrice", in->path), "out_of_range",
	    "A price is not negative.");
	return false;
}

static bool
read_product(const struct json_in *in, struct intake_item *item, bool by_hand)
{
	bool by_id =
	    by_hand && !is_absent(json_object_get(in->obj, "productId"));

	if (!by_id)
		return json_in_text(in, "productSlug", JSON_REQUIRED, CODE_MAX,
		    &item->product_code);
	if (is_absent(json_object_get(in->obj, "productSlug")))
		return json_in_text(
		    in, "productId", JSON_REQUIRED, ID_MAX, &item->product_id);
	problem_add(in->problems,
	    arena_printf(in->arena, "%s.productId", in->path), "not_allowed",
	    "Name the product once: productSlug or productId.");
	return false;
}

static bool
read_item(const struct json_in *in, const char *currency,
    struct intake_item *item, bool by_hand)
{
	bool good =
	    json_in_known(in, item_names, ITEM_NAMES + (by_hand ? 1 : 0));

	item->quantity = 1;
	good &= read_product(in, item, by_hand);
	good &= json_in_int(
	    in, "qty", JSON_OPTIONAL, 1, INTAKE_QUANTITY_MAX, &item->quantity);
	good &= read_price(in, currency, item);
	good &= read_period(in, item);
	good &= read_optional(in, "domain", DOMAIN_MAX, &item->domain);
	return good;
}

static bool
read_items(const struct json_in *in, struct intake *out, bool by_hand)
{
	const json_t *list = NULL;
	bool good = true;

	if (!json_in_array(
		in, "items", JSON_REQUIRED, 1, INTAKE_ITEMS_MAX, &list))
		return false;
	out->n_items = json_array_size(list);
	for (size_t i = 0; i < out->n_items; i++) {
		struct json_in at = *in;

		at.obj = json_array_get(list, i);
		at.path = arena_printf(in->arena, "items[%zu]", i);
		if (!at.path)
			return false;
		if (!json_is_object(at.obj)) {
			problem_add(in->problems, at.path, "wrong_type",
			    "An item is a JSON object.");
			good = false;
			continue;
		}
		good &= read_item(&at, out->currency, &out->item[i], by_hand);
	}
	return good;
}

bool
intake_read_items(
    const struct json_in *in, const char *currency, struct intake *out)
{
	out->currency = currency;
	return read_items(in, out, true);
}

/* Only known text goes in: absent optional members are left out, so that null
 * and absent are the same call. */
static void
canonical_text(struct json_out *w, const char *name, const char *s)
{
	if (s)
		json_str(w, name, s);
}

static void
canonical_item(struct json_out *w, const struct intake_item *item)
{
	json_open(w, NULL, '{');
	canonical_text(w, "domain", item->domain);
	json_str(w, "period", period_info(item->period)->word);
	json_str(w, "product", item->product_code);
	json_int(w, "quantity", item->quantity);
	if (item->has_price)
		json_int(w, "unitPriceMinor", item->unit_price_minor);
	json_close(w, '}');
}

enum err
intake_make_canonical(struct arena *a, struct intake *in)
{
	struct buf b;
	struct json_out w;
	enum err e;

	/* A DEL of one byte becomes an escape of six. */
	buf_init(&b, 8 * (size_t)JSON_BODY_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_open(&w, "address", '{');
	canonical_text(&w, "city", in->city);
	canonical_text(&w, "country", in->country);
	canonical_text(&w, "line1", in->line1);
	canonical_text(&w, "line2", in->line2);
	canonical_text(&w, "postalCode", in->postal_code);
	canonical_text(&w, "state", in->state);
	json_close(&w, '}');
	canonical_text(&w, "coupon", in->coupon_code);
	json_str(&w, "currency", in->currency);
	canonical_text(&w, "email", in->email);
	canonical_text(&w, "intent", in->payment_intent_id);
	json_open(&w, "items", '[');
	for (size_t i = 0; i < in->n_items; i++)
		canonical_item(&w, &in->item[i]);
	json_close(&w, ']');
	json_raw(&w, "metadata", in->metadata);
	canonical_text(&w, "name", in->name);
	canonical_text(&w, "phone", in->phone);
	canonical_text(&w, "primaryDomain", in->primary_domain);
	json_close(&w, '}');
	in->canonical = arena_strndup(a, buf_str(&b), b.len);
	content_hash(buf_str(&b), b.len, in->hash);
	e = buf_failed(&b) || !in->canonical ? E_BUSY : OK;
	buf_fini(&b);
	return e;
}

enum err
intake_read(const struct json_in *in, const char *currency, struct intake *out)
{
	bool good = json_in_known(in, intake_names, N_ELEMS(intake_names));

	memset(out, 0, sizeof(*out));
	good &= read_intent(in, out);
	good &= read_email(in, out);
	good &= read_optional(in, "customerName", NAME_MAX_CHARS, &out->name);
	good &= read_optional(in, "customerPhone", PHONE_MAX, &out->phone);
	good &= read_optional(
	    in, "primaryDomain", DOMAIN_MAX, &out->primary_domain);
	good &= read_optional(in, "couponCode", COUPON_MAX, &out->coupon_code);
	good &= read_address(in, out);
	good &= read_metadata(in, out);
	/* prices need the currency's exponent */
	if (read_currency(in, currency, out))
		good &= read_items(in, out, false);
	else
		good = false;
	if (arena_failed(in->arena))
		return E_BUSY;
	if (!good)
		return E_INPUT;
	if (!out->name)
		out->name = out->email;
	return intake_make_canonical(in->arena, out);
}

const char *
intake_peek_intent(const json_t *body)
{
	const json_t *v = json_object_get(body, "stripePaymentIntentId");

	if (!json_is_string(v))
		v = json_object_get(body, "paymentIntentId");
	if (!json_is_string(v) || !json_is_text(v) ||
	    json_string_length(v) > INTENT_MAX)
		return NULL;
	return json_string_value(v);
}
