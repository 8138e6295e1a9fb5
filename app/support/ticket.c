/* ticket.c - a ticket is opened, answered, and noted upon.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_parts.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/secret.h"
#include "base/text.h"
#include "identity/audit.h"
#include "resource/field.h"

#define NOUN	     "tickets"
#define MERGES_MAX   8	/* hops to where a merged ticket went */
#define MAIL_KEY_LEN 16 /* bytes */

/* ---- what is asked ---- */

enum err
ticket_check_subject(struct tx *tx, const char *subject, const char **out)
{
	static const struct field f = {
	    .api = "subject", .type = FIELD_TEXT, .max = TICKET_SUBJECT_MAX};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val v;

	if (!field_read(&f, &in, subject ? subject : "", &v))
		return E_INPUT;
	if (v.type != DB_T_TEXT || v.text[0] == '\0') {
		problem_add(tx->problems, "subject", "required",
		    "Say in a few words what it is about.");
		return E_INPUT;
	}
	*out = v.text;
	return OK;
}

enum err
ticket_check_department(struct tx *tx, const struct id *department)
{
	int64_t n = 1;
	enum err e = OK;

	if (id_is_set(department))
		e = db_int(tx, 0, &n,
		    "SELECT count(*) FROM departments "
		    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(department));
	if (e != OK || n > 0)
		return e;
	problem_add(tx->problems, "departmentId", "not_found",
	    "There is no such department.");
	return E_INPUT;
}

enum err
ticket_no_service(struct tx *tx)
{
	problem_add(tx->problems, "subscriptionId", "not_found",
	    "This customer has no such service.");
	return E_INPUT;
}

static enum err
check_subscription(struct tx *tx, const struct ticket_new *n)
{
	int64_t found = 1;
	enum err e = OK;

	if (id_is_set(&n->subscription))
		e = db_int(tx, 0, &found,
		    "SELECT count(*) FROM subscriptions WHERE tenant_id = $1 "
		    "AND id = $2 AND customer_id = $3",
		    DB_ID(&tx->tenant), DB_ID(&n->subscription),
		    DB_ID(&n->customer));
	return e != OK || found > 0 ? e : ticket_no_service(tx);
}

/* Who asks: as given, else by the person, else the customer's own address. */
static enum err
fill_contact(struct tx *tx, const struct ticket_new *n, struct ticket *t)
{
	bool is_given = n->contact_email != NULL;
	struct rows r;
	enum err e = OK;

	t->contact_name = n->contact_name ? n->contact_name : "";
	t->contact_email = is_given ? n->contact_email : "";
	if (id_is_set(&n->customer) || (!is_given && id_is_set(&n->contact))) {
		e = db_one(tx, &r,
		    "SELECT COALESCE(u.name, c.name), "
		    "COALESCE(u.email, c.email) FROM tenants t "
		    "LEFT JOIN customers c ON c.tenant_id = t.id "
		    "AND c.id = $2 AND c.deleted_at IS NULL "
		    "LEFT JOIN users u ON u.tenant_id = t.id AND u.id = $3 "
		    "WHERE t.id = $1 AND (c.id IS NOT NULL "
		    "OR u.id IS NOT NULL AND $2 IS NULL)",
		    DB_ID(&tx->tenant), DB_ID(&n->customer),
		    DB_ID(&n->contact));
		if (e != OK)
			return e;
		if (!is_given) {
			t->contact_name = row_strdup(&r, 0);
			t->contact_email = row_strdup(&r, 1);
		}
		e = rows_done(&r);
	}
	if (e != OK || (t->contact_email && email_valid(t->contact_email)))
		return e;
	problem_add(
	    tx->problems, "email", "bad_format", "This is no e-mail address.");
	return E_INPUT;
}

/* All that is wrong is said at once. */
static enum err
check_new(struct tx *tx, const struct ticket_new *n, struct ticket *t,
    struct ticket_said *said)
{
	const enum err found[] = {
	    fill_contact(tx, n, t),
	    ticket_check_subject(tx, n->subject, &t->subject),
	    ticket_check_said(tx, "description", &n->said, said),
	    ticket_check_department(tx, &n->department),
	    check_subscription(tx, n),
	};
	enum err worst = OK;

	for (size_t i = 0; i < N_ELEMS(found); i++) {
		if (found[i] != OK && found[i] != E_INPUT)
			return found[i];
		if (found[i] == E_INPUT)
			worst = E_INPUT;
	}
	return worst;
}

/* ---- opening ---- */

static const char *
new_mail_key(struct arena *a)
{
	unsigned char bytes[MAIL_KEY_LEN];
	char hex[2 * MAIL_KEY_LEN + 1];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(hex, bytes, sizeof(bytes));
	return arena_strdup(a, hex);
}

/* Who says it, and what follows for the ticket. */
static void
follow(struct ticket *t, enum ticket_author author, int64_t now)
{
	t->last_message_at = now;
	switch (author) {
	case TICKET_BY_CUSTOMER:
		t->last_customer_at = now;
		t->status = TICKET_OPEN;
		t->closed_at = 0;
		break;
	case TICKET_BY_STAFF:
		t->last_staff_at = now;
		t->status = TICKET_WAITING;
		t->closed_at = 0;
		if (t->first_response_at == 0)
			t->first_response_at = now;
		break;
	case TICKET_BY_SYSTEM:
	case TICKET_AUTHOR__MAX:
		break;
	}
}

static enum err
announce_open(struct tx *tx, const struct ticket *t)
{
	enum err e = audit(tx, "ticket.open", NOUN, &t->id,
	    audit_detail(tx->arena, "subject", t->subject, "priority",
		ticket_priority_words[t->priority]));

	if (e == OK)
		e = ticket_number(tx, &t->id);
	return e == OK ? fact(tx, FACT_TICKET_OPENED, &t->id) : e;
}

enum err
ticket_open(struct tx *tx, const struct ticket_new *n, struct ticket_done *out)
{
	bool by_staff = n->said.author == TICKET_BY_STAFF;
	struct ticket_done done = {.is_repeated = false};
	struct ticket_said said;
	struct ticket t = {
	    .id = id_new(clock_now_ms()),
	    .customer = n->customer,
	    .contact = n->contact,
	    .department = n->department,
	    .priority = n->priority,
	    .subscription = n->subscription,
	};
	bool found;
	enum err e = ticket_find_mail(tx, &n->said, &found, out);

	if (e != OK || found)
		return e;
	if ((e = check_new(tx, n, &t, &said)) != OK)
		return e;
	if (by_staff)
		t.opened_by = said.user;
	follow(&t, n->said.author, tx->now);
	if ((t.mail_key = new_mail_key(tx->arena)) == NULL)
		return E_BUSY;
	done.ticket = t.id;
	e = ticket_insert(tx, &t);
	if (e == OK)
		e = ticket_message_add(tx, &t.id, &said, false, &done.message);
	if (e == OK)
		e = announce_open(tx, &t);
	if (e == OK)
		*out = done;
	return e;
}

/* ---- answering ---- */

/* Held: the ticket itself, or where it was merged into. */
static enum err
hold_living(struct tx *tx, const struct id *ticket, struct ticket *out)
{
	enum err e = ticket_hold(tx, ticket, 0, out);

	for (int i = 0; e == OK && id_is_set(&out->merged_into); i++) {
		struct id next = out->merged_into;

		if (i == MERGES_MAX)
			return E_CONFLICT;
		e = ticket_hold(tx, &next, 0, out);
	}
	return e;
}

static enum err
say(struct tx *tx, const struct id *ticket, const struct ticket_said *said,
    bool is_note, struct ticket *t, struct ticket_done *out)
{
	struct ticket_done done = {.is_repeated = false};
	struct ticket_said fit;
	bool found;
	enum err e = ticket_find_mail(tx, said, &found, out);

	if (e != OK || found)
		return e;
	if ((e = hold_living(tx, ticket, t)) != OK ||
	    (e = ticket_check_said(tx, "text", said, &fit)) != OK)
		return e;
	done.ticket = t->id;
	e = ticket_message_add(tx, &t->id, &fit, is_note, &done.message);
	if (e == OK)
		*out = done;
	return e;
}

enum err
ticket_reply(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out)
{
	struct ticket was, now;
	enum err e = say(tx, ticket, said, false, &was, out);

	if (e != OK || out->is_repeated)
		return e;
	now = was;
	follow(&now, said->author, tx->now);
	e = ticket_write(tx, &was, &now);
	if (e == OK)
		e = audit(tx, "ticket.reply", NOUN, &was.id,
		    audit_detail(tx->arena, "messageId", out->message.s, "by",
			ticket_author_words[said->author], "status",
			ticket_status_words[now.status]));
	return e == OK ? fact(tx, FACT_TICKET_REPLIED, &out->message) : e;
}

enum err
ticket_note(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out)
{
	struct ticket t;
	enum err e;

	assert(said->author != TICKET_BY_CUSTOMER);
	e = say(tx, ticket, said, true, &t, out);
	if (e != OK || out->is_repeated)
		return e;
	return audit(tx, "ticket.note", NOUN, &t.id,
	    audit_detail(tx->arena, "messageId", out->message.s));
}
