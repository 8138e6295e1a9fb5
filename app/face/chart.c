/* chart.c - points and bars of a chart, from whole numbers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/chart.h"

#include "base/buf.h"
#include "base/reader.h"

void
chart_start(struct chart *c, struct view *v, const char *title, const char *now)
{
	*c = (struct chart){.v = v};
	view_text(v, "title", say(title));
	view_text(v, "now", now);
	/* set, so that a part does not find the page's */
	view_text(v, "label", "");
	c->keys = view_list(v, "keys");
	c->areas = view_list(v, "areas");
	c->lines = view_list(v, "lines");
	c->bars = view_list(v, "bars");
	c->y = view_list(v, "y");
	c->x = view_list(v, "x");
}

void
chart_label(struct chart *c, const char *label)
{
	view_text(c->v, "label", label);
}

void
chart_key(struct chart *c, const char *class, const char *label)
{
	struct view *v = view_item(c->keys);

	view_text(v, "class", class);
	view_text(v, "label", say(label));
}

/* Tenths as a decimal: 807 is 80.7. */
static void
add_tenths(struct buf *b, int n)
{
	buf_int(b, n / 10);
	if (n % 10)
		buf_printf(b, ".%d", n % 10);
}

static void
add_point(struct buf *b, int x, int y)
{
	if (b->len > 0)
		buf_putc(b, ' ');
	add_tenths(b, x);
	buf_putc(b, ',');
	add_tenths(b, y);
}

static int
clip(int permille)
{
	return permille < 0 ? 0 : permille > 1000 ? 1000 : permille;
}

static void
add_shape(struct view *list, const char *class, const struct buf *points)
{
	struct view *v = view_item(list);

	view_text(v, "class", class);
	if (!buf_starved(points))
		view_text(v, "points", buf_str(points));
	else
		view_fail(list);
}

/* One unbroken run of slots from..to. */
static void
add_run(struct chart *c, const char *class, const int *value, int n, int from,
    int to, bool area)
{
	int step = n > 1 ? 1000 / (n - 1) : 1000;
	int x = 0, first_x = 0;
	struct buf b;

	buf_init(&b, 0);
	for (int i = from; i <= to; i++) {
		if (value[i] == CHART_GAP)
			continue;
		x = n > 1 ? i * 1000 / (n - 1) : 0;
		if (i == from)
			first_x = x;
		add_point(&b, x, 1000 - clip(value[i]));
	}
	if (from == to) { /* a lone report is a dash, not nothing */
		first_x = x - step / 2 < 0 ? 0 : x - step / 2;
		x = first_x + step > 1000 ? 1000 : first_x + step;
		buf_reset(&b);
		add_point(&b, first_x, 1000 - clip(value[from]));
		add_point(&b, x, 1000 - clip(value[from]));
	}
	add_shape(c->lines, class, &b);
	if (area) {
		add_point(&b, x, 1000);
		add_point(&b, first_x, 1000);
		add_shape(c->areas, class, &b);
	}
	buf_fini(&b);
}

void
chart_line(struct chart *c, const char *class, const int *permille, int n,
    int hole, bool area)
{
	int from = -1, last = -1;

	for (int i = 0; i < n; i++) {
		if (permille[i] == CHART_GAP)
			continue;
		if (from >= 0 && i - last - 1 > hole) {
			add_run(c, class, permille, n, from, last, area);
			from = i;
		}
		if (from < 0)
			from = i;
		last = i;
	}
	if (from >= 0)
		add_run(c, class, permille, n, from, last, area);
}

static void
put_tenths(struct view *v, const char *name, int tenths)
{
	view_textf(v, name, "%d.%d", tenths / 10, tenths % 10);
}

void
chart_bars(struct chart *c, const int *permille, int n)
{
	for (int i = 0; i < n; i++) {
		struct view *v = view_item(c->bars);
		int height = clip(permille[i]);

		put_tenths(v, "x", i * 1000 / n + 1000 / n / 8);
		put_tenths(v, "width", 1000 / n * 3 / 4);
		put_tenths(v, "y", 1000 - height);
		put_tenths(v, "height", height);
		view_flag(v, "now", i == n - 1);
	}
}

void
chart_y(struct chart *c, const char *text)
{
	view_text(view_item(c->y), "text", text);
}

void
chart_x(struct chart *c, const char *text)
{
	view_text(view_item(c->x), "text", text);
}

void
chart_table(struct chart *c, const char *name, struct chart_table *out)
{
	struct view *v = view_object(c->v, "table");

	view_text(v, "name", say(name));
	out->head = view_list(v, "head");
	out->rows = view_list(v, "rows");
}

void
chart_head(struct chart_table *t, const char *text)
{
	view_text(view_item(t->head), "text", say(text));
}

struct view *
chart_row(struct chart_table *t, const char *label)
{
	struct view *v = view_item(t->rows);

	view_text(v, "label", label);
	return view_list(v, "cells");
}

void
chart_cell(struct view *cells, const char *text)
{
	view_text(view_item(cells), "text", text);
}

int64_t
chart_top(int64_t n)
{
	int64_t top = 1;

	while (top < n && top < INT64_MAX / 10) {
		if (top * 2 >= n)
			return top * 2;
		if (top * 5 >= n)
			return top * 5;
		top *= 10;
	}
	return top;
}
