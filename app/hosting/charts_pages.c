/* charts_pages.c - processor, memory, network and disks of a server over time.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/servers_pages.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "face/chart.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/history.h"

#define TABLE_ROWS 12

/* ---- axes, gaps, tables ---- */

static void
put_x(struct request *rq, const struct history *h, struct chart *c)
{
	for (int i = 0; i <= 4; i++) {
		int64_t t = h->from + h->range->span_s * i / 4;

		chart_x(c, h->range->span_s <= 86400
			       ? show_clock(rq->arena, t)
			       : show_date(rq->arena, t, rq->now));
	}
}

static void
put_percent_axis(struct chart *c)
{
	chart_y(c, "100%");
	chart_y(c, "50%");
	chart_y(c, "0%");
}

static const char *
moment(struct request *rq, const struct history *h, int64_t t)
{
	if (h->range->span_s <= 86400)
		return show_clock(rq->arena, t);
	return arena_printf(rq->arena, "%s, %s",
	    show_date(rq->arena, t, rq->now), show_clock(rq->arena, t));
}

/* The longest silence between two reports, in words. */
static const char *
gap_text(struct request *rq, const struct history *h)
{
	int64_t from = 0, to = 0, before = 0;
	int gaps = 0, last = -1;

	for (int i = 0; i < h->range->slots; i++) {
		if (h->slot[i].n == 0)
			continue;
		if (last >= 0 && i - last - 1 > h->range->hole) {
			gaps++;
			if (h->slot[i].at - before > to - from) {
				from = before;
				to = h->slot[i].at;
			}
		}
		last = i;
		before = h->slot[i].at;
	}
	if (gaps == 0)
		return "";
	return arena_printf(rq->arena, "No report %s–%s%s.",
	    moment(rq, h, from), moment(rq, h, to),
	    gaps > 1 ? ", and other gaps" : "");
}

/* Mean of the known values of slots from..to; CHART_GAP: none is known. */
static int
mean(const int *value, int from, int to)
{
	int64_t sum = 0, n = 0;

	for (int i = from; i < to; i++) {
		if (value[i] == CHART_GAP)
			continue;
		sum += value[i];
		n++;
	}
	return n > 0 ? (int)(sum / n) : CHART_GAP;
}

/* One or two columns of means; unit e.g. "%", divisor from value to unit. */
struct columns {
	const char *name, *head[2], *unit;
	const int *value[2];
	int divisor;
};

static void
put_table(struct request *rq, const struct history *h, struct chart *c,
    const struct columns *t)
{
	int slots = h->range->slots;
	struct chart_table table;

	chart_table(c, t->name, &table);
	for (int k = 0; k < 2 && t->head[k]; k++)
		chart_head(&table, t->head[k]);
	for (int i = 0; i < TABLE_ROWS; i++) {
		int from = i * slots / TABLE_ROWS;
		int to = (i + 1) * slots / TABLE_ROWS;
		struct view *cells = chart_row(&table,
		    moment(rq, h, h->from + from * history_step_s(h->range)));

		for (int k = 0; k < 2 && t->head[k]; k++) {
			int m = mean(t->value[k], from, to);

			chart_cell(cells, m == CHART_GAP
					      ? "–"
					      : arena_printf(rq->arena, "%d%s",
						    m / t->divisor, t->unit));
		}
	}
}

static void
least_and_most(const int *value, int n, int *least_out, int *most_out)
{
	int least = INT32_MAX, most = 0;

	for (int i = 0; i < n; i++) {
		if (value[i] == CHART_GAP)
			continue;
		least = value[i] < least ? value[i] : least;
		most = value[i] > most ? value[i] : most;
	}
	*least_out = least;
	*most_out = most;
}

/* ---- the charts ---- */

/* An area chart of shares, per mille; `now` and `what` go into its texts. */
static void
put_share_chart(struct request *rq, const struct history *h,
    struct view *charts, const char *title, const char *what, const int *value,
    const char *now)
{
	struct columns columns = {
	    .name = arena_printf(rq->arena, "%s, %s", title, h->range->title),
	    .head = {"Mean"},
	    .unit = "%",
	    .value = {value},
	    .divisor = 10,
	};
	struct chart c;
	int least, most;

	chart_start(&c, view_item(charts), title, now);
	if (h->first < 0)
		return;
	least_and_most(value, h->range->slots, &least, &most);
	chart_label(&c, arena_printf(rq->arena,
			    "Area chart: %s, %s, between %d and %d percent; %s",
			    what, h->range->title, least / 10, most / 10, now));
	chart_line(&c, "", value, h->range->slots, h->range->hole, true);
	put_percent_axis(&c);
	put_x(rq, h, &c);
	view_text(c.v, "gaps", gap_text(rq, h));
	put_table(rq, h, &c, &columns);
}

static void
put_processor(struct request *rq, const struct history *h, struct view *charts)
{
	int value[CHART_POINTS_MAX];
	int64_t peak = 0;
	const char *now = "";

	for (int i = 0; i < h->range->slots; i++) {
		const struct slot *s = &h->slot[i];

		value[i] = s->n ? (int)s->cpu : CHART_GAP;
		peak = s->cpu_peak > peak ? s->cpu_peak : peak;
	}
	if (h->last >= 0)
		now = arena_printf(rq->arena,
		    "now %" PRId64 "%%, peak %" PRId64 "%%",
		    h->slot[h->last].cpu / 10, peak / 10);
	put_share_chart(
	    rq, h, charts, "Processor", "processor use", value, now);
}

static void
put_memory(struct request *rq, const struct history *h, struct view *charts)
{
	int value[CHART_POINTS_MAX];
	const char *now = "";

	for (int i = 0; i < h->range->slots; i++) {
		const struct slot *s = &h->slot[i];

		value[i] = s->n && s->memory_total > 0
			       ? per_mille(s->memory_used, s->memory_total)
			       : CHART_GAP;
	}
	if (h->last >= 0)
		now = arena_printf(rq->arena, "%s of %s",
		    show_bytes(rq->arena, h->slot[h->last].memory_used),
		    show_bytes(rq->arena, h->slot[h->last].memory_total));
	put_share_chart(rq, h, charts, "Memory", "memory use", value, now);
}

/* Bits a second between two reports; a counter that fell has been reset. */
static int64_t
rate(int64_t from, int64_t to, int64_t seconds)
{
	if (to < from || seconds <= 0)
		return CHART_GAP;
	return (to - from) / seconds * 8;
}

static int64_t
read_rates(const struct history *h, int64_t *in, int64_t *out)
{
	int64_t most = 0;
	int last = -1;

	for (int i = 0; i < h->range->slots; i++) {
		const struct slot *s = &h->slot[i];
		const struct slot *b = last >= 0 ? &h->slot[last] : NULL;

		in[i] = out[i] = CHART_GAP;
		if (s->n == 0)
			continue;
		if (b && i - last - 1 <= h->range->hole) {
			in[i] = rate(b->rx, s->rx, s->at - b->at);
			out[i] = rate(b->tx, s->tx, s->at - b->at);
			most = in[i] > most ? in[i] : most;
			most = out[i] > most ? out[i] : most;
		}
		last = i;
	}
	return most;
}

static void
to_line(const int64_t *rates, int64_t top, int n, int *out)
{
	for (int i = 0; i < n; i++)
		out[i] = rates[i] == CHART_GAP ? CHART_GAP
					       : per_mille(rates[i], top);
}

static void
to_units(const int64_t *rates, int64_t unit, int n, int *out)
{
	for (int i = 0; i < n; i++)
		out[i] =
		    rates[i] == CHART_GAP ? CHART_GAP : (int)(rates[i] / unit);
}

static void
put_network_axis(struct request *rq, struct chart *c, int64_t top)
{
	chart_y(c, arena_printf(rq->arena, "%" PRId64, top));
	chart_y(c, arena_printf(rq->arena, "%" PRId64 "%s", top / 2,
		       top % 2 ? ".5" : ""));
	chart_y(c, "0");
}

static int
last_of(const int *value, int n)
{
	for (int i = n - 1; i >= 0; i--)
		if (value[i] != CHART_GAP)
			return value[i];
	return 0;
}

static void
put_network(struct request *rq, const struct history *h, struct view *charts)
{
	int64_t in[CHART_POINTS_MAX], out[CHART_POINTS_MAX];
	int in_units[CHART_POINTS_MAX], out_units[CHART_POINTS_MAX];
	int line[CHART_POINTS_MAX], n = h->range->slots;
	int64_t most = read_rates(h, in, out);
	int64_t unit = most >= 1000000 ? 1000000 : 1000;
	int64_t top = chart_top((most + unit - 1) / unit);
	const char *name = unit == 1000 ? "kbit/s" : "Mbit/s", *now = "";
	struct chart c;

	to_units(in, unit, n, in_units);
	to_units(out, unit, n, out_units);
	if (h->first >= 0)
		now = arena_printf(rq->arena, "%d in, %d out",
		    last_of(in_units, n), last_of(out_units, n));
	chart_start(&c, view_item(charts),
	    arena_printf(rq->arena, "Network, %s", name), now);
	if (h->first < 0)
		return;
	chart_label(&c,
	    arena_printf(rq->arena,
		"Line chart: network traffic in and out, %s, at most %" PRId64
		" %s",
		h->range->title, most / unit, name));
	chart_key(&c, "", "In");
	chart_key(&c, "z", "Out");
	to_line(in, top * unit, n, line);
	chart_line(&c, "", line, n, h->range->hole, true);
	to_line(out, top * unit, n, line);
	chart_line(&c, "z", line, n, h->range->hole, false);
	put_network_axis(rq, &c, top);
	put_x(rq, h, &c);
	put_table(rq, h, &c,
	    &(struct columns){
		.name = arena_printf(
		    rq->arena, "Network in %s, %s", name, h->range->title),
		.head = {"In", "Out"},
		.unit = "",
		.value = {in_units, out_units},
		.divisor = 1,
	    });
}

/* ---- both shares in one ---- */

void
put_share_lines(struct request *rq, const struct history *h, struct view *chart)
{
	int cpu[CHART_POINTS_MAX], memory[CHART_POINTS_MAX];
	int n = h->range->slots;
	const char *now = "";
	struct chart c;

	for (int i = 0; i < n; i++) {
		const struct slot *s = &h->slot[i];

		cpu[i] = s->n ? (int)s->cpu : CHART_GAP;
		memory[i] = s->n && s->memory_total > 0
				? per_mille(s->memory_used, s->memory_total)
				: CHART_GAP;
	}
	if (h->last >= 0)
		now = arena_printf(rq->arena, "%d%% processor, %d%% memory",
		    last_of(cpu, n) / 10, last_of(memory, n) / 10);
	chart_start(&c, chart, h->range->title, now);
	if (h->first < 0)
		return;
	chart_label(
	    &c, arena_printf(rq->arena,
		    "Line chart: use of processor and memory, %s; now %s",
		    h->range->title, now));
	chart_key(&c, "", "Processor");
	chart_key(&c, "z", "Memory");
	chart_line(&c, "", cpu, n, h->range->hole, true);
	chart_line(&c, "z", memory, n, h->range->hole, false);
	put_percent_axis(&c);
	put_x(rq, h, &c);
	put_table(rq, h, &c,
	    &(struct columns){
		.name = arena_printf(
		    rq->arena, "Processor and memory, %s", h->range->title),
		.head = {"Processor", "Memory"},
		.unit = "%",
		.value = {cpu, memory},
		.divisor = 10,
	    });
}

/* ---- disks, as of the newest report ---- */

static void
put_disk(struct view *meters, const json_t *disk)
{
	const char *mount = json_string_value(json_object_get(disk, "mount"));
	int64_t total = json_integer_value(json_object_get(disk, "total"));
	int64_t used = json_integer_value(json_object_get(disk, "used"));

	if (mount && total > 0 && used >= 0)
		meter_add(meters, per_mille(used, total) / 10, mount);
}

static void
put_disk_meters(struct view *chart, struct request *rq, const struct rows *r)
{
	struct view *meters = view_list(chart, "meters");
	json_t *disks = json_own(rq->arena, row_text(r, 2));

	for (size_t i = 0; i < json_array_size(disks); i++)
		put_disk(meters, json_array_get(disks, i));
	if (json_array_size(disks) == 0 && row_int(r, 1) > 0)
		meter_add(meters, per_mille(row_int(r, 0), row_int(r, 1)) / 10,
		    "All");
	json_decref(disks);
	view_textf(chart, "now", "%s of %s",
	    show_bytes(rq->arena, row_int(r, 0)),
	    show_bytes(rq->arena, row_int(r, 1)));
}

static enum err
put_disks(struct request *rq, const struct id *server, struct view *charts)
{
	struct chart c;
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT disk_used, disk_total, disks FROM server_metrics "
	    "WHERE tenant_id = $1 AND server_id = $2 "
	    "ORDER BY reported_at DESC LIMIT 1",
	    DB_ID(&rq->tx->tenant), DB_ID(server));

	chart_start(&c, view_item(charts), "Disks", "");
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	put_disk_meters(c.v, rq, &r);
	return rows_done(&r);
}

/* ---- all of it ---- */

void
put_ranges(struct request *rq, struct view *root, const struct range *now,
    const char *path)
{
	struct view *v = view_object(root, "range"), *items;

	view_text(v, "title", now->title);
	items = view_list(v, "items");
	for (const struct range *r = ranges; r->word; r++) {
		struct view *item = view_item(items);

		view_text(item, "href",
		    arena_printf(rq->arena, "%s?range=%s", path, r->word));
		view_text(item, "label", r->label);
		view_flag(item, "current", r == now);
	}
}

enum err
put_server_charts(
    struct request *rq, struct view *root, const struct id *server)
{
	struct history *h = ARENA_NEW(rq->arena, struct history);
	const struct range *range;
	struct view *charts;
	enum err e;

	if (!h)
		return E_BUSY;
	e = range_parse(query_text(rq, "range"), &rq->problems, &range);
	if (e == OK)
		e = history_read(rq->tx, server, range, h);
	if (e != OK)
		return e;
	put_ranges(
	    rq, root, range, arena_printf(rq->arena, "/servers/%s", server->s));
	charts = view_list(root, "charts");
	put_processor(rq, h, charts);
	put_memory(rq, h, charts);
	put_network(rq, h, charts);
	return put_disks(rq, server, charts);
}
