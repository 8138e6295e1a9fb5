/* markup.c - HTML that is safe as it stands.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/markup.h"

struct markup {
	const char *html;
};

const char *
markup_html(const struct markup *m)
{
	return m->html;
}

const struct markup *
markup_kept(struct arena *a, const char *html)
{
	struct markup *m = ARENA_NEW(a, struct markup);
	const char *copy = html ? arena_strdup(a, html) : NULL;

	if (!m || !copy)
		return NULL;
	m->html = copy;
	return m;
}
