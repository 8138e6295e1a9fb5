/* ticket_state.c - a ticket is closed, opened again, assigned, sorted.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_parts.h"

#include "base/fact.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/user.h"
#include "support/ticket_people.h"

#define NOUN "tickets"

/* ---- closing ---- */

enum err
ticket_close(struct tx *tx, const struct id *ticket, int64_t version)
{
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, version, &was);

	if (e != OK || was.status == TICKET_CLOSED)
		return e;
	now = was;
	now.status = TICKET_CLOSED;
	now.closed_at = tx->now;
	e = ticket_write(tx, &was, &now);
	if (e == OK)
		e = audit(tx, "ticket.close", NOUN, &was.id, NULL);
	return e == OK ? fact(tx, FACT_TICKET_CLOSED, &was.id) : e;
}

enum err
ticket_reopen(struct tx *tx, const struct id *ticket, int64_t version)
{
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, version, &was);

	if (e != OK || was.status != TICKET_CLOSED)
		return e;
	if (id_is_set(&was.merged_into)) {
		problem_add(tx->problems, "", "conflict",
		    "This ticket was merged into another one.");
		return E_CONFLICT;
	}
	now = was;
	now.status = TICKET_OPEN;
	now.closed_at = 0;
	e = ticket_write(tx, &was, &now);
	return e == OK ? audit(tx, "ticket.reopen", NOUN, &was.id, NULL) : e;
}

/* ---- sorting ---- */

/* Is it somebody of staff who may answer tickets? */
static enum err
check_assignee(struct tx *tx, const struct id *user, const char **email_out)
{
	struct user u;
	enum err e = ticket_staff(tx, user, &u);

	if (e == OK)
		*email_out = u.email;
	if (e != E_NOTFOUND)
		return e;
	problem_add(tx->problems, "assigneeId", "not_found",
	    "This is nobody who answers tickets.");
	return E_INPUT;
}

static bool
is_same(const struct id *a, const struct id *b)
{
	return str_eq(a->s, b->s);
}

enum err
ticket_assign(struct tx *tx, const struct id *ticket, int64_t version,
    const struct id *user)
{
	const char *email = NULL;
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, version, &was);

	if (e == OK && id_is_set(user))
		e = check_assignee(tx, user, &email);
	if (e != OK || is_same(&was.assignee, user))
		return e;
	now = was;
	now.assignee = *user;
	e = ticket_write(tx, &was, &now);
	return e == OK ? audit(tx, "ticket.assign", NOUN, &was.id,
			     audit_detail(tx->arena, "to", email))
		       : e;
}

enum err
ticket_set_priority(struct tx *tx, const struct id *ticket, int64_t version,
    enum ticket_priority priority)
{
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, version, &was);

	if (e != OK || was.priority == priority)
		return e;
	now = was;
	now.priority = priority;
	e = ticket_write(tx, &was, &now);
	return e == OK ? audit(tx, "ticket.priority", NOUN, &was.id,
			     audit_detail(tx->arena, "from",
				 ticket_priority_words[was.priority], "to",
				 ticket_priority_words[priority]))
		       : e;
}

enum err
ticket_set_department(struct tx *tx, const struct id *ticket, int64_t version,
    const struct id *department)
{
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, version, &was);

	if (e == OK)
		e = ticket_check_department(tx, department);
	if (e != OK || is_same(&was.department, department))
		return e;
	now = was;
	now.department = *department;
	e = ticket_write(tx, &was, &now);
	return e == OK ? audit(tx, "ticket.department", NOUN, &was.id,
			     audit_detail(tx->arena, "from", was.department.s,
				 "to", department->s))
		       : e;
}

enum err
ticket_set_subject(struct tx *tx, const struct id *ticket, int64_t version,
    const char *subject)
{
	const char *fit;
	struct ticket was, now;
	enum err e = ticket_hold(tx, ticket, version, &was);

	if (e == OK)
		e = ticket_check_subject(tx, subject, &fit);
	if (e != OK || str_eq(was.subject, fit))
		return e;
	now = was;
	now.subject = fit;
	e = ticket_write(tx, &was, &now);
	return e == OK ? audit(tx, "ticket.subject", NOUN, &was.id,
			     audit_detail(
				 tx->arena, "from", was.subject, "to", fit))
		       : e;
}
