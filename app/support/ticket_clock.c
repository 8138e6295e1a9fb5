/* ticket_clock.c - by when a ticket is to be answered and solved.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket_clock.h"

#include "base/text.h"
#include "tenancy/tenant_settings.h"

#define MINUTE_S    60
#define MINUTES_MAX 1000000 /* more than a setting may be */

/* ---- what is promised ---- */

/* The settings have both by priority. */
static const char *const first_names[] = {
    [TICKET_LOW] = "helpFirstLow",
    [TICKET_NORMAL] = "helpFirstNormal",
    [TICKET_HIGH] = "helpFirstHigh",
    [TICKET_URGENT] = "helpFirstUrgent",
};
static const char *const resolution_names[] = {
    [TICKET_LOW] = "helpSolvedLow",
    [TICKET_NORMAL] = "helpSolvedNormal",
    [TICKET_HIGH] = "helpSolvedHigh",
    [TICKET_URGENT] = "helpSolvedUrgent",
};

static const char *
kept(const struct tenant_settings *s, const char *name)
{
	int i = noun_field(&tenant_settings_noun, name);

	assert(i >= 0);
	return s->kept[i];
}

static void
take_minutes(const struct tenant_settings *s,
    const char *const names[TICKET_PRIORITY__MAX],
    int64_t out_s[TICKET_PRIORITY__MAX])
{
	for (int i = 0; i < TICKET_PRIORITY__MAX; i++) {
		int64_t minutes = 0;

		if (!str_to_i64(kept(s, names[i]), 0, MINUTES_MAX, &minutes))
			minutes = 0;
		out_s[i] = minutes * MINUTE_S;
	}
}

/* What does not read was refused when it was set; a version of tomorrow may
 * have kept more than we understand: then it is always open. */
static void
take_hours(const struct tenant_settings *s, struct arena *a, struct hours *out)
{
	const char *what;

	*out = (struct hours){.zone = kept(s, "timeZone")};
	if (!hours_read(a, kept(s, "helpHours"), out, &what))
		out->n_spans = 0;
	if (!hours_read_holidays(a, kept(s, "helpHolidays"), out, &what))
		out->n_holidays = 0;
}

enum err
ticket_promise_get(struct tx *tx, struct ticket_promise *out)
{
	struct tenant_settings s;
	enum err e = tenant_settings_get(&s, tx);

	if (e != OK)
		return e;
	take_hours(&s, tx->arena, &out->hours);
	take_minutes(&s, first_names, out->first_s);
	take_minutes(&s, resolution_names, out->resolution_s);
	return OK;
}

/* ---- the clocks of one ticket ---- */

/* 0: never. */
static int64_t
due(const struct ticket_promise *p, int64_t from, int64_t promised_s,
    int64_t paused_s)
{
	int64_t at;

	if (promised_s == 0)
		return 0;
	at = hours_add(&p->hours, from, promised_s + paused_s);
	return at == INT64_MAX ? 0 : at;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

void
ticket_clock_turn(const struct ticket_promise *p, int64_t now, struct ticket *t)
{
	bool stands = t->status != TICKET_OPEN;

	if (stands && t->paused_at == 0)
		t->paused_at = now;
	if (!stands && t->paused_at != 0) {
		t->paused_s += hours_between(&p->hours, t->paused_at, now);
		t->paused_at = 0;
	}
	t->first_response_due =
	    due(p, t->created_at, p->first_s[t->priority], 0);
	t->resolution_due =
	    due(p, t->created_at, p->resolution_s[t->priority], t->paused_s);
	t->next_due =
	    stands
		? 0
		: earlier(t->first_response_at == 0 ? t->first_response_due : 0,
		      t->resolution_due);
	if (t->next_due == 0 || t->next_due > now)
		t->escalated_at = 0;
}
