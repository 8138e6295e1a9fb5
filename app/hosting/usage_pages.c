/* usage_pages.c - what a site uses, as pages show it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/usage_pages.h"

#include <string.h>

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/chart.h"
#include "face/part.h"
#include "face/show.h"

/* ---- beside what the plan includes ---- */

/* Plans include whole numbers: "10 GB", not "10.0 GB". */
static const char *
limit_text(struct arena *a, int64_t limit)
{
	const char tail[] = {reader_numbers().point, '0', ' ', '\0'};
	const char *text = show_bytes(a, limit), *at = strstr(text, tail);

	if (!at)
		return text;
	text = arena_printf(a, "%.*s%s", (int)(at - text), text, at + 2);
	return text ? text : "";
}

/* "3.1 GB" and "10 GB" are "3.1 of 10 GB". */
const char *
usage_text(struct arena *a, int64_t used, int64_t limit)
{
	const char *is = show_bytes(a, used), *of = limit_text(a, limit);
	const char *unit = strrchr(is, ' '), *unit_of = strrchr(of, ' ');

	if (limit <= 0)
		return is;
	if (unit && unit_of && str_eq(unit, unit_of))
		is = arena_strndup(a, is, (size_t)(unit - is));
	return is ? say_printf(a, "%s of %s", is, of) : "";
}

const char *
usage_limit_text(struct arena *a, int64_t limit)
{
	return limit > 0 ? say_with(a, "of %s", limit_text(a, limit)) : "";
}

const char *
usage_class(int64_t used, int64_t limit)
{
	int percent = per_mille(used, limit) / 10;

	return percent >= USAGE_FULL   ? "badc"
	       : percent >= USAGE_NEAR ? "warn"
				       : "";
}

static void
put_meter_of(struct request *rq, struct view *items, const char *what,
    const char *label, int64_t used, int64_t limit)
{
	int percent = (int)(per_mille(used, limit) / 10);
	struct view *v =
	    limit > 0 ? meter_add(items, percent, label) : view_item(items);

	view_text(v, "name", what);
	view_text(v, "text", usage_text(rq->arena, used, limit));
	if (limit > 0)
		return;
	view_text(v, "percent", "");
	view_text(v, "label", "");
	view_text(v, "class", "");
}

void
usage_put_meters(
    struct request *rq, const struct usage_now *u, struct view *items)
{
	if (u->disk >= 0)
		put_meter_of(rq, items, say("Storage"), say("Storage used:"),
		    u->disk, u->disk_limit);
	if (u->sent >= 0)
		put_meter_of(rq, items, say("Traffic"),
		    say("Traffic of this month:"), u->sent, u->sent_limit);
}

/* ---- the last days ---- */

struct series {
	const char *title, *what, *head;
	int64_t value[USAGE_DAYS]; /* -1: not known */
	int64_t most, sum, last;
	int n;
};

static void
look_at(struct series *s)
{
	for (int i = 0; i < USAGE_DAYS; i++) {
		if (s->value[i] < 0)
			continue;
		s->n++;
		s->last = s->value[i];
		s->sum += s->value[i];
		s->most = s->value[i] > s->most ? s->value[i] : s->most;
	}
}

static const char *
day_text(struct request *rq, const struct usage_day *d)
{
	int64_t t = 0;

	return time_parse(d->day, &t) ? show_date(rq->arena, t, rq->now)
				      : d->day;
}

static void
put_axes(
    struct request *rq, const struct usage_day *d, int64_t top, struct chart *c)
{
	for (int i = 2; i >= 0; i--)
		chart_y(c, show_bytes(rq->arena, top * i / 2));
	for (int i = 0; i <= 4; i++)
		chart_x(c, day_text(rq, &d[i * (USAGE_DAYS - 1) / 4]));
}

static void
put_rows(struct request *rq, const struct usage_day *d, const struct series *s,
    struct chart *c)
{
	struct chart_table table;

	chart_table(c, s->title, &table);
	chart_head(&table, s->head);
	for (int i = USAGE_DAYS - 1; i >= 0; i--)
		chart_cell(chart_row(&table, day_text(rq, &d[i])),
		    s->value[i] < 0 ? "–" : show_bytes(rq->arena, s->value[i]));
}

/* now: what stands beside the title. */
static void
put_series(struct request *rq, const struct usage_day *d,
    const struct series *s, const char *now, bool bars, struct view *charts)
{
	int64_t top = chart_top(s->most > 0 ? s->most : 1);
	int point[USAGE_DAYS];
	struct chart c;

	for (int i = 0; i < USAGE_DAYS; i++)
		point[i] = s->value[i] < 0 ? bars ? 0 : CHART_GAP
					   : per_mille(s->value[i], top);
	chart_start(&c, view_item(charts), s->title, now);
	chart_label(&c,
	    say_printf(rq->arena, "%s, %s to %s, at most %s on a day", s->what,
		day_text(rq, &d[0]), day_text(rq, &d[USAGE_DAYS - 1]),
		show_bytes(rq->arena, s->most)));
	if (bars)
		chart_bars(&c, point, USAGE_DAYS);
	else
		chart_line(&c, "", point, USAGE_DAYS, 0, true);
	put_axes(rq, d, top, &c);
	put_rows(rq, d, s, &c);
}

enum err
usage_put_charts(
    struct request *rq, const struct id *website, struct view *root)
{
	struct series sent = {
	    say("Traffic by day"), say("Bar chart of bytes sent"), say("Sent")};
	struct series disk = {say("Storage by day"),
	    say("Area chart of storage used"), say("Used")};
	struct usage_day d[USAGE_DAYS];
	struct view *charts;
	enum err e = usage_days(rq->tx, website, d);

	if (e != OK)
		return e;
	for (int i = 0; i < USAGE_DAYS; i++) {
		sent.value[i] = d[i].is_known ? d[i].sent : -1;
		disk.value[i] = d[i].disk;
	}
	look_at(&sent);
	look_at(&disk);
	if (sent.n == 0)
		return OK;
	charts = view_list(view_object(root, "days"), "charts");
	put_series(rq, d, &sent,
	    say_printf(
		rq->arena, "%s in 30 days", show_bytes(rq->arena, sent.sum)),
	    true, charts);
	if (disk.n > 0)
		put_series(rq, d, &disk,
		    say_printf(
			rq->arena, "%s now", show_bytes(rq->arena, disk.last)),
		    false, charts);
	return OK;
}
