/* mail_in_who.c - whom a mail is for, and what proves who wrote it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/mail_in_parts.h"

#include <string.h>

#include "base/text.h"
#include "identity/user.h"
#include "support/ticket_mails.h"
#include "support/ticket_people.h"
#include "tenancy/brand.h"
#include "tenancy/tenant.h"

/* ---- whose it is ---- */

enum err
mail_in_find_department(
    struct tx *tx, const struct reply_address *to, struct id *out)
{
	const char *id = NULL;
	enum err e = db_text(tx, &id,
	    "SELECT id FROM departments WHERE tenant_id = $1 "
	    "AND deleted_at IS NULL AND (local_part = $2 OR local_part = $3) "
	    "ORDER BY CASE WHEN local_part = $2 THEN 0 ELSE 1 END LIMIT 1",
	    DB_ID(&tx->tenant), DB_TEXT(to->local), DB_TEXT(to->word));

	*out = id_of_any(id);
	return e;
}

/* Is it the help desk's address, or a department's? */
static enum err
check_local(struct tx *tx, const struct brand *b, const struct reply_address *r)
{
	size_t n = strlen(r->local);
	struct id department;
	struct reply_address bare = *r;
	enum err e;

	if (strncmp(b->help_email, r->local, n) == 0 && b->help_email[n] == '@')
		return OK;
	bare.word = "";
	e = mail_in_find_department(tx, &bare, &department);
	return e == OK && !id_is_set(&department) ? E_NOTFOUND : e;
}

enum err
mail_in_whose(struct tx *tx, const struct settings *s, const char *recipient,
    struct id *tenant_out, const char **why_out)
{
	struct reply_address r;
	const char *id = NULL;
	struct tenant t;
	struct brand b;
	struct id tenant;
	enum err e = reply_address_parse(tx->arena, recipient, &r);

	if (e == OK)
		e = db_text(tx, &id,
		    "SELECT id FROM tenants WHERE help_domain = $1",
		    DB_TEXT(r.domain));
	if (e != OK || !id)
		return e == OK || e == E_INPUT ? E_NOTFOUND : e;
	tenant = id_of(id);
	tx_set_tenant(tx, &tenant);
	e = tenant_get(tx, &tenant, &t);
	if (e == OK)
		e = brand_get(tx, &b);
	if (e == OK)
		e = check_local(tx, &b, &r);
	if (e != OK)
		return e;
	*why_out = !t.is_active		      ? "the company is suspended"
		   : !brand_takes_mail(&b, s) ? "the setting mail_in_domains "
						"lacks the domain"
					      : NULL;
	if (*why_out)
		return E_BUSY;
	*tenant_out = tenant;
	return OK;
}

/* ---- who wrote it ---- */

static enum err
vouches(struct tx *tx, const struct mail_in_who *w, const char *as,
    const char *person)
{
	const struct reply_code c = {w->ticket.mail_key, as, person};

	return reply_code_check(tx, w->to.code, &c);
}

static enum err
try_staff(struct tx *tx, struct mail_in_who *w)
{
	struct user u;
	enum err e = vouches(tx, w, TICKET_AS_STAFF, w->from);

	if (e != OK)
		return e;
	w->has_ticket = true;
	w->as = MAIL_IN_OTHER;
	e = ticket_staff_by_email(tx, w->from, &u);
	if (e != OK)
		return e == E_NOTFOUND ? OK : e; /* staff no more */
	w->as = MAIL_IN_STAFF;
	w->user = u.id;
	w->name = u.name;
	return OK;
}

static enum err
try_customer(struct tx *tx, struct mail_in_who *w)
{
	const struct ticket_person *people;
	size_t n;
	enum err e = vouches(tx, w, TICKET_AS_CUSTOMER, w->from);

	if (e != OK)
		return e;
	w->has_ticket = true;
	w->as = MAIL_IN_OTHER;
	e = ticket_people(tx, &w->ticket, &people, &n);
	for (size_t i = 0; e == OK && i < n; i++) {
		if (!str_eq_nocase(people[i].email, w->from))
			continue;
		w->as = MAIL_IN_CUSTOMER;
		w->user = people[i].user;
		w->name = people[i].name;
	}
	return e;
}

/* Is the code one that went to somebody else? */
static enum err
try_others(struct tx *tx, struct mail_in_who *w, const char *report_to)
{
	const struct ticket_person *people;
	const struct user *users;
	size_t n, n_users;
	enum err e = ticket_people(tx, &w->ticket, &people, &n), found;

	if (e == OK)
		e = user_list(tx, &users, &n_users);
	if (e != OK)
		return e;
	found = vouches(tx, w, TICKET_AS_CUSTOMER, w->ticket.contact_email);
	if (found == E_DENIED && report_to[0] != '\0')
		found = vouches(tx, w, TICKET_AS_CUSTOMER, report_to);
	if (found == E_DENIED && report_to[0] != '\0')
		found = vouches(tx, w, TICKET_AS_STAFF, report_to);
	for (size_t i = 0; found == E_DENIED && i < n; i++)
		found = vouches(tx, w, TICKET_AS_CUSTOMER, people[i].email);
	for (size_t i = 0; found == E_DENIED && i < n_users; i++)
		found = vouches(tx, w,
		    str_eq(users[i].role, "customer") ? TICKET_AS_CUSTOMER
						      : TICKET_AS_STAFF,
		    users[i].email);
	if (found != OK)
		return found == E_DENIED ? OK : found;
	w->has_ticket = true;
	w->as = MAIL_IN_OTHER;
	return OK;
}

static enum err
find_ticket(struct tx *tx, struct mail_in_who *w, const char *report_to)
{
	const char *number = str_upper(tx->arena, w->to.word);
	enum err e;

	if (!number)
		return E_BUSY;
	e = ticket_by_number(tx, number, &w->ticket);
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	e = w->from[0] != '\0' ? try_staff(tx, w) : E_DENIED;
	if (e == E_DENIED && w->from[0] != '\0')
		e = try_customer(tx, w);
	return e == E_DENIED ? try_others(tx, w, report_to) : e;
}

/* Among all addresses that the mail names, one with a code goes before the one
 * that it was handed over for: a mail to both comes twice. */
static enum err
choose_address(struct tx *tx, const struct mail_in *m, struct mail_in_who *w)
{
	enum err e = reply_address_parse(tx->arena, m->recipient, &w->to);

	for (size_t i = 0;
	     e == OK && w->to.code[0] == '\0' && i < m->mail->n_to; i++) {
		struct reply_address other;

		e = reply_address_parse(tx->arena, m->mail->to[i], &other);
		if (e == OK && other.code[0] != '\0' &&
		    str_eq(other.domain, w->to.domain))
			w->to = other;
	}
	return e;
}

enum err
mail_in_find(struct tx *tx, const struct mail_in *m, struct mail_in_who *out)
{
	struct mail_in_who w = {.from = m->mail->from,
	    .name = m->mail->from_name,
	    .as = MAIL_IN_STRANGER};
	const char *sender = str_lower(tx->arena, m->sender);
	enum err e = choose_address(tx, m, &w);

	if (e == OK && w.from[0] == '\0' && sender && email_valid(sender))
		w.from = sender;
	if (e == OK && w.to.code[0] != '\0')
		e = find_ticket(tx, &w, m->mail->report_to);
	if (e == OK)
		*out = w;
	return e;
}

/* ---- whose ticket it opens ---- */

static enum err
find_account(struct tx *tx, const struct user *u, struct mail_in_owner *out)
{
	const char *id = NULL;
	enum err e = db_text(tx, &id,
	    "SELECT c.id FROM customer_people p JOIN customers c "
	    "ON c.tenant_id = p.tenant_id AND c.id = p.customer_id "
	    "WHERE p.tenant_id = $1 AND p.user_id = $2 AND p.may_support = 1 "
	    "AND c.deleted_at IS NULL "
	    "ORDER BY COALESCE(NULLIF(c.company_name, ''), c.name), c.id "
	    "LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(&u->id));

	if (e != OK || !id)
		return e;
	out->customer = id_of(id);
	out->contact = u->id;
	return OK;
}

enum err
mail_in_find_owner(struct tx *tx, const char *from, struct mail_in_owner *out)
{
	struct mail_in_owner o = {.is_staff = false};
	const char *id = NULL;
	struct user u;
	enum err e = user_find(tx, from, &u);

	if (e == OK) {
		o.is_staff = !str_eq(u.role, "customer");
		if (!o.is_staff && u.is_active)
			e = find_account(tx, &u, &o);
	} else if (e == E_NOTFOUND) {
		e = db_text(tx, &id,
		    "SELECT id FROM customers WHERE tenant_id = $1 "
		    "AND email_key = lower($2) AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_TEXT(from));
		o.customer = id_of_any(id);
	}
	if (e == OK)
		*out = o;
	return e;
}
