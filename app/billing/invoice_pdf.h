/* invoice_pdf.h - an invoice on paper: A4, as PDF.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Everything is ready text; what is said and how it looks are parted here.
 * Text is laid out by Pango (any script, right to left, what no font has is a
 * box) and drawn by cairo, so that it can be selected and searched.
 */
#ifndef MPANEL_BILLING_INVOICE_PDF_H
#define MPANEL_BILLING_INVOICE_PDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/error.h"

/* Some lines of text, one below the other. */
enum { SAID_MAX = 12 };
struct said {
	size_t n;
	struct {
		const char *label; /* NULL: none */
		const char *text;
		bool strong;
	} line[SAID_MAX];
};
/* NULL and "" add nothing, nor does what does not fit. */
void said_add(struct said *s, const char *label, const char *text, bool strong);

struct paper_line {
	const char *text, *period; /* period: NULL for none */
	const char *qty, *each, *rate, *net;
};

struct paper {
	const char *seller;	    /* in large letters */
	const char *title, *number; /* "Invoice", "INV-2026-000001" */
	struct said from, to, dates, sums;
	const char *total_label, *total;
	const struct paper_line *line;
	size_t n_lines;
	const char *pay;    /* how, below the sums; NULL and "": not said */
	const char *notes;  /* "" for none */
	int64_t written_at; /* the file's own date */
};

/* The file's bytes are appended to out.  E_BUSY: memory was refused. */
enum err invoice_pdf(const struct paper *p, struct buf *out) MUST_USE;

#endif
