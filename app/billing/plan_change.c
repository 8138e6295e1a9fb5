/* plan_change.c - a wish for another plan, and what staff make of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/plan_change.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/plan_mails.h"
#include "identity/audit.h"

/* ---- what it may become ---- */

static enum err
ask_offers(struct tx *tx, const struct id *subscription, const char *code,
    int64_t max, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT q.id, q.code, q.name, q.description, x.price_minor, "
	    "x.price_minor * s.quantity - CASE WHEN s.discount_periods > 0 "
	    "THEN CASE WHEN s.discount_minor > x.price_minor * s.quantity "
	    "THEN x.price_minor * s.quantity ELSE s.discount_minor END "
	    "ELSE 0 END, "
	    "CASE WHEN x.price_minor < s.price_minor THEN 1 ELSE 0 END "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "JOIN products q ON q.tenant_id = s.tenant_id AND q.id <> p.id "
	    "AND q.type = p.type AND q.provisions = p.provisions "
	    "AND q.status = 'active' AND q.deleted_at IS NULL "
	    "AND q.code = COALESCE($3, q.code) "
	    "JOIN product_prices x ON x.tenant_id = s.tenant_id "
	    "AND x.product_id = q.id AND x.period = s.period "
	    "AND x.currency = s.currency AND x.deleted_at IS NULL "
	    "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "
	    "AND w.subscription_id = s.id AND w.status <> 'removed' "
	    "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "WHERE s.tenant_id = $1 AND s.id = $2 "
	    "AND (w.id IS NULL OR q.server_group = '' "
	    "OR q.server_group = v.server_group) "
	    "ORDER BY x.price_minor, q.name, q.id LIMIT $4",
	    DB_ID(&tx->tenant), DB_ID(subscription), DB_TEXT(code),
	    DB_INT(max));
}

static struct plan_offer
read_offer(const struct rows *r)
{
	return (struct plan_offer){
	    .product = row_id(r, 0),
	    .code = row_strdup(r, 1),
	    .name = row_strdup(r, 2),
	    .about = row_strdup(r, 3),
	    .price_minor = row_int(r, 4),
	    .recurring_minor = row_int(r, 5),
	    .is_smaller = row_int(r, 6) != 0,
	};
}

enum err
plan_offers(struct tx *tx, const struct id *subscription,
    struct plan_offer *list_out, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = ask_offers(tx, subscription, NULL, (int64_t)max, &r);

	if (e != OK)
		return e;
	while (n < max && rows_next(&r))
		list_out[n++] = read_offer(&r);
	*n_out = n;
	return rows_done(&r);
}

enum err
plan_offer_find(struct tx *tx, const struct id *subscription, const char *code,
    struct plan_offer *out)
{
	bool found;
	struct rows r;
	enum err e = ask_offers(tx, subscription, code, 1, &r);

	if (e != OK)
		return e;
	found = rows_next(&r);
	if (found)
		*out = read_offer(&r);
	e = rows_done(&r);
	return e == OK && !found ? E_NOTFOUND : e;
}

/* ---- asking for it ---- */

struct subject {
	struct id customer, product;
	const char *status, *currency, *period;
	int64_t price_minor;
	bool ends;
};

/* Locked: it must not end meanwhile. */
static enum err
get_subject(struct tx *tx, const struct id *id, struct subject *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT customer_id, product_id, status, currency, period, "
	    "price_minor, ends_on FROM subscriptions "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct subject){
	    .customer = row_id(&r, 0),
	    .product = row_id(&r, 1),
	    .status = row_strdup(&r, 2),
	    .currency = row_strdup(&r, 3),
	    .period = row_strdup(&r, 4),
	    .price_minor = row_int(&r, 5),
	    .ends = !row_is_null(&r, 6),
	};
	return rows_done(&r);
}

static bool
may_change(struct tx *tx, const struct subject *s)
{
	if (s->ends)
		problem_add(tx->problems, "", "conflict",
		    "This service is cancelled. Keep it first.");
	else if (!str_eq(s->status, "active") &&
		 !str_eq(s->status, "past_due") &&
		 !str_eq(s->status, "trialing"))
		problem_add_words(tx->problems, "", "conflict",
		    "The plan of a service that is %s can't be changed.",
		    s->status);
	else
		return true;
	return false;
}

static enum err
insert(struct tx *tx, const struct id *id, const struct id *subscription,
    const struct subject *s, const struct plan_offer *to,
    const struct plan_wish *wish)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "INSERT INTO plan_changes (tenant_id, id, subscription_id, "
	    "customer_id, from_product_id, to_product_id, from_price_minor, "
	    "to_price_minor, currency, period, status, note, asked_by, "
	    "asked_name, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, "
	    "$12, $13, $14, $14) "
	    "ON CONFLICT (tenant_id, subscription_id) "
	    "WHERE status IN ('open', 'accepted') DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(id), DB_ID(subscription),
	    DB_ID(&s->customer), DB_ID(&s->product), DB_ID(&to->product),
	    DB_INT(s->price_minor), DB_INT(to->price_minor),
	    DB_TEXT(s->currency), DB_TEXT(s->period), DB_TEXT(wish->note),
	    DB_ID(&tx->actor->id), DB_TEXT(tx->actor->name), DB_INT(tx->now));

	if (e != OK || n > 0)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "Another plan has been asked for already. Take that back first.");
	return E_CONFLICT;
}

enum err
plan_change_ask(struct tx *tx, const struct id *subscription,
    const struct plan_wish *wish, struct id *out)
{
	struct id id = id_new(clock_now_ms());
	struct plan_offer to;
	struct subject s;
	enum err e;

	if (utf8_len(wish->note) > PLAN_NOTE_MAX) {
		problem_add(tx->problems, "note", "too_long",
		    "At most %d characters.", PLAN_NOTE_MAX);
		return E_INPUT;
	}
	if ((e = get_subject(tx, subscription, &s)) != OK)
		return e;
	if (!may_change(tx, &s))
		return E_CONFLICT;
	e = plan_offer_find(tx, subscription, wish->code, &to);
	if (e == E_NOTFOUND) {
		problem_add(tx->problems, "product", "not_in_list",
		    "This service can't have that plan.");
		return E_INPUT;
	}
	if (e == OK)
		e = insert(tx, &id, subscription, &s, &to, wish);
	if (e == OK)
		e = audit(tx, "plan.ask", "plan_changes", &id,
		    audit_detail(tx->arena, "plan", to.code));
	if (e == OK && wish->by_customer)
		e = plan_mail_asked(tx, &id);
	if (e == OK)
		*out = id;
	return e;
}

/* ---- one of them ---- */

#define CHANGE                                                                 \
	"SELECT c.id, c.subscription_id, c.from_product_id, "                  \
	"c.to_product_id, c.status, c.to_price_minor, c.due_on, "              \
	"s.current_period_end, "                                               \
	"CASE WHEN c.to_price_minor < c.from_price_minor THEN 1 ELSE 0 END "   \
	"FROM plan_changes c JOIN subscriptions s "                            \
	"ON s.tenant_id = c.tenant_id AND s.id = c.subscription_id "           \
	"WHERE c.tenant_id = $1 "

static enum err
read_change(struct tx *tx, struct rows *r, struct plan_change *out)
{
	enum err e;

	*out = (struct plan_change){
	    .id = row_id(r, 0),
	    .subscription = row_id(r, 1),
	    .from = row_id(r, 2),
	    .to = row_id(r, 3),
	    .status = row_strdup(r, 4),
	    .to_price_minor = row_int(r, 5),
	    .due_on = row_strdup(r, 6),
	    .period_end = row_strdup(r, 7),
	    .is_smaller = row_int(r, 8) != 0,
	};
	e = rows_done(r);
	return e == OK && (!out->status || !out->period_end)
		   ? tx_fail(tx, E_BUSY)
		   : e;
}

enum err
plan_change_get(struct tx *tx, const struct id *id, struct plan_change *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    CHANGE "AND c.id = $2 " SQL_PG("FOR NO KEY UPDATE OF c, s"),
	    DB_ID(&tx->tenant), DB_ID(id));

	return e == OK ? read_change(tx, &r, out) : e;
}

enum err
plan_change_current(
    struct tx *tx, const struct id *subscription, struct plan_change *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    CHANGE "AND c.subscription_id = $2 "
		   "AND c.status IN ('open', 'accepted')",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	return e == OK ? read_change(tx, &r, out) : e;
}

static bool
waits(const struct plan_change *c)
{
	return str_eq(c->status, "open") || str_eq(c->status, "accepted");
}

static enum err
not_from(struct tx *tx, const struct plan_change *c)
{
	problem_add_words(tx->problems, "", "conflict",
	    "This wish is %s already.", c->status);
	return E_CONFLICT;
}

static enum err
decide(struct tx *tx, const struct plan_change *c, const char *status,
    const char *reason, const char *due_on, const char *action)
{
	enum err e = db_exec(tx,
	    "UPDATE plan_changes SET status = $3, reason = $4, due_on = $5, "
	    "decided_by = $6, decided_name = $7, decided_at = $8, "
	    "version = version + 1, updated_at = $8 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&c->id), DB_TEXT(status), DB_TEXT(reason),
	    DB_TEXT(due_on), DB_ID(&tx->actor->id), DB_TEXT(tx->actor->name),
	    DB_INT(tx->now));

	return e == OK
		   ? audit(tx, action, "plan_changes", &c->id,
			 reason[0] ? audit_detail(tx->arena, "reason", reason)
				   : NULL)
		   : e;
}

enum err
plan_change_withdraw(struct tx *tx, const struct id *id, const char *why)
{
	struct plan_change c;
	enum err e = plan_change_get(tx, id, &c);

	if (e != OK || str_eq(c.status, "withdrawn"))
		return e;
	return waits(&c)
		   ? decide(tx, &c, "withdrawn", why, NULL, "plan.withdraw")
		   : not_from(tx, &c);
}

enum err
plan_change_decline(struct tx *tx, const struct id *id, const char *reason)
{
	struct plan_change c;
	enum err e = plan_change_get(tx, id, &c);

	if (e != OK || str_eq(c.status, "declined"))
		return e;
	if (!waits(&c))
		return not_from(tx, &c);
	e = decide(tx, &c, "declined", reason, NULL, "plan.decline");
	return e == OK ? plan_mail_declined(tx, id) : e;
}

enum err
plan_change_accept(struct tx *tx, const struct id *id, struct plan_change *out)
{
	struct plan_change c;
	char today[11];
	enum err e = plan_change_get(tx, id, &c);

	if (e != OK || str_eq(c.status, "accepted") ||
	    str_eq(c.status, "done")) {
		if (e == OK)
			*out = c;
		return e;
	}
	if (!str_eq(c.status, "open"))
		return not_from(tx, &c);
	date_iso(tx->now, today);
	c.due_on = c.is_smaller && strcmp(c.period_end, today) > 0
		       ? c.period_end
		       : arena_strdup(tx->arena, today);
	if (!c.due_on)
		return tx_fail(tx, E_BUSY);
	e = decide(tx, &c, "accepted", "", c.due_on, "plan.accept");
	if (e == OK)
		e = plan_mail_accepted(tx, id);
	c.status = "accepted";
	if (e == OK)
		*out = c;
	return e;
}

/* ---- carrying it out ---- */

static enum err
write_plan(struct tx *tx, const struct plan_change *c)
{
	enum err e = db_exec(tx,
	    "UPDATE subscriptions SET product_id = $3, price_minor = $4, "
	    "discount_minor = CASE WHEN discount_minor > $4 * quantity "
	    "THEN $4 * quantity ELSE discount_minor END, "
	    "version = version + 1, updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&c->subscription), DB_ID(&c->to),
	    DB_INT(c->to_price_minor), DB_INT(tx->now));

	if (e == OK)
		e = db_exec(tx,
		    "UPDATE plan_changes SET status = 'done', done_at = $3, "
		    "version = version + 1, updated_at = $3 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&c->id), DB_INT(tx->now));
	return e == OK ? audit(tx, "subscription.change_plan", "subscriptions",
			     &c->subscription,
			     audit_detail(
				 tx->arena, "from", c->from.s, "to", c->to.s))
		       : e;
}

enum err
plan_change_carry_out(
    struct tx *tx, const struct id *id, struct plan_change *out, bool *done_out)
{
	struct plan_change c;
	char today[11];
	bool due;
	enum err e = plan_change_get(tx, id, &c);

	if (e != OK)
		return e;
	date_iso(tx->now, today);
	due = str_eq(c.status, "accepted") && c.due_on &&
	      strcmp(c.due_on, today) <= 0;
	if (due)
		e = write_plan(tx, &c);
	if (e == OK) {
		*out = c;
		*done_out = due;
	}
	return e;
}

enum err
plan_changes_due(struct tx *tx, struct id *list_out, size_t max, size_t *n_out)
{
	struct rows r;
	char today[11];
	size_t n = 0;
	enum err e;

	date_iso(tx->now, today);
	e = db_query(tx, &r,
	    "SELECT id FROM plan_changes WHERE tenant_id = $1 "
	    "AND status = 'accepted' AND due_on <= $2 "
	    "ORDER BY due_on, id LIMIT $3",
	    DB_ID(&tx->tenant), DB_TEXT(today), DB_INT((int64_t)max));
	while (e == OK && n < max && rows_next(&r))
		list_out[n++] = row_id(&r, 0);
	if (e == OK)
		e = rows_done(&r);
	if (e == OK)
		*n_out = n;
	return e;
}

enum err
plan_change_drop(struct tx *tx, const struct id *subscription, const char *why)
{
	struct plan_change c;
	enum err e = plan_change_current(tx, subscription, &c);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	return decide(tx, &c, "withdrawn", why, NULL, "plan.withdraw");
}
