/* markdown.h - texts that staff write, as HTML that can do nothing.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * CommonMark, by cmark.  What is shown: paragraphs, headings, lists, quotes,
 * code, emphasis and links to http, https, mailto, tel and the own site.  What
 * is not: HTML, images (the pages' policy lets none in from elsewhere) and
 * other links.  markdown_check() refuses them by name and line, so that nothing
 * is lost silently; markdown_html() leaves them out whatever was checked.
 *
 * cmark gives up the process where memory is refused, so texts are short.
 */
#ifndef MPANEL_BASE_MARKDOWN_H
#define MPANEL_BASE_MARKDOWN_H

#include <stddef.h>
#include "base/markup.h"
#include "base/problem.h"

enum {
	MARKDOWN_BYTES_MAX = 256 * 1024,
	MARKDOWN_DEPTH_MAX = 24 /* lists in quotes in lists ... */
};

/* A problem of `field` for each thing that would not be shown, with its line;
 * text is valid UTF-8. */
void markdown_check(struct problems *p, const char *field, const char *text);
/* `above`: the level of the heading that stands above it on the page; its own
 * follow without a gap, whatever was written.  NULL: no memory, or too long. */
const struct markup *markdown_html(
    struct arena *a, const char *text, int above);
/* Its words without marks, a space between blocks.  NULL as above. */
const char *markdown_plain(struct arena *a, const char *text);

#endif
