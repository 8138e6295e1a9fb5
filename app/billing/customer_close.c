/* customer_close.c - a customer who goes: their request, and its end.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/customer_close.h"

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/customer.h"
#include "identity/audit.h"
#include "identity/user.h"
#include "mail/mail.h"

#define PEOPLE_MAX 200

/* ---- how it stands ---- */

enum err
customer_standing(
    struct tx *tx, const struct id *customer, struct customer_standing *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT (SELECT count(*) FROM subscriptions s "
	    "WHERE s.tenant_id = c.tenant_id AND s.customer_id = c.id "
	    "AND s.status NOT IN ('cancelled', 'expired')), "
	    "(SELECT count(*) FROM invoices i "
	    "WHERE i.tenant_id = c.tenant_id AND i.customer_id = c.id "
	    "AND i.status = 'open' AND i.deleted_at IS NULL), "
	    "(SELECT COALESCE(SUM(i.total_minor - i.amount_paid_minor), 0) "
	    "FROM invoices i WHERE i.tenant_id = c.tenant_id "
	    "AND i.customer_id = c.id AND i.status = 'open' "
	    "AND i.currency = c.currency AND i.deleted_at IS NULL), "
	    "c.credit_minor, c.currency FROM customers c "
	    "WHERE c.tenant_id = $1 AND c.id = $2 AND c.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(customer));

	if (e != OK)
		return e;
	*out = (struct customer_standing){
	    .services = row_int(&r, 0),
	    .open_invoices = row_int(&r, 1),
	    .owed_minor = row_int(&r, 2),
	    .credit_minor = row_int(&r, 3),
	    .currency = row_strdup(&r, 4),
	};
	return rows_done(&r);
}

enum err
close_request_get(
    struct tx *tx, const struct id *customer, struct close_request *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT q.id, q.reason, u.email, q.created_at "
	    "FROM close_requests q JOIN users u "
	    "ON u.tenant_id = q.tenant_id AND u.id = q.user_id "
	    "WHERE q.tenant_id = $1 AND q.customer_id = $2 "
	    "AND q.status = 'waiting'",
	    DB_ID(&tx->tenant), DB_ID(customer));

	if (e != OK)
		return e;
	*out = (struct close_request){
	    .id = row_id(&r, 0),
	    .reason = row_strdup(&r, 1),
	    .asked_by = row_strdup(&r, 2),
	    .asked_at = row_int(&r, 3),
	};
	return rows_done(&r);
}

static enum err
conflict(struct tx *tx, const char *why)
{
	problem_add(tx->problems, "", "conflict", "%s", why);
	return E_CONFLICT;
}

/* Held, so that of two who act one comes first. */
static enum err
hold(struct tx *tx, const struct id *customer)
{
	const char *status;
	enum err e = db_text(tx, &status,
	    "SELECT status FROM customers WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant), DB_ID(customer));

	if (e != OK)
		return e;
	if (!status)
		return E_NOTFOUND;
	return str_eq(status, "closed")
		   ? conflict(tx, "This account is closed already.")
		   : OK;
}

/* ---- mails: nobody can switch them off ---- */

static enum err
tell_one(struct tx *tx, const char *template, const char *once,
    const char *email, const char *name, const char *lang, const char *what)
{
	return mail_add(tx, &(struct mail){
				.template = template,
				.once = arena_printf(tx->arena, "%s:%s:%s",
				    template, once, email),
				.to = email,
				.name = name,
				.lang = lang,
				.what = what,
				.when = tx->now,
			    });
}

/* The account's own address, and a person, who may be the same. */
static enum err
tell(struct tx *tx, const char *template, const char *once,
    const struct id *customer, const struct user *u)
{
	const char *name, *what;
	struct customer c;
	enum err e = customer_get(tx, customer, &c);

	if (e != OK)
		return e;
	name = c.company && c.company[0] ? c.company : c.name;
	what = text_is_printable(name) ? name : c.email;
	if (u)
		e = tell_one(
		    tx, template, once, u->email, u->name, u->language, what);
	if (e == OK && !(u && str_eq_nocase(u->email, c.email)))
		e = tell_one(tx, template, once, c.email, NULL, NULL, what);
	return e;
}

static enum err
tell_staff(struct tx *tx, const struct id *request, const struct id *customer)
{
	return mail_add(tx, &(struct mail){
				.template = MAIL_STAFF_CLOSE,
				.once = arena_printf(tx->arena,
				    "mail/" MAIL_STAFF_CLOSE ":%s", request->s),
				.ref_name = "customerId",
				.ref = customer,
			    });
}

enum err
close_mail_fill(
    struct tx *tx, const struct id *customer, const char *lang, struct view *v)
{
	struct close_request q;
	struct customer c;
	enum err e = close_request_get(tx, customer, &q);

	(void)lang;
	if (e == OK)
		e = customer_get(tx, customer, &c);
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "%s wants to close the account of %s",
		q.asked_by, c.name));
	view_textf(v, "path", "/admin/customers/%s", customer->s);
	return OK;
}

/* ---- asked for, and taken back ---- */

static enum err
check_reason(struct tx *tx, const char *reason)
{
	if (utf8_len(reason) <= CLOSE_REASON_MAX)
		return OK;
	problem_add(tx->problems, "reason", "too_long",
	    "Up to %d characters fit here.", CLOSE_REASON_MAX);
	return E_INPUT;
}

enum err
customer_close_ask(struct tx *tx, const struct id *customer, const char *reason)
{
	struct id id = id_new(clock_now_ms());
	struct user u;
	int64_t n;
	enum err e;

	if ((e = check_reason(tx, reason)) != OK ||
	    (e = hold(tx, customer)) != OK ||
	    (e = user_get(tx, &tx->actor->id, &u)) != OK)
		return e;
	e = db_exec_n(tx, &n,
	    "INSERT INTO close_requests (tenant_id, id, customer_id, user_id, "
	    "reason, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $6) "
	    "ON CONFLICT (tenant_id, customer_id) WHERE status = 'waiting' "
	    "DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(customer), DB_ID(&u.id),
	    DB_TEXT(reason), DB_INT(tx->now));
	if (e == OK && n == 0)
		e = conflict(tx, "It was asked for already.");
	if (e == OK)
		e = tell(tx, MAIL_CLOSE_ASKED, id.s, customer, &u);
	if (e == OK)
		e = tell_staff(tx, &id, customer);
	return e == OK ? audit(tx, "customer.close_ask", "customers", customer,
			     NULL)
		       : e;
}

/* The request that waits becomes `status`; E_NOTFOUND: none does. */
static enum err
end_request(struct tx *tx, const struct id *customer, const char *status)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE close_requests SET status = $3, ended_at = $4, "
	    "updated_at = $4 WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND status = 'waiting'",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_TEXT(status),
	    DB_INT(tx->now));

	return e == OK && n == 0 ? E_NOTFOUND : e;
}

enum err
customer_close_withdraw(struct tx *tx, const struct id *customer)
{
	enum err e = end_request(tx, customer, "withdrawn");

	if (e == E_NOTFOUND)
		return conflict(tx, "Nobody has asked to close this account.");
	return e == OK ? audit(tx, "customer.close_withdraw", "customers",
			     customer, NULL)
		       : e;
}

/* ---- carried out ---- */

static enum err
refuse_running(struct tx *tx, const struct id *customer)
{
	struct customer_standing s;
	size_t before = tx->problems->n;
	enum err e = customer_standing(tx, customer, &s);

	if (e != OK)
		return e;
	if (s.services > 0)
		problem_add(tx->problems, "", "conflict",
		    "Services that are not over: %lld. Cancel them first.",
		    (long long)s.services);
	if (s.open_invoices > 0)
		problem_add(tx->problems, "", "conflict",
		    "Open invoices: %lld. They have to be paid, voided or "
		    "written off first.",
		    (long long)s.open_invoices);
	return tx->problems->n == before ? OK : E_CONFLICT;
}

struct leaver {
	struct id user;
	bool has_other;
};

static enum err
list_leavers(struct tx *tx, const struct id *customer, struct leaver *list,
    size_t *n_out)
{
	size_t n = 0;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT u.id, CASE WHEN EXISTS (SELECT 1 FROM customer_people o "
	    "JOIN customers c ON c.tenant_id = o.tenant_id "
	    "AND c.id = o.customer_id WHERE o.tenant_id = p.tenant_id "
	    "AND o.user_id = p.user_id AND o.customer_id <> p.customer_id "
	    "AND c.status <> 'closed' AND c.deleted_at IS NULL) "
	    "THEN 1 ELSE 0 END FROM customer_people p "
	    "JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id "
	    "WHERE p.tenant_id = $1 AND p.customer_id = $2 "
	    "AND u.role = 'customer' AND u.status = 'active' "
	    "AND u.deleted_at IS NULL ORDER BY u.id LIMIT $3",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_INT(PEOPLE_MAX));

	if (e != OK)
		return e;
	while (n < PEOPLE_MAX && rows_next(&r))
		list[n++] = (struct leaver){
		    .user = row_id(&r, 0), .has_other = row_int(&r, 1) != 0};
	*n_out = n;
	return rows_done(&r);
}

/* Those with another account go on with that. */
static enum err
see_off(struct tx *tx, const struct id *customer)
{
	struct leaver *list = arena_array(tx->arena, PEOPLE_MAX, sizeof(*list));
	size_t n = 0;
	enum err e =
	    list ? list_leavers(tx, customer, list, &n) : tx_fail(tx, E_BUSY);

	for (size_t i = 0; e == OK && i < n; i++)
		if (!list[i].has_other)
			e = user_set_active(tx, &list[i].user, false);
	if (e != OK)
		return e;
	return db_exec(tx,
	    "DELETE FROM customer_people "
	    "WHERE tenant_id = $1 AND customer_id = $2",
	    DB_ID(&tx->tenant), DB_ID(customer));
}

static enum err
asker_of(struct tx *tx, const struct id *customer, struct user *out)
{
	const char *id;
	struct id user;
	enum err e = db_text(tx, &id,
	    "SELECT user_id FROM close_requests WHERE tenant_id = $1 "
	    "AND customer_id = $2 AND status = 'waiting'",
	    DB_ID(&tx->tenant), DB_ID(customer));

	if (e != OK)
		return e;
	if (!id)
		return E_NOTFOUND;
	user = id_of(id);
	return user_get(tx, &user, out);
}

static enum err
tell_closed(struct tx *tx, const struct id *customer)
{
	struct id once = id_new(clock_now_ms());
	struct user u;
	enum err e = asker_of(tx, customer, &u);
	bool asked = e == OK;

	if (e != OK && e != E_NOTFOUND)
		return e;
	e = tell(tx, MAIL_ACCOUNT_CLOSED, once.s, customer, asked ? &u : NULL);
	if (e == OK && asked)
		e = end_request(tx, customer, "done");
	return e;
}

enum err
customer_close(struct tx *tx, const struct id *customer)
{
	enum err e = hold(tx, customer);

	if (e == OK)
		e = refuse_running(tx, customer);
	if (e == OK)
		e = tell_closed(tx, customer);
	if (e == OK)
		e = see_off(tx, customer);
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE customers SET status = 'closed', "
		    "version = version + 1, updated_at = $3 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(customer), DB_INT(tx->now));
	return e == OK
		   ? audit(tx, "customer.close", "customers", customer, NULL)
		   : e;
}

/* ---- the verb ---- */

static enum err
run_close(const struct verb_call *c)
{
	return customer_close(c->tx, &c->id);
}

static const char *const not_closed[] = {"active", "suspended", NULL};

const struct verb customer_verbs[] = {
    {
	.noun = &customers_noun,
	.name = "close",
	.label = "Close account…",
	.icon = "ban",
	.ask = "Close the account of %s?",
	.text = "People who look after no other account can't sign in any "
		"more, and nobody orders for it. Invoices and books stay. "
		"It is refused while invoices are open or services run.",
	.yes = "Close the account",
	.no = "Keep it open",
	.done = "The account of %s is closed.",
	.perm = PERM_CUSTOMERS_WRITE,
	.flags = VERB_DANGER,
	.from = not_closed,
	.run = run_close,
    },
    {.noun = NULL},
};
