/* customer_mail.c - who is written to about a customer's account.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/customer_mail.h"

#include "base/text.h"
#include "identity/audit.h"

#define RECIPIENTS_MAX 200

/* clang-format off */
const struct customer_mail customer_mails[CUSTOMER_MAIL__MAX] = {
	[CUSTOMER_MAIL_INVOICES] = {"invoices", "Invoices and receipts",
		"For whoever looks after the invoices.", "may_bill"},
	[CUSTOMER_MAIL_SERVICES] = {"services", "News of your services",
		"When one is ready or suspended. For whoever looks after the services.", "may_tech"},
	[CUSTOMER_MAIL_SUPPORT] = {"support", "Answers to your questions",
		"For whoever asks for help.", "may_support"},
};
/* clang-format on */

/* ---- recipients ---- */

struct listing {
	struct mail_recipient *item;
	size_t n;
	/* The person whose address is the account's own; NULL: nobody. */
	struct mail_recipient own;
	bool own_is_off;
};

/* The account's own row comes first; its right and wish say that it is no
 * person's. */
#define RIGHTS                                                                 \
	"CASE $3 WHEN 'may_bill' THEN p.may_bill "                             \
	"WHEN 'may_tech' THEN p.may_tech ELSE p.may_support END = 1 "

static enum err
ask(struct tx *tx, const struct id *customer, const struct customer_mail *kind,
    struct rows *r)
{
	return db_query(tx, r,
	    "SELECT u.id, u.email, u.name, u.language, "
	    "CASE WHEN u.email_key = c.email_key THEN 1 ELSE 0 END, "
	    "COALESCE(n.wanted, 1) FROM customer_people p "
	    "JOIN customers c ON c.tenant_id = p.tenant_id "
	    "AND c.id = p.customer_id "
	    "JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id "
	    "LEFT JOIN notification_choices n ON n.tenant_id = p.tenant_id "
	    "AND n.user_id = p.user_id AND n.kind = $4 "
	    "WHERE p.tenant_id = $1 AND p.customer_id = $2 AND " RIGHTS
	    "AND u.status = 'active' AND u.deleted_at IS NULL "
	    "AND (u.password_hash IS NOT NULL OR u.email_key = c.email_key) "
	    "ORDER BY u.email_key LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_TEXT(kind->right),
	    DB_TEXT(kind->word), DB_INT(RECIPIENTS_MAX));
}

static void
take_row(const struct rows *r, struct listing *l)
{
	struct mail_recipient person = {
	    .user = row_id(r, 0),
	    .email = row_strdup(r, 1),
	    .name = row_strdup(r, 2),
	    .lang = row_strdup(r, 3),
	    .is_own = row_int(r, 4) != 0,
	};
	bool wants = row_int(r, 5) != 0;

	if (person.is_own) {
		l->own = person;
		l->own_is_off = !wants;
	} else if (wants) {
		l->item[l->n++] = person;
	}
}

static enum err
add_own(struct tx *tx, const struct id *customer, struct listing *l)
{
	const char *email;
	enum err e;

	if (l->own_is_off && l->n > 0)
		return OK;
	if (!id_is_set(&l->own.user)) {
		e = db_text(tx, &email,
		    "SELECT email FROM customers "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(customer));
		if (e != OK)
			return e;
		if (!email)
			return E_NOTFOUND;
		l->own = (struct mail_recipient){
		    .email = email, .name = "", .lang = "", .is_own = true};
	}
	l->item[l->n++] = l->own;
	return OK;
}

enum err
customer_mail_recipients(struct tx *tx, const struct id *customer,
    enum customer_mail_kind kind, const struct mail_recipient **list_out,
    size_t *n_out)
{
	struct listing l = {.item = arena_array(tx->arena, RECIPIENTS_MAX + 1,
				sizeof(*l.item))};
	struct rows r;
	enum err e;

	if (!l.item)
		return tx_fail(tx, E_BUSY);
	e = ask(tx, customer, &customer_mails[kind], &r);
	if (e != OK)
		return e;
	while (l.n < RECIPIENTS_MAX && rows_next(&r))
		take_row(&r, &l);
	e = rows_done(&r);
	if (e == OK)
		e = add_own(tx, customer, &l);
	if (e == OK) {
		*list_out = l.item;
		*n_out = l.n;
	}
	return e;
}

enum err
customer_mail_add(struct tx *tx, const struct id *customer,
    enum customer_mail_kind kind, const struct mail *m)
{
	const struct mail_recipient *list;
	size_t n = 0;
	enum err e = customer_mail_recipients(tx, customer, kind, &list, &n);

	for (size_t i = 0; e == OK && i < n; i++) {
		struct mail one = *m;

		one.to = list[i].email;
		one.name = list[i].name;
		one.lang = list[i].lang;
		if (!list[i].is_own)
			one.once = arena_printf(
			    tx->arena, "%s:%s", m->once, list[i].user.s);
		e = one.once ? mail_add(tx, &one) : tx_fail(tx, E_BUSY);
	}
	return e;
}

/* ---- what a person wants ---- */

enum err
customer_mail_wishes(
    struct tx *tx, const struct id *user, struct customer_mail_wishes *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT kind, wanted FROM notification_choices "
	    "WHERE tenant_id = $1 AND user_id = $2",
	    DB_ID(&tx->tenant), DB_ID(user));

	for (int k = 0; k < CUSTOMER_MAIL__MAX; k++)
		out->wanted[k] = true;
	if (e != OK)
		return e;
	while (rows_next(&r))
		for (int k = 0; k < CUSTOMER_MAIL__MAX; k++)
			if (str_eq(row_text(&r, 0), customer_mails[k].word))
				out->wanted[k] = row_int(&r, 1) != 0;
	return rows_done(&r);
}

static enum err
write_wish(struct tx *tx, const struct id *user, const char *word, bool wanted)
{
	enum err e = db_exec(tx,
	    "INSERT INTO notification_choices (tenant_id, user_id, kind, "
	    "wanted, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) "
	    "ON CONFLICT (tenant_id, user_id, kind) DO UPDATE "
	    "SET wanted = excluded.wanted, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_ID(user), DB_TEXT(word), DB_BOOL(wanted),
	    DB_INT(tx->now));
	const char *detail = audit_detail(
	    tx->arena, "kind", word, "wanted", wanted ? "yes" : "no");

	if (e == OK && !detail)
		e = tx_fail(tx, E_BUSY);
	return e == OK ? audit(tx, "user.notifications", "users", user, detail)
		       : e;
}

enum err
customer_mail_wish(
    struct tx *tx, const struct id *user, const struct customer_mail_wishes *w)
{
	struct customer_mail_wishes was;
	enum err e = customer_mail_wishes(tx, user, &was);

	for (int k = 0; e == OK && k < CUSTOMER_MAIL__MAX; k++)
		if (w->wanted[k] != was.wanted[k])
			e = write_wish(
			    tx, user, customer_mails[k].word, w->wanted[k]);
	return e;
}
