/* plan_mails.c - mails about wishes for another plan.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/plan_mails.h"

#include "billing/customer_mail.h"
#include "mail/mail.h"

/* ---- adding them ---- */

static enum err
add(struct tx *tx, const struct id *change, const char *template)
{
	const char *text;
	struct id customer;
	enum err e = db_text(tx, &text,
	    "SELECT customer_id FROM plan_changes "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(change));

	if (e != OK || !text)
		return e;
	customer = id_of(text);
	return customer_mail_add(tx, &customer, CUSTOMER_MAIL_SERVICES,
	    &(struct mail){
		.template = template,
		.once =
		    arena_printf(tx->arena, "mail/%s:%s", template, change->s),
		.ref_name = "changeId",
		.ref = change,
	    });
}

enum err
plan_mail_asked(struct tx *tx, const struct id *change)
{
	enum err e = add(tx, change, MAIL_PLAN_ASKED);

	if (e != OK)
		return e;
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_STAFF_PLAN_ASKED,
		    .once = arena_printf(tx->arena,
			"mail/" MAIL_STAFF_PLAN_ASKED ":%s", change->s),
		    .ref_name = "changeId",
		    .ref = change,
		});
}

enum err
plan_mail_accepted(struct tx *tx, const struct id *change)
{
	return add(tx, change, MAIL_PLAN_ACCEPTED);
}

enum err
plan_mail_declined(struct tx *tx, const struct id *change)
{
	return add(tx, change, MAIL_PLAN_DECLINED);
}

/* ---- filling them ---- */

enum err
plan_mail_fill(
    struct tx *tx, const struct id *change, const char *lang, struct view *v)
{
	const char *currency;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT f.name, t.name, s.domain, c.from_price_minor, "
	    "c.to_price_minor, c.currency, c.reason, c.due_on, "
	    "s.current_period_end, u.name, s.quantity "
	    "FROM plan_changes c "
	    "JOIN products f ON f.tenant_id = c.tenant_id "
	    "AND f.id = c.from_product_id "
	    "JOIN products t ON t.tenant_id = c.tenant_id "
	    "AND t.id = c.to_product_id "
	    "JOIN subscriptions s ON s.tenant_id = c.tenant_id "
	    "AND s.id = c.subscription_id "
	    "JOIN customers u ON u.tenant_id = c.tenant_id "
	    "AND u.id = c.customer_id "
	    "WHERE c.tenant_id = $1 AND c.id = $2 "
	    "AND c.status <> 'withdrawn'",
	    DB_ID(&tx->tenant), DB_ID(change));

	if (e != OK)
		return e;
	currency = row_text(&r, 5);
	mail_put_line(v, "product", row_text(&r, 0));
	mail_put_line(v, "plan", row_text(&r, 1));
	view_text(v, "domain", row_text(&r, 2));
	mail_put_line(v, "service", row_text(&r, row_is_null(&r, 2) ? 0 : 2));
	mail_put_money(
	    v, "priceNow", row_int(&r, 3) * row_int(&r, 10), currency);
	mail_put_money(v, "price", row_int(&r, 4) * row_int(&r, 10), currency);
	mail_put_line(v, "reason", row_text(&r, 6));
	mail_put_date(v, "due", row_text(&r, 7), lang);
	mail_put_date(v, "from", row_text(&r, 8), lang);
	view_flag(v, "atOnce", row_int(&r, 4) >= row_int(&r, 3));
	view_text(v, "name", row_text(&r, 9));
	return rows_done(&r);
}

enum err
plan_alert_fill(
    struct tx *tx, const struct id *change, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT u.name, COALESCE(s.domain, f.name), f.name, t.name "
	    "FROM plan_changes c "
	    "JOIN products f ON f.tenant_id = c.tenant_id "
	    "AND f.id = c.from_product_id "
	    "JOIN products t ON t.tenant_id = c.tenant_id "
	    "AND t.id = c.to_product_id "
	    "JOIN subscriptions s ON s.tenant_id = c.tenant_id "
	    "AND s.id = c.subscription_id "
	    "JOIN customers u ON u.tenant_id = c.tenant_id "
	    "AND u.id = c.customer_id "
	    "WHERE c.tenant_id = $1 AND c.id = $2 AND c.status = 'open'",
	    DB_ID(&tx->tenant), DB_ID(change));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "%s asks for %s instead of %s for %s",
		row_text(&r, 0), row_text(&r, 3), row_text(&r, 2),
		row_text(&r, 1)));
	view_textf(v, "path", "/plan-changes/%s", change->s);
	return rows_done(&r);
}
