/* markup.h - HTML that is safe as it stands.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A type of its own, so that nobody shows a text as HTML by mistake.
 */
#ifndef MPANEL_BASE_MARKUP_H
#define MPANEL_BASE_MARKUP_H

#include "base/arena.h"

struct markup;

const char *markup_html(const struct markup *m);
/* Of base/markdown.h, which alone makes any, or what a column has kept of it
 * since.  NULL without memory, or of NULL. */
const struct markup *markup_kept(struct arena *a, const char *html);

#endif
