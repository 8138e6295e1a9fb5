/* chart.h - points and bars of a chart, from whole numbers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The drawing is 0..100 wide and high and y grows downwards (templates/
 * README.md, Charts).  Values are per mille of the axis.
 */
#ifndef MPANEL_FACE_CHART_H
#define MPANEL_FACE_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include "template/view.h"

#define CHART_POINTS_MAX 96
#define CHART_GAP	 (-1) /* nothing is known of this slot */

struct chart {
	struct view *v, *areas, *lines, *bars, *keys, *y, *x;
};

/* Begin a chart in v, an empty object. */
void chart_start(
    struct chart *c, struct view *v, const char *title, const char *now);
/* The sentence for readers; a chart without it says that nothing is known. */
void chart_label(struct chart *c, const char *label);
void chart_key(struct chart *c, const char *class, const char *label);
/* A line through n slots; more than `hole` empty ones in a row part it.  The
 * area below it is tinted when `area`. */
void chart_line(struct chart *c, const char *class, const int *permille, int n,
    int hole, bool area);
/* The last of the n bars is the running one. */
void chart_bars(struct chart *c, const int *permille, int n);
/* Marks of the axes: y from top to bottom, x from left to right. */
void chart_y(struct chart *c, const char *text);
void chart_x(struct chart *c, const char *text);

/* The same numbers as a table: heads and rows are added one by one. */
struct chart_table {
	struct view *head, *rows;
};
void chart_table(struct chart *c, const char *name, struct chart_table *out);
void chart_head(struct chart_table *t, const char *text);
/* The cells of a new row. */
struct view *chart_row(struct chart_table *t, const char *label);
void chart_cell(struct view *cells, const char *text);

/* The least of 1, 2, 5, 10, 20 ... that is not below n: the top of an axis. */
int64_t chart_top(int64_t n);

#endif
