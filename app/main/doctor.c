/* doctor.c - is what must be true of the data, true?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/doctor.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "jobs/checks.h"
#include "main/wiring.h"

#define DAY_S 86400
/* A company that is gone, or a clock that was kept elsewhere meanwhile. */
#define ABANDONED_US (600 * INT64_C(1000000))

/* ---- one invariant ---- */

enum err
doctor_look(struct tx *tx, const struct invariant *v, bool has_orders,
    struct doctor_result *out)
{
	struct rows r;
	enum err e =
	    db_int(tx, 0, &out->checked, v->count_sql, DB_ID(&tx->tenant));

	out->n_bad = 0;
	if (e == OK)
		e = db_query(tx, &r, v->bad_sql, DB_ID(&tx->tenant));
	if (e != OK)
		return e;
	while (out->n_bad <= DOCTOR_SHOWN && rows_next(&r))
		out->bad[out->n_bad++] =
		    (struct doctor_finding){row_strdup(&r, 0),
			row_width(&r) > 1 ? row_strdup(&r, 1) : NULL};
	out->is_blind = v->follows_orders && has_orders && out->checked == 0;
	return rows_done(&r);
}

bool
doctor_is_good(const struct doctor_result *r)
{
	return r->n_bad == 0 && !r->is_blind;
}

enum err
doctor_has_orders(struct tx *tx, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM orders "
	    "WHERE tenant_id = $1 LIMIT 1) AS any_order",
	    DB_ID(&tx->tenant));

	if (e == OK)
		*out = n > 0;
	return e;
}

enum err
doctor_note(struct tx *tx, int64_t n_bad, int64_t n_checked, int64_t n_left)
{
	const struct check c = {
	    .result = n_bad > 0 ? CHECK_FAILED : CHECK_OK,
	    .n = n_bad,
	    .total = n_checked,
	};
	const struct check left = {.n = n_left, .total = n_checked + n_left};
	enum err e = tenant_check_note(tx, "doctor", &c);

	return e == OK ? tenant_check_note(tx, "doctor_left", &left) : e;
}

/* ---- a few each minute ---- */

/* Of the process, which has one clock: whose turn it is, and how far. */
static struct walk {
	struct id tenant; /* unset: nobody's */
	size_t table;
	const struct invariant *next;
	bool has_orders;
	int64_t n_bad, n_checked, n_left;
	int64_t moved_us; /* when it went on last */
} walk;

static struct {
	int64_t began_us, spent_us;
} a_round;

static bool
is_round_over(int64_t now_us)
{
	if (now_us - a_round.began_us > DOCTOR_EVERY_S * INT64_C(500000)) {
		a_round.began_us = now_us;
		a_round.spent_us = 0;
	}
	return a_round.spent_us >= DOCTOR_ROUND_MS * INT64_C(1000);
}

static void
skip_ended_tables(void)
{
	while (!walk.next->name && ++walk.table < n_invariant_tables)
		walk.next = invariant_tables[walk.table];
}

struct beginning {
	bool is_due, has_orders;
};

static enum err
look_whether_due(struct tx *tx, void *arg)
{
	struct beginning *b = arg;
	struct check c;
	enum err e = tenant_check_get(tx, "doctor", &c);

	b->is_due = tx->now - c.at >= DAY_S || c.at > tx->now;
	return e == OK && b->is_due ? doctor_has_orders(tx, &b->has_orders) : e;
}

static enum err
begin(struct work *w, int64_t now_us)
{
	struct beginning b = {.is_due = false};
	enum err e = work_do(w, TX_READ, look_whether_due, &b);

	if (e != OK || !b.is_due)
		return e;
	walk = (struct walk){
	    .tenant = w->tenant,
	    .next = invariant_tables[0],
	    .has_orders = b.has_orders,
	    .moved_us = now_us,
	};
	skip_ended_tables();
	return OK;
}

static enum err
ask(struct tx *tx, void *arg)
{
	struct doctor_result *r = arg;
	enum err e = tx_limit(tx, DOCTOR_PATIENCE_MS);

	return e == OK ? doctor_look(tx, walk.next, walk.has_orders, r) : e;
}

/* What can't be asked in time is no failure. */
static void
ask_next(struct work *w)
{
	struct doctor_result r = {.checked = 0};
	enum err e = work_do(w, TX_READ, ask, &r);

	walk.n_left += e != OK;
	walk.n_checked += e == OK;
	if (e == OK && !doctor_is_good(&r)) {
		walk.n_bad++;
		log_event(LOG_ERROR, "invariant_broken",
		    LOG_S("name", walk.next->name),
		    LOG_S("row", r.n_bad > 0 ? r.bad[0].row : ""));
	}
	walk.next++;
	skip_ended_tables();
}

static enum err
note(struct tx *tx, void *arg)
{
	(void)arg;
	return doctor_note(tx, walk.n_bad, walk.n_checked, walk.n_left);
}

enum err
doctor_work(struct work *w)
{
	int64_t now_us = clock_mono_us();
	enum err e = OK;

	if (is_round_over(now_us))
		return OK;
	if (id_is_set(&walk.tenant) && now_us - walk.moved_us > ABANDONED_US)
		walk.tenant = (struct id){""};
	if (!id_is_set(&walk.tenant))
		e = begin(w, now_us);
	if (e != OK || !str_eq(walk.tenant.s, w->tenant.s))
		return e;
	while (walk.next->name && !work_is_stopping() &&
	       a_round.spent_us < DOCTOR_ROUND_MS * INT64_C(1000)) {
		ask_next(w);
		walk.moved_us = clock_mono_us();
		a_round.spent_us += walk.moved_us - now_us;
		now_us = walk.moved_us;
	}
	if (walk.next->name)
		return OK;
	walk.tenant = (struct id){""};
	return work_do(w, TX_WRITE, note, NULL);
}
