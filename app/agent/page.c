/* page.c - the two pages that the agent itself puts in front of visitors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/page.h"

#include <string.h>

static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;"
    "font:1.1rem/1.6 system-ui,sans-serif;background:#f6f7f9;color:#1c2430}\n"
    "main{max-width:34rem;padding:2rem;text-align:center}\n"
    "h1{font-size:1.9rem;line-height:1.2;overflow-wrap:anywhere}\n"
    "@media(prefers-color-scheme:dark){"
    "body{background:#12161c;color:#e6eaf0}}\n"
    "</style>\n";

void
page_placeholder(struct buf *b, const char *domain, bool php)
{
	buf_puts(b, head);
	buf_puts(b, "<title>");
	buf_html(b, domain, strlen(domain));
	buf_puts(b, "</title>\n<main>\n<h1>");
	buf_html(b, domain, strlen(domain));
	buf_puts(b, "</h1>\n<p>This website is ready. Its owner has not put "
		    "anything here yet.</p>\n");
	if (php)
		buf_puts(b, "<p><small>PHP <?= PHP_MAJOR_VERSION ?>."
			    "<?= PHP_MINOR_VERSION ?></small></p>\n");
	buf_puts(b, "</main>\n");
}

void
page_suspended(struct buf *b)
{
	buf_puts(b, head);
	buf_puts(b,
	    "<title>Website suspended</title>\n<main>\n"
	    "<h1>This website is suspended</h1>\n"
	    "<p>Nothing has been lost. If it is yours, please sign in to your "
	    "hosting account or write to your provider.</p>\n</main>\n");
}
