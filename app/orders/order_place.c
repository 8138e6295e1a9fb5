/* order_place.c - an order that staff place by hand for a customer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_place.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/tax.h"
#include "identity/audit.h"
#include "orders/order_parts.h"

const char *const order_payment_words[ORDER_PAYMENT__MAX] = {
    [ORDER_PAID] = "paid",
    [ORDER_INVOICE] = "invoice",
    [ORDER_FREE] = "free",
};

/* ---- what is wrong, by field ---- */

/* Reasons of order_check.c, and the member that each is about. */
static const struct {
	const char *code, *member;
} members[] = {
    {"unknown_product", "productSlug"},
    {"inactive_product", "productSlug"},
    {"currency_not_sold", "productSlug"},
    {"period_not_sold", "billingPeriod"},
    {"period_not_recurring", "billingPeriod"},
    {"price_mismatch", "unitPrice"},
    {"quantity_not_one", "qty"},
    {"domain_invalid", "domain"},
    {"domain_taken", "domain"},
    {"domain_in_use", "domain"},
    {"no_website", "domain"},
    {"coupon_invalid", "couponCode"},
};

static const char *
field_of(struct tx *tx, const struct order_reason *r)
{
	const char *member = "", *path;

	for (size_t i = 0; i < N_ELEMS(members); i++)
		if (str_eq(members[i].code, r->code))
			member = members[i].member;
	if (r->item == 0)
		return member;
	path = arena_printf(
	    tx->arena, "items[%" PRId64 "].%s", r->item - 1, member);
	return path ? path : "";
}

static enum err
tell(struct tx *tx, const struct order_reasons *r)
{
	for (size_t i = 0; i < r->n; i++)
		problem_pass(tx->problems, field_of(tx, &r->reason[i]),
		    &(struct problem){.code = r->reason[i].code,
			.message = r->reason[i].message,
			.said = r->reason[i].said});
	return tx->problems->n > 0 ? E_INPUT : OK;
}

/* ---- the plan ---- */

/* Who is known by the address is that customer, as for an intake. */
static enum err
find_customer(
    struct tx *tx, const struct order_wish *w, struct order_plan *plan)
{
	struct customer *c = &plan->order.customer;
	bool by_id = id_is_set(&w->customer), is_open = true;
	enum err e =
	    customer_find(tx, &w->customer, w->what.email, c, &is_open);

	if (e == E_NOTFOUND && by_id) {
		problem_add(tx->problems, "customerId", "not_found",
		    "There is no such customer.");
		return E_INPUT;
	}
	if (e == E_NOTFOUND &&
	    !email_valid(w->what.email ? w->what.email : "")) {
		problem_add(tx->problems, "customer.email", "required",
		    "A new customer needs an e-mail address.");
		return E_INPUT;
	}
	if (e == E_NOTFOUND) {
		plan->is_new_customer = true;
		*c = (struct customer){
		    .name = w->what.name,
		    .email = w->what.email,
		    .country = w->what.country,
		    .currency = w->what.currency,
		};
		return OK;
	}
	if (e == OK && !is_open) {
		problem_add(tx->problems,
		    by_id ? "customerId" : "customer.email", "conflict",
		    "The account of this customer is closed.");
		return E_INPUT;
	}
	return e;
}

static enum err
find_tax(struct tx *tx, struct order_plan *plan)
{
	const char *country = plan->order.customer.country;

	return plan->is_new_customer
		   ? tax_rate_of_country(
			 tx, country ? country : "", &plan->look.tax_ppm)
		   : OK;
}

static enum err
price(struct tx *tx, const struct order_wish *w, struct order_plan *plan)
{
	struct order *o = &plan->order;
	enum err e = order_items_of(tx, &w->what, o);

	for (size_t i = 0; e == OK && i < o->n_items; i++)
		o->item[i].is_own_price = o->item[i].is_price_given;
	if (e != OK || (e = order_look_ask(tx, o, &plan->look)) != OK ||
	    (e = order_look_read(tx, o, &plan->look)) != OK)
		return e;
	return order_total_items(tx, &w->what, o);
}

static enum err
look_further(struct tx *tx, struct order_plan *plan)
{
	struct order *o = &plan->order;
	enum err e;

	order_give_domains(tx, o);
	if ((e = order_look_ask_more(tx, o, o->customer.email, &plan->look)) !=
		OK ||
	    (e = order_look_read_more(tx, o, &plan->look)) != OK ||
	    (e = find_tax(tx, plan)) != OK ||
	    (e = order_coupon_apply(tx, o, &plan->coupon, &plan->reasons)) !=
		OK)
		return e;
	return order_check(tx, o, &plan->look, &plan->reasons);
}

enum err
order_plan(struct tx *tx, const struct order_wish *w, struct order_plan *plan)
{
	enum err e, who;

	memset(plan, 0, sizeof(*plan));
	plan->order = (struct order){
	    .id = id_new(clock_now_ms()),
	    .currency = w->what.currency,
	    .primary_domain = w->what.primary_domain,
	    .coupon_code = w->what.coupon_code,
	    .placed_by = tx->actor->name,
	    .notes = w->notes,
	};
	who = find_customer(tx, w, plan);
	if (who != OK && who != E_INPUT)
		return who;
	if ((e = price(tx, w, plan)) != OK ||
	    (e = look_further(tx, plan)) != OK ||
	    (e = tell(tx, &plan->reasons)) != OK ||
	    (e = order_coupon_renewals(
		 tx, &plan->order, plan->renewal_off, &plan->renewals)) != OK)
		return e;
	return who;
}

/* ---- placing it ---- */

/* To say that money has come is for whoever may say so of an invoice. */
static bool
payment_is_allowed(struct tx *tx, const struct order_wish *w)
{
	if (w->payment != ORDER_PAID ||
	    perm_has(&tx->actor->perms, PERM_INVOICES_WRITE))
		return true;
	problem_add(tx->problems, "payment", "not_allowed",
	    "Your role may not say that money has come.");
	return false;
}

static bool
wrong_payment(struct tx *tx, const char *text)
{
	problem_add(tx->problems, "payment", "not_allowed", "%s", text);
	return false;
}

static bool
payment_fits(struct tx *tx, const struct order_wish *w, const struct order *o,
    struct payment_said *said_out)
{
	if (w->payment == ORDER_FREE && o->total_minor > 0)
		return wrong_payment(
		    tx, "It costs something, so it is not free.");
	if (w->payment != ORDER_FREE && o->total_minor == 0)
		return wrong_payment(
		    tx, "Nothing is due: place it as a free order.");
	*said_out = w->said;
	return w->payment != ORDER_PAID ||
	       payment_said_check(tx, said_out, "method");
}

static enum err
meet_customer(
    struct tx *tx, const struct order_wish *w, struct order_plan *plan)
{
	if (!plan->is_new_customer)
		return OK;
	return customer_upsert(tx,
	    &(struct customer){
		.name = w->what.name,
		.email = w->what.email,
		.phone = w->what.phone,
		.country = w->what.country,
		.currency = w->what.currency,
	    },
	    &plan->order.customer);
}

/* Who gave which price, and how it was paid. */
static enum err
note(struct tx *tx, const struct order_wish *w, const struct order *o)
{
	int64_t own = 0;

	for (size_t i = 0; i < o->n_items; i++)
		own += o->item[i].is_own_price;
	return audit(tx, "order.place_by_hand", "orders", &o->id,
	    audit_detail(tx->arena, "payment", order_payment_words[w->payment],
		"means", w->said.means, "reference", w->said.reference,
		"coupon", o->coupon_code, "ownPrices",
		own > 0 ? arena_printf(tx->arena, "%" PRId64, own) : NULL));
}

static enum err
follow(struct tx *tx, const struct order_wish *w, struct order_plan *plan,
    const struct money *money)
{
	struct order_made *made = ARENA_NEW(tx->arena, struct order_made);

	if (!made)
		return tx_fail(tx, E_BUSY);
	if (w->payment == ORDER_INVOICE)
		return order_bill(tx, &plan->order, &plan->look);
	return order_fulfil(tx, &plan->order, &plan->look, NULL, money, made);
}

/* What the order is for, where nobody said: its first website's own domain;
 * of one without websites the first that is named.  Only now, because items
 * without a domain would have taken it. */
static const char *
main_domain(const struct order *o)
{
	const char *named = NULL;

	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];

		if (item->product.provisions == PROVISIONS_WEBSITE)
			return item->domain;
		if (!named)
			named = item->domain;
	}
	return named;
}

static enum err
write(struct tx *tx, const struct order_wish *w, struct order_plan *plan,
    const struct payment_said *said)
{
	struct order *o = &plan->order;
	const struct money money = {
	    .state = w->payment == ORDER_PAID ? MONEY_BY_HAND : MONEY_NONE,
	    .means = said->means,
	    .received_on = said->received_on,
	    .reference = said->reference,
	};
	enum err e;

	if (!o->primary_domain)
		o->primary_domain = main_domain(o);
	o->status = order_status_placed(o);
	if (w->payment == ORDER_INVOICE)
		o->status = ORDER_AWAITING_PAYMENT;
	if ((e = meet_customer(tx, w, plan)) != OK)
		return e;
	if (w->payment != ORDER_INVOICE)
		e = order_name_sites(tx, o, &plan->look);
	if (e != OK || (e = order_insert(tx, &w->what, o, &money)) != OK ||
	    (e = note(tx, w, o)) != OK ||
	    (e = follow(tx, w, plan, &money)) != OK)
		return e;
	return order_number(tx, o);
}

enum err
order_place(struct tx *tx, const struct order_wish *w, struct id *order_out)
{
	struct order_plan *plan = ARENA_NEW(tx->arena, struct order_plan);
	struct payment_said said;
	enum err e;

	if (!plan)
		return tx_fail(tx, E_BUSY);
	if (!payment_is_allowed(tx, w))
		return E_DENIED;
	if ((e = order_plan(tx, w, plan)) != OK)
		return e;
	if (!payment_fits(tx, w, &plan->order, &said))
		return E_INPUT;
	if ((e = write(tx, w, plan, &said)) != OK)
		return e;
	*order_out = plan->order.id;
	return tx_settle(tx);
}
