/* mail_alert.c - what staff must hear of, gathered into one mail.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_alert.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "jobs/outbox.h"
#include "mail/mail_fill.h"
#include "tenancy/brand.h"

enum {
	EVERY_S = 60,
	DAY_S = 86400,
	MORNING_S = 6 * 3600, /* UTC */
	LOOK_AGAIN_S = 300,   /* staff may change their mind meanwhile */
	NOBODY_S = 3600,
	GATHERED_MAX = 1000,
	SHOWN_MAX = 50
};

/* ---- filling ---- */

static enum err
run_filler(struct tx *tx, const struct mail_filler *f, const char *payload,
    const char *lang, struct view *v)
{
	json_t *o = json_own(tx->arena, payload);
	const char *ref = json_string_value(json_object_get(o, f->ref));
	struct id id = {""};

	if (ref && id_valid(ref))
		id = id_of(ref);
	json_decref(o);
	return id_is_set(&id) ? f->fill(tx, &id, lang, v) : E_NOTFOUND;
}

enum err
mail_fill(struct tx *tx, const struct mail_kind *k, const char *payload,
    const char *lang, struct view *v)
{
	for (const struct mail_filler *f = mail_fillers; f->template; f++) {
		if (str_eq(f->template, k->name))
			return run_filler(tx, f, payload, lang, v);
	}
	return OK;
}

/* A thing that is gone needs nobody: its line is left out. */
static enum err
add_line(
    struct tx *tx, const char *id, const char *lang, struct view *lines, int *n)
{
	struct id outbox = id_of(id);
	const struct mail_kind *k;
	struct outbox_row row;
	struct view *line;
	enum err e = outbox_get(tx, &outbox, &row);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	if (!(k = mail_kind_find(row.template)))
		return OK;
	/* first into nowhere: a list can't give an item back */
	line = view_new(tx->arena);
	e = mail_fill(tx, k, row.payload, lang, line);
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	++*n;
	return mail_fill(tx, k, row.payload, lang, view_item(lines));
}

enum err
mail_alerts_fill(
    struct tx *tx, const char *payload, const char *lang, struct view *v)
{
	struct view *lines = view_list(v, "alerts");
	json_t *o = json_own(tx->arena, payload), *id;
	enum err e = OK;
	int n = 0, more;
	size_t i;

	json_array_foreach(json_object_get(o, "alerts"), i, id)
	{
		const char *s = json_string_value(id);

		if (e == OK && s && id_valid(s))
			e = add_line(tx, s, lang, lines, &n);
	}
	n += more = (int)json_integer_value(json_object_get(o, "more"));
	json_decref(o);
	if (e == OK && n == 0)
		return E_NOTFOUND;
	view_int(v, "count", n);
	view_flag(v, "isOne", n == 1);
	if (more > 0)
		view_int(v, "more", more);
	return e;
}

/* ---- gathering ---- */

struct gathering {
	struct work *work;
	struct brand brand;
	const char *to;
	int wait_s; /* 0: it was done */
	struct id id[GATHERED_MAX];
	size_t n;
};

/* Seconds until the tenant wants to hear again; 0: now. */
static int
pause_of(const struct brand *b, int64_t now)
{
	int64_t morning = now - now % DAY_S + MORNING_S;

	if (!b->alerts_daily)
		return now - b->alerted_at >= EVERY_S
			   ? 0
			   : (int)(EVERY_S - (now - b->alerted_at));
	if (now >= morning && b->alerted_at < morning)
		return 0;
	return LOOK_AGAIN_S;
}

/* The address for alerts, else for support, else the eldest administrator. */
static enum err
find_recipient(struct tx *tx, const struct brand *b, const char **out)
{
	if (b->alert_email[0] != '\0') {
		*out = b->alert_email;
		return OK;
	}
	if (b->support_email[0] != '\0') {
		*out = b->support_email;
		return OK;
	}
	return db_text(tx, out,
	    "SELECT email FROM users WHERE tenant_id = $1 "
	    "AND role = 'super_admin' AND status = 'active' "
	    "AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1",
	    DB_ID(&tx->tenant));
}

static enum err
list_waiting(struct tx *tx, struct gathering *g)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT id FROM outbox WHERE tenant_id = $1 AND kind = 'mail' "
	    "AND status = 'pending' AND recipient = '' ORDER BY id LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT(GATHERED_MAX));

	if (e != OK)
		return e;
	while (rows_next(&r) && g->n < GATHERED_MAX)
		g->id[g->n++] = row_id(&r, 0);
	return rows_done(&r);
}

/* Its own row of the queue is ended by the loop of work. */
static enum err
close_alert(struct tx *tx, const struct gathering *g, const struct id *id)
{
	enum err e = outbox_end(tx, id, "done", 0, NULL);

	if (e != OK || str_eq(id->s, g->work->ref.s))
		return e;
	return db_exec(tx,
	    "DELETE FROM queue WHERE tenant_id = $1 AND kind = 'mail' "
	    "AND ref_id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));
}

static enum err
add_gathered(struct tx *tx, const struct gathering *g)
{
	struct id once = id_new(clock_now_ms());
	struct json_out w;
	struct buf b;
	const char *payload;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_open(&w, "alerts", '[');
	for (size_t i = 0; i < g->n && i < SHOWN_MAX; i++)
		json_str(&w, NULL, g->id[i].s);
	json_close(&w, ']');
	if (g->n > SHOWN_MAX)
		json_int(&w, "more", (int64_t)g->n - SHOWN_MAX);
	json_close(&w, '}');
	payload = buf_move(tx->arena, &b);
	return outbox_add(
	    tx, &(struct outbox_entry){
		    .kind = OUTBOX_MAIL,
		    .dedupe_key = arena_printf(tx->arena, "alerts:%s", once.s),
		    .recipient = g->to,
		    .template = MAIL_PREFIX MAIL_STAFF_ALERTS,
		    .payload = payload ? payload : "{}",
		});
}

/* One worker gathers; the other finds the time moved on. */
static enum err
take_turn(struct tx *tx, const struct gathering *g)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE tenants SET alerted_at = $2 "
	    "WHERE id = $1 AND alerted_at = $3",
	    DB_ID(&tx->tenant), DB_INT(tx->now), DB_INT(g->brand.alerted_at));

	return e == OK && n == 0 ? E_RETRY : e;
}

static enum err
gather(struct tx *tx, void *arg)
{
	struct gathering *g = arg;
	enum err e = brand_get(tx, &g->brand);

	g->n = 0;
	g->to = NULL;
	if (e == OK)
		e = find_recipient(tx, &g->brand, &g->to);
	if (e != OK)
		return e;
	g->wait_s = g->to ? pause_of(&g->brand, tx->now) : NOBODY_S;
	if (g->wait_s > 0)
		return OK;
	e = take_turn(tx, g);
	if (e == OK)
		e = list_waiting(tx, g);
	for (size_t i = 0; e == OK && i < g->n; i++)
		e = close_alert(tx, g, &g->id[i]);
	return e == OK && g->n > 0 ? add_gathered(tx, g) : e;
}

enum err
mail_alert_work(struct work *w)
{
	struct gathering *g = ARENA_NEW(w->arena, struct gathering);
	enum err e;

	if (!g)
		return E_BUSY;
	g->work = w;
	e = work_do(w, TX_WRITE, gather, g);
	if (e != OK || g->wait_s == 0)
		return e;
	w->wait_s = g->wait_s;
	if (!g->to)
		w->complaint = "Nobody gets the alerts (Settings, Mail).";
	return E_BUSY;
}

/* ---- dead letters ---- */

enum err
mail_dead_fill(
    struct tx *tx, const struct id *ref, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT kind, recipient, last_error FROM outbox "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'dead'",
	    DB_ID(&tx->tenant), DB_ID(ref));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "Given up: %s%s%s: %s", row_text(&r, 0),
		row_text(&r, 1)[0] != '\0' ? " to " : "", row_text(&r, 1),
		row_is_null(&r, 2) ? "no reason was noted" : row_text(&r, 2)));
	view_text(v, "path",
	    str_eq(row_text(&r, 0), "mail") ? "/settings/mail" : "/dashboard");
	return rows_done(&r);
}

enum err
mail_outbox_dead(struct tx *tx, const struct id *outbox)
{
	struct id once = id_new(clock_now_ms());
	struct outbox_row row;
	enum err e = outbox_get(tx, outbox, &row);

	if (e != OK)
		return e;
	if (str_starts(row.template, MAIL_PREFIX "staff-"))
		return OK;
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_STAFF_DEAD_LETTER,
		    .once = arena_printf(tx->arena,
			MAIL_PREFIX MAIL_STAFF_DEAD_LETTER ":%s", once.s),
		    .ref_name = "outboxId",
		    .ref = outbox,
		});
}
