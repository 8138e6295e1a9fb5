/* suspend_pages.c - suspend and reactivate a subscription, with its website.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/subscription.h"
#include "face/part.h"
#include "hosting/website.h"
#include "orders/orders_pages.h"

#define REASON_MAX 500

struct subscription_line {
	struct id id, customer;
	const char *product, *domain, *status, *customer_name;
	const char *label; /* the domain, or the product */
};

static enum err
read_line(struct request *rq, struct subscription_line *out)
{
	struct id id;
	struct rows r;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = db_one(rq->tx, &r,
		    "SELECT s.id, s.customer_id, p.name, s.domain, s.status, "
		    "c.name FROM subscriptions s "
		    "JOIN products p ON p.tenant_id = s.tenant_id "
		    "AND p.id = s.product_id "
		    "JOIN customers c ON c.tenant_id = s.tenant_id "
		    "AND c.id = s.customer_id "
		    "WHERE s.tenant_id = $1 AND s.id = $2",
		    DB_ID(&rq->tx->tenant), DB_ID(&id));
	if (e != OK)
		return e;
	*out = (struct subscription_line){
	    .id = row_id(&r, 0),
	    .customer = row_id(&r, 1),
	    .product = row_strdup(&r, 2),
	    .domain = row_strdup(&r, 3),
	    .status = row_strdup(&r, 4),
	    .customer_name = row_strdup(&r, 5),
	};
	out->label = out->domain ? out->domain : out->product;
	return rows_done(&r);
}

static const char *
customer_path(struct request *rq, const struct subscription_line *s)
{
	return arena_printf(rq->arena, "/admin/customers/%s", s->customer.s);
}

static enum err
ask(struct request *rq, const struct subscription_line *s,
    const struct ask *question, bool wants_reason)
{
	struct view *v, *crumbs, *fields;

	v = page_view(rq, question->yes, "/admin/customers");
	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, "/admin/customers", "Customers");
	crumb_add(crumbs, customer_path(rq, s), s->customer_name);
	put_ask(v, question, &fields);
	if (wants_reason)
		view_text(field_text(fields, "reason", "Reason", NULL, true),
		    "hint", "The customer does not see it.");
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
refuse_state(struct request *rq, const struct subscription_line *s)
{
	problem_add(&rq->problems, "", "conflict",
	    "The subscription of %s is %s.", s->label, s->status);
	return E_CONFLICT;
}

static enum err
done(struct request *rq, const struct subscription_line *s, const char *what)
{
	const char *path = customer_path(rq, s);

	if (!path)
		return E_BUSY;
	reply_flash(
	    rq, "good", arena_printf(rq->arena, "%s %s.", s->label, what));
	reply_redirect(rq, path);
	return OK;
}

/* ---- suspend ---- */

enum err
ask_suspend(struct request *rq)
{
	struct subscription_line s;
	enum err e = read_line(rq, &s);

	if (e != OK)
		return e;
	return ask(rq, &s,
	    &(struct ask){
		.title = arena_printf(rq->arena, "Suspend %s?", s.label),
		.text = "Its website shows a notice within a minute, and it "
			"is not billed. Data and mail stay. You can "
			"reactivate at any time.",
		.action = rq->path,
		.yes = arena_printf(rq->arena, "Suspend %s", s.label),
		.no_href = customer_path(rq, &s),
		.no_label = "Keep it running",
		.danger = true,
	    },
	    true);
}

enum err
do_suspend(struct request *rq)
{
	const char *why = form_text(rq, "reason");
	struct subscription_line s;
	enum err e = read_line(rq, &s);

	if (e != OK)
		return e;
	if (why && utf8_len(why) > REASON_MAX) {
		problem_add(&rq->problems, "reason", "too_long",
		    "A reason has at most %d characters.", REASON_MAX);
		return E_INPUT;
	}
	e = subscription_suspend(rq->tx, &s.id);
	if (e == E_CONFLICT)
		return refuse_state(rq, &s);
	if (e == OK)
		e = hosting_suspend_subscription(rq->tx, &s.id, why ? why : "");
	return e == OK ? done(rq, &s, "is suspended") : e;
}

/* ---- reactivate ---- */

enum err
ask_reactivate(struct request *rq)
{
	struct subscription_line s;
	enum err e = read_line(rq, &s);

	if (e != OK)
		return e;
	return ask(rq, &s,
	    &(struct ask){
		.title = arena_printf(rq->arena, "Reactivate %s?", s.label),
		.text = "Its website answers again within a minute, and it "
			"is billed as before.",
		.action = rq->path,
		.yes = arena_printf(rq->arena, "Reactivate %s", s.label),
		.no_href = customer_path(rq, &s),
		.no_label = "Leave it suspended",
	    },
	    false);
}

enum err
do_reactivate(struct request *rq)
{
	struct subscription_line s;
	enum err e = read_line(rq, &s);

	if (e != OK)
		return e;
	e = subscription_reactivate(rq->tx, &s.id);
	if (e == E_CONFLICT)
		return refuse_state(rq, &s);
	if (e == OK)
		e = hosting_unsuspend_subscription(rq->tx, &s.id);
	return e == OK ? done(rq, &s, "is active again") : e;
}
