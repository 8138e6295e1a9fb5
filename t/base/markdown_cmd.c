/* markdown_cmd.c - show a file of Markdown as HTML, unchecked.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * No test itself: t/browser/kb.t lets a browser judge what comes out.
 */
#include "config.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/markdown.h"

int
main(int argc, char **argv)
{
	struct arena *a = arena_new((size_t)16 * 1024 * 1024);
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	const struct markup *m = NULL;
	char block[4096];
	struct buf b;
	size_t n;

	buf_init(&b, 0);
	while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(&b, block, n);
	if (a && f && fclose(f) == 0)
		m = markdown_html(a, buf_str(&b), 1);
	if (m)
		fputs(markup_html(m), stdout);
	buf_fini(&b);
	arena_free(&a);
	return m ? 0 : 1;
}
