/* template_check.h - what a template of the house must not do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Escaping makes a value safe as text and inside of a quoted attribute, and
 * nowhere else.  (Plain text, NAME.txt, has no unsafe places.)  This reads a
 *template as HTML (WHATWG HTML 13.2.5, as far as it goes) and refuses
 *
 *	{{{x}}} and {{&x}};
 *	values, blocks and partials in scripts, styles, tag and attribute
 *	names, comments, unquoted values, and in on...=, style=, srcdoc=;
 *	names of markup (view_markup()) anywhere but in text;
 *	addresses that begin with javascript:, vbscript: or data:;
 *	partials and parents of plain text in HTML, and the other way round;
 *	sections and blocks that leave HTML in another place than they found
 *	it in, because the reader follows the text and not the data.
 */
#ifndef MPANEL_TEMPLATE_TEMPLATE_CHECK_H
#define MPANEL_TEMPLATE_TEMPLATE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

/* True when text (of the template called name) is clean; otherwise complaint
 * has one line "NAME:LINE: REASON" for each finding. */
bool template_lint(
    const char *name, const char *text, size_t n, struct buf *complaint);

#endif
