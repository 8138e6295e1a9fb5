/* order_check.c - does a paid order match what is sold?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/money.h"
#include "base/reader.h"
#include "base/text.h"
#include "domains/domain.h"
#include "hosting/website.h"

void
order_reason_add(struct tx *tx, struct order_reasons *r, int64_t item,
    const char *code, const char *fmt, ...)
{
	struct order_reason *new = &r->reason[r->n];
	va_list ap, again;

	if (r->n == ORDER_REASONS_MAX)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	*new = (struct order_reason){
	    .item = item,
	    .code = code,
	    .message = arena_vprintf(tx->arena, fmt, ap),
	};
	new->said = say_message(tx->arena, new->message, fmt, again);
	va_end(again);
	va_end(ap);
	r->n++;
}

static const char *
money_text(struct tx *tx, int64_t minor, const char *currency)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	money_display(&b, minor, currency, &number_form_english);
	s = buf_move(tx->arena, &b);
	return s ? s : "";
}

/* True when the product has a price in currency for some period. */
static enum err
sold_in_currency(
    struct tx *tx, const struct id *product, const char *currency, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM product_prices "
	    "WHERE tenant_id = $1 AND product_id = $2 AND currency = $3 "
	    "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(product), DB_TEXT(currency));

	if (e == OK)
		*out = n > 0;
	return e;
}

/* "catalogue $12.95", and what the coupon should have taken off a line. */
static const char *
catalogue_text(struct tx *tx, const struct order *o,
    const struct order_item *item, int64_t charge)
{
	const char *price = money_text(tx, charge, o->currency);

	if (item->coupon_minor == item->discount_minor)
		return price;
	return arena_printf(tx->arena, "%s less %s by the coupon", price,
	    money_text(tx, item->coupon_minor, o->currency));
}

/* A discount was compared when it was taken off (order_coupon.c). */
static void
compare_price(struct tx *tx, const struct order *o,
    const struct order_item *item, struct order_reasons *r)
{
	int64_t charge = item->price.price_minor + item->price.setup_fee_minor;
	bool is_off = item->discount_minor > 0 || item->coupon_minor == 0;

	if (item->unit_price_minor == charge && is_off)
		return;
	order_reason_add(tx, r, item->position, "price_mismatch",
	    "The price paid for %s is not the catalogue price: paid %s, "
	    "catalogue %s.",
	    item->product_code,
	    money_text(tx, item->unit_price_minor, o->currency),
	    catalogue_text(tx, o, item, charge));
}

static enum err
check_price(struct tx *tx, const struct order *o, const struct order_item *item,
    struct order_reasons *r)
{
	bool in_currency;
	enum err e;

	if (item->is_own_price)
		return OK;
	if (item->is_sold) {
		compare_price(tx, o, item, r);
		return OK;
	}
	e = sold_in_currency(tx, &item->product.id, o->currency, &in_currency);
	if (e != OK)
		return e;
	if (in_currency)
		order_reason_add(tx, r, item->position, "period_not_sold",
		    "%s is not sold for the period '%s'.", item->product_code,
		    period_info(item->period)->word);
	else
		order_reason_add(tx, r, item->position, "currency_not_sold",
		    "%s is not sold in %s.", item->product_code, o->currency);
	return OK;
}

static enum err
check_product(struct tx *tx, const struct order *o,
    const struct order_item *item, struct order_reasons *r)
{
	if (!item->is_known) {
		order_reason_add(tx, r, item->position, "unknown_product",
		    "There is no product with the code '%s'.",
		    item->product_code);
		return OK;
	}
	if (!item->product.is_active)
		order_reason_add(tx, r, item->position, "inactive_product",
		    "%s is not sold any more.", item->product_code);
	if (item->product.provisions == PROVISIONS_NONE)
		return check_price(tx, o, item, r);
	if (item->quantity != 1)
		order_reason_add(tx, r, item->position, "quantity_not_one",
		    "%s can be bought once per item, not %" PRId64 " times.",
		    item->product_code, item->quantity);
	if (item->period == PERIOD_ONCE)
		order_reason_add(tx, r, item->position, "period_not_recurring",
		    "%s needs a recurring period.", item->product_code);
	return check_price(tx, o, item, r);
}

static bool
is_website(const struct order_item *item)
{
	return item->is_known && item->product.provisions == PROVISIONS_WEBSITE;
}

static bool
is_backup(const struct order_item *item)
{
	return item->is_known && item->product.provisions == PROVISIONS_BACKUP;
}

/* The first website item takes the order's domain unless it names its own;
 * further ones without a name get a preview name later. */
void
order_give_domains(struct tx *tx, struct order *o)
{
	bool primary_given = false;

	for (size_t i = 0; i < o->n_items; i++) {
		struct order_item *item = &o->item[i];
		const char *wanted = item->domain;

		item->site_domain = NULL;
		if (!is_website(item))
			continue;
		if (!wanted && !primary_given)
			wanted = o->primary_domain;
		primary_given = true;
		if (!wanted)
			continue;
		item->wanted_domain = wanted;
		item->site_domain = domain_canonical(tx->arena, wanted);
	}
}

static void
check_domain(struct tx *tx, const struct order *o, size_t i,
    enum domain_claim claim, struct order_reasons *r)
{
	const struct order_item *item = &o->item[i];

	for (size_t k = 0; k < i; k++) {
		if (is_website(&o->item[k]) && o->item[k].site_domain &&
		    str_eq(o->item[k].site_domain, item->site_domain)) {
			order_reason_add(tx, r, item->position, "domain_in_use",
			    "%s is named by two websites of this order.",
			    item->site_domain);
			return;
		}
	}
	if (claim == DOMAIN_OTHERS)
		order_reason_add(tx, r, item->position, "domain_taken",
		    "%s belongs to another customer.", item->site_domain);
	else if (claim == DOMAIN_IN_USE)
		order_reason_add(tx, r, item->position, "domain_in_use",
		    "%s has a website of this customer already.",
		    item->site_domain);
}

static void
check_website(struct tx *tx, const struct order *o, size_t i,
    const struct order_look *look, struct order_reasons *r)
{
	const struct order_item *item = &o->item[i];

	if (item->site_domain)
		check_domain(tx, o, i, look->claims[i], r);
	else if (item->wanted_domain)
		order_reason_add(tx, r, item->position, "domain_invalid",
		    "'%s' is not a domain name.", item->wanted_domain);
}

static const struct order_item *
first_site(const struct order *o)
{
	for (size_t i = 0; i < o->n_items; i++) {
		if (is_website(&o->item[i]))
			return &o->item[i];
	}
	return NULL;
}

static bool
order_has_site(const struct order *o, const char *domain)
{
	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];

		if (is_website(item) && item->site_domain && domain &&
		    str_eq(item->site_domain, domain))
			return true;
	}
	return false;
}

/* Of the website with the domain that is named, in this order first, then among
 * the customer's; of the order's first website when none is named. */
static enum err
check_backup(struct tx *tx, const struct order *o, struct order_item *item,
    struct order_reasons *r)
{
	const char *wanted = item->domain ? item->domain : o->primary_domain;
	const struct order_item *site = first_site(o);
	struct id website, task;
	enum err e;

	item->site_domain = NULL;
	if (!wanted && site) {
		item->site_domain = site->site_domain;
		return OK;
	}
	if (wanted)
		item->site_domain = domain_canonical(tx->arena, wanted);
	if (order_has_site(o, item->site_domain))
		return OK;
	e = item->site_domain ? website_find(tx, &o->customer.id,
				    item->site_domain, &website, &task)
			      : E_NOTFOUND;
	if (e != E_NOTFOUND)
		return e;
	order_reason_add(tx, r, item->position, "no_website",
	    "%s has no website to keep backups of.", item->product_code);
	return OK;
}

enum err
order_check(struct tx *tx, struct order *o, const struct order_look *look,
    struct order_reasons *out)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		struct order_item *item = &o->item[i];

		e = check_product(tx, o, item, out);
		if (e == OK && is_website(item))
			check_website(tx, o, i, look, out);
		if (e == OK && is_backup(item))
			e = check_backup(tx, o, item, out);
	}
	return e;
}

static enum err
save_items(struct tx *tx, const struct order *o)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		const struct order_item *item = &o->item[i];
		const struct id *product =
		    item->is_known ? &item->product.id : NULL;

		e = db_exec(tx,
		    "UPDATE order_items SET site_domain = $3, "
		    "product_id = $4, catalog_price_minor = $5, "
		    "updated_at = $6 WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&item->id),
		    DB_TEXT(item->site_domain), DB_ID(product),
		    item->is_sold ? DB_INT(item->price.price_minor +
					   item->price.setup_fee_minor)
				  : DB_NULL(),
		    DB_INT(tx->now));
	}
	if (e != OK)
		return e;
	return db_exec(tx,
	    "UPDATE orders SET products = $3 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&o->id),
	    DB_TEXT(order_products(tx->arena, o)));
}

enum err
order_recheck(struct tx *tx, struct order *o, struct order_look *look,
    struct order_reasons *out)
{
	enum err e;

	if ((e = order_look_ask(tx, o, look)) != OK ||
	    (e = order_look_read(tx, o, look)) != OK)
		return e;
	order_give_domains(tx, o);
	if ((e = order_look_ask_more(tx, o, o->customer.email, look)) != OK ||
	    (e = order_look_read_more(tx, o, look)) != OK ||
	    (e = order_check(tx, o, look, out)) != OK)
		return e;
	if (o->coupon_code && o->discount_minor == 0)
		order_reason_add(tx, out, 0, "coupon_invalid",
		    "The coupon %s was not applied.", o->coupon_code);
	return save_items(tx, o);
}

void
order_check_money(struct tx *tx, const struct order *o,
    const struct money *money, struct order_reasons *r)
{
	if (money->state != MONEY_ASKED)
		return;
	if (!money->is_known || !money->is_succeeded) {
		order_reason_add(tx, r, 0, "intent_not_succeeded",
		    money->is_known
			? "Stripe says that this payment has not succeeded."
			: "Stripe does not know this payment intent.");
		return;
	}
	if (money->is_live != money->wants_live)
		order_reason_add(tx, r, 0, "livemode_mismatch",
		    money->is_live
			? "This is a live payment, but test mode is set."
			: "This is a test payment, but live mode is set.");
	if (!str_eq(money->currency, o->currency))
		order_reason_add(tx, r, 0, "currency_mismatch",
		    "The order is in %s, Stripe received %s.", o->currency,
		    money_text(tx, money->received_minor, money->currency));
	else if (money->received_minor != o->total_minor)
		order_reason_add(tx, r, 0, "amount_mismatch",
		    "The items sum to %s, Stripe received %s.",
		    money_text(tx, o->total_minor, o->currency),
		    money_text(tx, money->received_minor, o->currency));
}
