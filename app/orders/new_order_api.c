/* new_order_api.c - staff place an order by hand, from a program.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/new_order_api.h"

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "orders/order_place.h"
#include "orders/orders_api.h"
#include "resource/field.h"

/* Longest texts, in characters. */
enum {
	NAME_CHARS = 200,
	EMAIL_CHARS = 254,
	PHONE_CHARS = 40,
	DOMAIN_CHARS = 255,
	COUPON_CHARS = 63,
	MEANS_CHARS = 20,
	DATE_CHARS = 10
};

static const char *const members[] = {
    "customerId",
    "customer",
    "items",
    "primaryDomain",
    "couponCode",
    "currency",
    "payment",
    "method",
    "reference",
    "date",
    "notes",
};
static const char *const customer_members[] = {
    "email", "name", "phone", "country"};

/* Optional text; empty is the same as absent. */
static bool
read_text(
    const struct json_in *in, const char *name, size_t max, const char **out)
{
	const char *s = NULL;

	if (!json_in_text(in, name, JSON_OPTIONAL, max, &s))
		return false;
	*out = s && s[0] ? s : NULL;
	return true;
}

static bool
wrong(const struct json_in *in, const char *name, const char *code,
    const char *text)
{
	problem_add(in->problems, name, code, "%s", text);
	return false;
}

/* ---- who ---- */

static bool
read_new_customer(
    const struct json_in *in, const json_t *obj, struct intake *out)
{
	struct json_in at = *in;
	bool good;

	at.obj = obj;
	at.path = "customer";
	good = json_in_known(&at, customer_members, N_ELEMS(customer_members));
	good &=
	    json_in_text(&at, "email", JSON_REQUIRED, EMAIL_CHARS, &out->email);
	if (out->email && !email_valid(out->email))
		good = wrong(in, "customer.email", "bad_format",
		    "This is not an e-mail address.");
	good &= read_text(&at, "name", NAME_CHARS, &out->name);
	good &= read_text(&at, "phone", PHONE_CHARS, &out->phone);
	return intake_read_country(&at, &out->country) && good;
}

static bool
read_customer(const struct json_in *in, struct order_wish *w)
{
	const json_t *obj = NULL;
	const char *id = NULL;

	if (!read_text(in, "customerId", 36, &id) ||
	    !json_in_object(in, "customer", JSON_OPTIONAL, &obj))
		return false;
	if (id && obj)
		return wrong(in, "customer", "not_allowed",
		    "Name the customer once: customerId or customer.");
	if (!id && !obj)
		return wrong(in, "customerId", "required",
		    "Say who orders: customerId, or customer with an e-mail.");
	if (obj)
		return read_new_customer(in, obj, &w->what);
	w->customer = id_of_any(id);
	return id_is_set(&w->customer) || wrong(in, "customerId", "not_found",
					      "There is no such customer.");
}

/* ---- what ---- */

/* The customer's currency unless the call names one; else the company's. */
static enum err
read_currency(struct request *rq, const struct json_in *in,
    const struct order_wish *w, const char **out)
{
	struct customer c;
	bool is_open;
	enum err e = E_NOTFOUND;

	*out = NULL;
	if (!read_text(in, "currency", 3, out))
		return E_INPUT;
	if (!*out && id_is_set(&w->customer))
		e = customer_find(rq->tx, &w->customer, NULL, &c, &is_open);
	if (e != OK && e != E_NOTFOUND)
		return e;
	if (!*out)
		*out = e == OK ? c.currency : rq->tenant_currency;
	if (currency_valid(*out))
		return OK;
	wrong(in, "currency", "not_in_list",
	    "This is not a currency code of ISO 4217, such as USD.");
	return E_INPUT;
}

static enum err
name_product(struct request *rq, struct intake_item *item, size_t i)
{
	struct id id = id_of_any(item->product_id);
	struct product p;
	enum err e = id_is_set(&id) ? product_get(rq->tx, &id, &p) : E_NOTFOUND;

	if (e == OK)
		item->product_code = p.code;
	if (e != E_NOTFOUND)
		return e;
	problem_add(&rq->problems,
	    arena_printf(rq->arena, "items[%zu].productId", i), "not_found",
	    "There is no such product.");
	return E_INPUT;
}

static enum err
read_items(struct request *rq, const struct json_in *in, struct order_wish *w)
{
	const char *currency;
	enum err e = read_currency(rq, in, w, &currency), one;

	if (e != OK)
		return e;
	if (!intake_read_items(in, currency, &w->what))
		return E_INPUT;
	for (size_t i = 0; i < w->what.n_items; i++) {
		if (!w->what.item[i].product_id)
			continue;
		one = name_product(rq, &w->what.item[i], i);
		if (one != OK && one != E_INPUT)
			return one;
		e = one == OK ? e : one;
	}
	return e;
}

/* ---- how it is paid ---- */

static bool
read_payment(const struct json_in *in, struct order_wish *w)
{
	struct payment_said *said = &w->said;
	int payment = 0;
	bool good = json_in_enum(in, "payment", JSON_REQUIRED,
	    order_payment_words, ORDER_PAYMENT__MAX, &payment);

	w->payment = (enum order_payment)payment;
	good &= read_text(in, "method", MEANS_CHARS, &said->means);
	good &=
	    read_text(in, "reference", PAYMENT_REFERENCE_MAX, &said->reference);
	good &= read_text(in, "date", DATE_CHARS, &said->received_on);
	if (!good)
		return false;
	if (w->payment == ORDER_PAID && !said->means)
		return wrong(in, "method", "required",
		    "Say how it was paid: bank_transfer, cash or other.");
	if (w->payment != ORDER_PAID &&
	    (said->means || said->reference || said->received_on))
		return wrong(in, "method", "not_allowed",
		    "Method, reference and date belong to a paid order.");
	return true;
}

/* Several lines, so by the field's type and not as other texts. */
static bool
read_notes(const struct json_in *in, struct order_wish *w)
{
	static const struct field notes = {
	    "notes", "", FIELD_AREA, .max = ORDER_NOTES_MAX};
	const struct field_reader reader = {in->arena, in->problems, ""};
	const json_t *v = json_object_get(in->obj, "notes");
	struct db_val val;

	if (!v || json_is_null(v))
		return true;
	if (!json_is_string(v) || !json_is_text(v))
		return wrong(in, "notes", "wrong_type", "This must be text.");
	if (!field_read(&notes, &reader, json_string_value(v), &val))
		return false;
	w->notes = val.type == DB_T_TEXT ? val.text : NULL;
	return true;
}

/* ---- the call ---- */

static enum err
read_wish(struct request *rq, struct order_wish *w)
{
	struct json_in in = request_json(rq);
	struct intake *what = &w->what;
	bool good = json_in_known(&in, members, N_ELEMS(members));
	enum err e;

	good &= read_customer(&in, w);
	good &= read_text(
	    &in, "primaryDomain", DOMAIN_CHARS, &what->primary_domain);
	good &= read_text(&in, "couponCode", COUPON_CHARS, &what->coupon_code);
	good &= read_notes(&in, w);
	good &= read_payment(&in, w);
	e = read_items(rq, &in, w);
	if (e != OK || !good)
		return e != OK ? e : E_INPUT;
	what->metadata = "{}";
	if (!what->name)
		what->name = what->email;
	return intake_make_canonical(rq->arena, what);
}

enum err
new_order(struct request *rq)
{
	struct order_wish *w = ARENA_NEW(rq->arena, struct order_wish);
	struct id order;
	enum err e;

	if (!w)
		return E_BUSY;
	if ((e = read_wish(rq, w)) != OK ||
	    (e = order_place(rq->tx, w, &order)) != OK)
		return e;
	return reply_order(rq, 201, &order);
}

/* clang-format off */
static const char *const payment_words[] = {"paid", "invoice", "free", NULL};
static const struct member item_shape_members[] = {
	{"productSlug",	  FIELD_TEXT,  MAYBE},
	{"productId",	  FIELD_TEXT,  MAYBE},
	{"qty",		  FIELD_INT,   MAYBE, .min = 1, .max = 1000},
	{"unitPrice",	  FIELD_MONEY, MAYBE},
	{"billingPeriod", FIELD_TEXT},
	{"domain",	  FIELD_TEXT,  MAYBE},
	{NULL}
};
static const struct shape item_shape = {"order.new.item", NULL, item_shape_members};
static const struct member customer_shape_members[] = {
	{"email",	FIELD_EMAIL},
	{"name",	FIELD_TEXT, MAYBE},
	{"phone",	FIELD_TEXT, MAYBE},
	{"country",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape customer_shape = {"order.new.customer", NULL, customer_shape_members};
static const struct member shape_members[] = {
	{"customerId",	  FIELD_TEXT, MAYBE},
	{"customer",	  .flags = MAYBE, .of = &customer_shape},
	{"items",	  .flags = MANY, .of = &item_shape, .min = 1, .max = 100},
	{"primaryDomain", FIELD_TEXT, MAYBE},
	{"couponCode",	  FIELD_TEXT, MAYBE},
	{"currency",	  FIELD_TEXT, MAYBE},
	{"payment",	  FIELD_WORD, .words = payment_words},
	{"method",	  FIELD_WORD, MAYBE, .words = payment_means},
	{"reference",	  FIELD_TEXT, MAYBE},
	{"date",	  FIELD_TEXT, MAYBE},
	{"notes",	  FIELD_AREA, MAYBE},
	{NULL}
};
const struct shape new_order_shape = {"order.new", NULL, shape_members};
/* clang-format on */
