/* subscription_end.c - a subscription ends with what was paid for, and not
 * before.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/subscription_end.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing_mails.h"
#include "billing/plan_change.h"
#include "billing/subscription.h"
#include "identity/audit.h"
#include "mail/mail.h"

const struct choice end_reasons[] = {
    {"", "I’d rather not say"},
    {"not_needed", "I don’t need it any more"},
    {"too_expensive", "It costs too much"},
    {"moving", "I move to somebody else"},
    {"missing", "Something is missing"},
    {"trouble", "It did not work well"},
    {"other", "Something else"},
    {NULL},
};

void
subscription_end_day(
    const struct tx *tx, const char *period_end, char out[static 11])
{
	char today[11];

	date_iso(tx->now, today);
	date_add_days(today, 1, out);
	if (strcmp(period_end, out) > 0)
		memcpy(out, period_end, 11);
}

/* ---- rows ---- */

struct ending {
	const char *status, *period_end;
	const char *ends_on; /* or NULL */
};

/* Locked: who takes it back and who carries it out meet here. */
static enum err
get(struct tx *tx, const struct id *id, struct ending *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT status, current_period_end, ends_on FROM subscriptions "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct ending){
	    .status = row_strdup(&r, 0),
	    .period_end = row_strdup(&r, 1),
	    .ends_on = row_strdup(&r, 2),
	};
	e = rows_done(&r);
	return e == OK && (!out->status || !out->period_end)
		   ? tx_fail(tx, E_BUSY)
		   : e;
}

static bool
is_over(const struct ending *s)
{
	return str_eq(s->status, "cancelled") || str_eq(s->status, "expired");
}

static bool
has_come(const struct tx *tx, const char *day)
{
	char today[11];

	date_iso(tx->now, today);
	return strcmp(day, today) <= 0;
}

/* ---- asking for it ---- */

static bool
end_is_valid(struct tx *tx, const struct subscription_end *end)
{
	bool known = false;

	for (const struct choice *c = end_reasons; c->word && !known; c++)
		known = str_eq(c->word, end->reason);
	if (!known)
		problem_add(tx->problems, "reason", "not_in_list",
		    "Choose one of the reasons, or none.");
	if (utf8_len(end->note) <= END_NOTE_MAX)
		return known;
	problem_add(tx->problems, "note", "too_long", "At most %d characters.",
	    END_NOTE_MAX);
	return false;
}

static enum err
tell(struct tx *tx, const struct id *id, bool by_customer)
{
	enum err e = subscription_mail_add(tx, id, MAIL_SERVICE_ENDING);
	struct id once = id_new(clock_now_ms());

	if (e != OK || !by_customer)
		return e;
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_STAFF_SERVICE_ENDING,
		    .once = arena_printf(tx->arena,
			"mail/" MAIL_STAFF_SERVICE_ENDING ":%s", once.s),
		    .ref_name = "subscriptionId",
		    .ref = id,
		});
}

static enum err
set_end(struct tx *tx, const struct id *id, const char *day,
    const struct subscription_end *end)
{
	enum err e = db_exec(tx,
	    "UPDATE subscriptions SET ends_on = $3, end_reason = $4, "
	    "end_note = $5, end_asked_by = $6, end_asked_name = $7, "
	    "end_asked_at = $8, auto_renew = 0, next_billing_date = NULL, "
	    "version = version + 1, updated_at = $8 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(day), DB_TEXT(end->reason),
	    DB_TEXT(end->note), DB_ID(&tx->actor->id), DB_TEXT(tx->actor->name),
	    DB_INT(tx->now));

	return e == OK ? audit(tx, "subscription.cancel_at_end",
			     "subscriptions", id,
			     audit_detail(tx->arena, "endsOn", day, "reason",
				 end->reason))
		       : e;
}

static bool
may_end(struct tx *tx, const struct ending *s)
{
	if (is_over(s))
		problem_add(tx->problems, "", "conflict",
		    "This service has ended already.");
	else if (str_eq(s->status, "pending"))
		problem_add(tx->problems, "", "conflict",
		    "This service is still being set up. Once it is up it can "
		    "be cancelled.");
	else
		return true;
	return false;
}

enum err
subscription_cancel_at_end(
    struct tx *tx, const struct id *id, const struct subscription_end *end)
{
	struct ending s;
	char day[11];
	enum err e;

	if (!end_is_valid(tx, end))
		return E_INPUT;
	if ((e = get(tx, id, &s)) != OK)
		return e;
	if (!may_end(tx, &s))
		return E_CONFLICT;
	if (s.ends_on)
		return OK;
	subscription_end_day(tx, s.period_end, day);
	e = plan_change_drop(tx, id, "The service is cancelled.");
	if (e != OK)
		return e;
	e = set_end(tx, id, day, end);
	return e == OK ? tell(tx, id, end->by_customer) : e;
}

/* ---- taking it back ---- */

enum err
subscription_keep(struct tx *tx, const struct id *id)
{
	struct ending s;
	enum err e = get(tx, id, &s);

	if (e != OK)
		return e;
	if (is_over(&s) || (s.ends_on && has_come(tx, s.ends_on))) {
		problem_add(tx->problems, "", "conflict",
		    "This service has ended. Order it again to have it back.");
		return E_CONFLICT;
	}
	if (!s.ends_on)
		return OK;
	e = db_exec(tx,
	    "UPDATE subscriptions SET ends_on = NULL, end_reason = '', "
	    "end_note = '', end_asked_by = NULL, end_asked_name = '', "
	    "end_asked_at = NULL, auto_renew = 1, "
	    "next_billing_date = current_period_end, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
	if (e == OK)
		e = audit(tx, "subscription.keep", "subscriptions", id, NULL);
	return e == OK ? subscription_mail_add(tx, id, MAIL_SERVICE_KEPT) : e;
}

/* ---- the day ---- */

/* As the index subscriptions_ending has it. */
#define ENDS "ends_on IS NOT NULL AND status NOT IN ('cancelled', 'expired')"

enum err
subscriptions_due_to_end(
    struct tx *tx, struct id *list_out, size_t max, size_t *n_out)
{
	struct rows r;
	char today[11];
	size_t n = 0;
	enum err e;

	date_iso(tx->now, today);
	e = db_query(tx, &r,
	    "SELECT id FROM subscriptions WHERE tenant_id = $1 "
	    "AND " ENDS " AND ends_on <= $2 ORDER BY ends_on, id LIMIT $3",
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
subscription_end_now(struct tx *tx, const struct id *id, bool *done_out)
{
	struct ending s;
	bool done;
	enum err e = get(tx, id, &s);

	if (e != OK)
		return e;
	done = s.ends_on && has_come(tx, s.ends_on) && !is_over(&s);
	if (done)
		e = subscription_cancel(tx, id);
	if (e == OK && done)
		e = subscription_mail_add(tx, id, MAIL_SERVICE_ENDED);
	if (e == OK)
		*done_out = done;
	return e;
}
