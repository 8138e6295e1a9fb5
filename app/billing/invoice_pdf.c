/* invoice_pdf.c - an invoice on paper: A4, as PDF.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoice_pdf.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>

#include "base/clock.h"

/* In points of 1/72 inch. */
#define PAGE_WIDTH  595.28
#define PAGE_HEIGHT 841.89
#define MARGIN	    51.0 /* 18 mm */
#define BOTTOM	    (PAGE_HEIGHT - MARGIN - 22)
#define WIDTH	    (PAGE_WIDTH - 2 * MARGIN)
#define PAGES_MAX   500

enum align { LEFT, RIGHT };

/* Of the lines' table: where a column begins, and how wide it is. */
static const struct column {
	const char *head;
	double x, width;
	enum align align;
} columns[] = {
    {"Description", 0, 220, LEFT},
    {"Qty", 224, 44, RIGHT},
    {"Each", 272, 76, RIGHT},
    {"Tax", 352, 52, RIGHT},
    {"Net", 408, 85, RIGHT},
};
enum { N_COLUMNS = N_ELEMS(columns) };

struct pen {
	cairo_t *cr;
	const struct paper *paper;
	double y;
	int page;
};

void
said_add(struct said *s, const char *label, const char *text, bool strong)
{
	if (!text || !text[0] || s->n == SAID_MAX)
		return;
	s->line[s->n].label = label;
	s->line[s->n].text = text;
	s->line[s->n++].strong = strong;
}

/* ---- text ---- */

static PangoLayout *
lay_out(const struct pen *p, const char *text, double size, bool bold,
    double width, enum align align)
{
	PangoLayout *layout = pango_cairo_create_layout(p->cr);
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family(font, "Hanken Grotesk, sans-serif");
	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_font_description_set_weight(
	    font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(
	    layout, align == RIGHT ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
	pango_layout_set_text(layout, text, -1);
	return layout;
}

static double
height_of(PangoLayout *layout)
{
	int height;

	pango_layout_get_size(layout, NULL, &height);
	return (double)height / PANGO_SCALE;
}

/* Draws at x right of the margin, at y; returns its height. */
static double
draw(const struct pen *p, const char *text, double x, double y, double size,
    bool bold, double width, enum align align)
{
	PangoLayout *layout = lay_out(p, text, size, bold, width, align);
	double height = height_of(layout);

	cairo_move_to(p->cr, MARGIN + x, y);
	pango_cairo_show_layout(p->cr, layout);
	g_object_unref(layout);
	return height;
}

static void
grey(const struct pen *p, double shade)
{
	cairo_set_source_rgb(p->cr, shade, shade, shade);
}

static void
rule(const struct pen *p, double from, double y, double width, double thick)
{
	cairo_set_line_width(p->cr, thick);
	cairo_move_to(p->cr, MARGIN + from, y);
	cairo_line_to(p->cr, MARGIN + from + width, y);
	cairo_stroke(p->cr);
}

/* ---- pages ---- */

static void
draw_foot(const struct pen *p)
{
	char page[32];

	snprintf(page, sizeof(page), "Page %d", p->page);
	grey(p, 0.42);
	draw(p, p->paper->number, 0, PAGE_HEIGHT - MARGIN, 8, false, 300, LEFT);
	draw(p, page, WIDTH - 100, PAGE_HEIGHT - MARGIN, 8, false, 100, RIGHT);
	grey(p, 0.1);
}

static void
turn_page(struct pen *p)
{
	draw_foot(p);
	cairo_show_page(p->cr);
	p->page++;
	p->y = MARGIN;
}

static bool
fits(const struct pen *p, double height)
{
	return p->y + height <= BOTTOM || p->page >= PAGES_MAX;
}

/* ---- what is said ---- */

static double
draw_said(const struct pen *p, const char *head, const struct said *s, double x)
{
	double width = WIDTH / 3 - 16, y = p->y;

	y += draw(p, head, x, y, 9, true, width, LEFT) + 3;
	for (size_t i = 0; i < s->n; i++)
		y += draw(p, s->line[i].text, x, y, 9, s->line[i].strong, width,
			 LEFT) +
		     1;
	return y - p->y;
}

static void
draw_head(struct pen *p)
{
	const struct paper *paper = p->paper;
	double left, right, tallest = 0;

	left = draw(p, paper->seller, 0, p->y, 15, true, WIDTH / 2, LEFT);
	right =
	    draw(p, paper->title, WIDTH / 2, p->y, 15, true, WIDTH / 2, RIGHT);
	right += draw(p, paper->number, WIDTH / 2, p->y + right + 2, 10, false,
	    WIDTH / 2, RIGHT);
	p->y += (left > right ? left : right) + 28;
	for (int i = 0; i < 3; i++) {
		static const char *const heads[] = {"From", "To", "Dates"};
		const struct said *s = i == 0	? &paper->from
				       : i == 1 ? &paper->to
						: &paper->dates;
		double height = draw_said(p, heads[i], s, WIDTH / 3 * i);

		if (height > tallest)
			tallest = height;
	}
	p->y += tallest + 28;
}

static void
draw_columns(struct pen *p)
{
	double height = 0;

	grey(p, 0.42);
	for (int i = 0; i < N_COLUMNS; i++)
		height = draw(p, columns[i].head, columns[i].x, p->y, 8.5,
		    false, columns[i].width, columns[i].align);
	p->y += height + 4;
	rule(p, 0, p->y, WIDTH, 0.5);
	grey(p, 0.1);
	p->y += 5;
}

/* A row is as high as its highest cell, and stays on one page. */
static void
draw_line(struct pen *p, const struct paper_line *l)
{
	const char *cell[N_COLUMNS] = {
	    l->text, l->qty, l->each, l->rate, l->net};
	double height = 0, below = 0;

	for (int i = 0; i < N_COLUMNS; i++) {
		PangoLayout *layout = lay_out(
		    p, cell[i], 9.5, false, columns[i].width, columns[i].align);

		if (height_of(layout) > height)
			height = height_of(layout);
		g_object_unref(layout);
	}
	if (!fits(p, height + 24)) {
		turn_page(p);
		draw_columns(p);
	}
	for (int i = 0; i < N_COLUMNS; i++)
		draw(p, cell[i], columns[i].x, p->y, 9.5, false,
		    columns[i].width, columns[i].align);
	if (l->period) {
		grey(p, 0.42);
		below = draw(p, l->period, 0, p->y + height, 8.5, false,
		    columns[0].width, LEFT);
		grey(p, 0.1);
	}
	p->y += height + below + 5;
	grey(p, 0.85);
	rule(p, 0, p->y, WIDTH, 0.5);
	grey(p, 0.1);
	p->y += 5;
}

/* ---- sums ---- */

static void
draw_sum(
    struct pen *p, const char *label, const char *text, double size, bool bold)
{
	double height;

	draw(p, label, 220, p->y, size, bold, 172, RIGHT);
	height = draw(p, text, 393, p->y, size, bold, 100, RIGHT);
	p->y += height + 4;
}

/* Under the total stands the accountants' double rule. */
static void
draw_sums(struct pen *p)
{
	const struct said *s = &p->paper->sums;

	if (!fits(p, 20.0 * (double)(s->n + 2)))
		turn_page(p);
	p->y += 4;
	for (size_t i = 0; i < s->n; i++)
		draw_sum(p, s->line[i].label, s->line[i].text, 9.5, false);
	p->y += 2;
	rule(p, 400, p->y, WIDTH - 400, 0.7);
	p->y += 4;
	draw_sum(p, p->paper->total_label, p->paper->total, 12, true);
	rule(p, 400, p->y, WIDTH - 400, 0.7);
	rule(p, 400, p->y + 2, WIDTH - 400, 0.7);
	p->y += 30;
}

/* Long text goes on over as many pages as it needs, line by line. */
static void
draw_text(struct pen *p, const char *text)
{
	PangoLayout *layout = lay_out(p, text, 9.5, false, WIDTH, LEFT);
	PangoLayoutIter *iter = pango_layout_get_iter(layout);

	do {
		PangoLayoutLine *line =
		    pango_layout_iter_get_line_readonly(iter);
		PangoRectangle box;
		double height, x;

		pango_layout_iter_get_line_extents(iter, NULL, &box);
		height = (double)box.height / PANGO_SCALE;
		x = (double)box.x / PANGO_SCALE;
		if (p->y + height > BOTTOM && p->page >= PAGES_MAX)
			break;
		if (!fits(p, height))
			turn_page(p);
		cairo_move_to(p->cr, MARGIN + x,
		    p->y +
			(double)(pango_layout_iter_get_baseline(iter) - box.y) /
			    PANGO_SCALE);
		pango_cairo_show_layout_line(p->cr, line);
		p->y += height;
	} while (pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
	g_object_unref(layout);
}

/* The heading stays with the first line below it. */
static void
draw_payment(struct pen *p)
{
	const struct paper *paper = p->paper;

	if (!paper->pay || !paper->pay[0])
		return;
	if (!fits(p, 30))
		turn_page(p);
	p->y += draw(p, "How to pay", 0, p->y, 9.5, true, WIDTH, LEFT) + 3;
	draw_text(p, paper->pay);
	p->y += 14;
}

static void
draw_notes(struct pen *p)
{
	if (p->paper->notes[0])
		draw_text(p, p->paper->notes);
}

/* ---- the file ---- */

static cairo_status_t
write_out(void *closure, const unsigned char *data, unsigned int len)
{
	buf_add(closure, data, len);
	return CAIRO_STATUS_SUCCESS;
}

static void
describe(cairo_surface_t *surface, const struct paper *paper)
{
	char at[21];

	time_iso(paper->written_at, at);
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_TITLE, paper->number);
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_AUTHOR, paper->seller);
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_CREATE_DATE, at);
}

enum err
invoice_pdf(const struct paper *paper, struct buf *out)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
	    write_out, out, PAGE_WIDTH, PAGE_HEIGHT);
	struct pen p = {
	    .cr = cairo_create(surface),
	    .paper = paper,
	    .y = MARGIN,
	    .page = 1,
	};
	cairo_status_t status;

	describe(surface, paper);
	grey(&p, 0.1);
	draw_head(&p);
	draw_columns(&p);
	for (size_t i = 0; i < paper->n_lines; i++)
		draw_line(&p, &paper->line[i]);
	draw_sums(&p);
	draw_payment(&p);
	draw_notes(&p);
	draw_foot(&p);
	cairo_destroy(p.cr);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return status == CAIRO_STATUS_SUCCESS && !buf_failed(out) ? OK : E_BUSY;
}
