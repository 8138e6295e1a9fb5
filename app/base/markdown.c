/* markdown.c - texts that staff write, as HTML that can do nothing.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/markdown.h"

#define CMARK_NO_SHORT_NAMES
#include <cmark.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum { HEADING_MAX = 6, OPTIONS = CMARK_OPT_VALIDATE_UTF8 };

static cmark_node *
parse(const char *text)
{
	size_t n = strlen(text);

	return n <= MARKDOWN_BYTES_MAX ? cmark_parse_document(text, n, OPTIONS)
				       : NULL;
}

/* ---- what is not shown ---- */

/* Browsers drop what is no letter before and within a scheme. */
static size_t
scheme_of(const char *url, char *out, size_t size)
{
	size_t n = 0;

	for (; *url && !strchr(":/?#", *url); url++)
		if ((unsigned char)*url > ' ' && n + 1 < size)
			out[n++] = *url >= 'A' && *url <= 'Z'
				       ? (char)(*url - 'A' + 'a')
				       : *url;
	out[n] = '\0';
	return *url == ':' ? n : 0;
}

static bool
link_is_good(const char *url)
{
	static const char *const schemes[] = {"http", "https", "mailto", "tel"};
	char scheme[16];

	if (!url || !strchr(url, ':') ||
	    (strcspn(url, "/?#") < strcspn(url, ":")))
		return true; /* of the own site */
	scheme_of(url, scheme, sizeof(scheme));
	for (size_t i = 0; i < N_ELEMS(schemes); i++)
		if (str_eq(scheme, schemes[i]))
			return true;
	return false;
}

/* Why a node is not shown, as a format for its line; NULL: it is. */
static const char *
fault_of(cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);

	if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE)
		return "Line %d: HTML is not shown here. Put it between "
		       "backquotes, if it is to be read.";
	if (type == CMARK_NODE_IMAGE)
		return "Line %d: images are not shown here. Link to it "
		       "instead.";
	if (type == CMARK_NODE_LINK && !link_is_good(cmark_node_get_url(node)))
		return "Line %d: a link begins with http, https, mailto or "
		       "tel, or leads to a page of this site.";
	return NULL;
}

/* Of the nearest that knows. */
static int
line_of(cmark_node *node)
{
	int line = 0;

	for (; node && line == 0; node = cmark_node_parent(node))
		line = cmark_node_get_start_line(node);
	return line > 0 ? line : 1;
}

static void
note_fault(
    struct problems *p, const char *field, const char *format, cmark_node *node)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	problem_add(p, field, "not_allowed", format, line_of(node));
#pragma GCC diagnostic pop
}

/* These have no exit event of their own. */
static bool
is_leaf(cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);

	return type == CMARK_NODE_HTML_BLOCK ||
	       type == CMARK_NODE_THEMATIC_BREAK ||
	       type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_TEXT ||
	       type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK ||
	       type == CMARK_NODE_CODE || type == CMARK_NODE_HTML_INLINE;
}

static void
check_nodes(struct problems *p, const char *field, cmark_node *root)
{
	cmark_iter *i = cmark_iter_new(root);
	cmark_event_type event;
	bool is_deep = false;
	int depth = 0;

	while ((event = cmark_iter_next(i)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(i);
		const char *fault = NULL;

		if (event == CMARK_EVENT_EXIT) {
			depth--;
			continue;
		}
		fault = fault_of(node);
		if (!fault && !is_deep && depth > MARKDOWN_DEPTH_MAX) {
			fault = "Line %d: this is nested too deeply.";
			is_deep = true;
		}
		if (fault)
			note_fault(p, field, fault, node);
		depth += !is_leaf(node);
	}
	cmark_iter_free(i);
}

void
markdown_check(struct problems *p, const char *field, const char *text)
{
	cmark_node *root = parse(text);

	if (!root) {
		problem_add(p, field, "too_long", "At most %d bytes.",
		    (int)MARKDOWN_BYTES_MAX);
		return;
	}
	check_nodes(p, field, root);
	cmark_node_free(root);
}

/* ---- what is ---- */

static void
drop(cmark_node *node)
{
	cmark_node_unlink(node);
	cmark_node_free(node);
}

/* What stands in it stands in its place. */
static void
unwrap(cmark_node *node)
{
	cmark_node *child;

	while ((child = cmark_node_first_child(node)) != NULL)
		if (!cmark_node_insert_before(node, child))
			cmark_node_unlink(child); /* never: it was there */
	drop(node);
}

/* The page's headings go on without a gap. */
static void
fit_heading(cmark_node *node, int above, int *last)
{
	int level = cmark_node_get_heading_level(node) + above;

	if (level > *last + 1)
		level = *last + 1;
	if (level > HEADING_MAX)
		level = HEADING_MAX;
	*last = level;
	cmark_node_set_heading_level(node, level);
}

/* Nodes are changed only where cmark's iterator lets them be: on their exit, a
 * leaf on its entry. */
static void
fit(cmark_node *root, int above)
{
	cmark_iter *i = cmark_iter_new(root);
	cmark_event_type event;
	int depth = 0, last = above;

	while ((event = cmark_iter_next(i)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(i);

		if (event == CMARK_EVENT_ENTER && !is_leaf(node)) {
			depth++;
			continue;
		}
		depth -= event == CMARK_EVENT_EXIT;
		if (node == root)
			continue;
		if (depth > MARKDOWN_DEPTH_MAX)
			drop(node);
		else if (cmark_node_get_type(node) == CMARK_NODE_HEADING)
			fit_heading(node, above, &last);
		else if (fault_of(node) && is_leaf(node))
			drop(node);
		else if (fault_of(node))
			unwrap(node);
	}
	cmark_iter_free(i);
}

/* "&#1;" is a character, too, though none that HTML or XML have. */
static void
drop_odd(char *s)
{
	size_t left = strlen(s), n;
	char *to = s;

	for (; left > 0; s += n, left -= n) {
		uint32_t c;

		n = utf8_step(s, left, &c);
		if (n == 0)
			n = 1;
		else if ((c >= 0x20 || c == '\n' || c == '\t') &&
			 !(c >= 0x7f && c < 0xa0) && (c & 0xfffe) != 0xfffe &&
			 !(c >= 0xfdd0 && c <= 0xfdef)) {
			memmove(to, s, n);
			to += n;
		}
	}
	*to = '\0';
}

const struct markup *
markdown_html(struct arena *a, const char *text, int above)
{
	cmark_node *root = parse(text);
	const struct markup *m;
	char *html;

	if (!root)
		return NULL;
	fit(root, above);
	html = cmark_render_html(root, OPTIONS);
	drop_odd(html);
	m = markup_kept(a, html);
	free(html);
	cmark_node_free(root);
	return m;
}

/* One, and none at the beginning. */
static void
add_space(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != ' ')
		buf_putc(b, ' ');
}

static void
add_plain(struct buf *b, cmark_node *node)
{
	const char *literal = cmark_node_get_literal(node);
	cmark_node_type type = cmark_node_get_type(node);

	if (fault_of(node))
		return;
	if (type <= CMARK_NODE_LAST_BLOCK)
		add_space(b);
	for (; literal && *literal; literal++)
		if (*literal != ' ' && *literal != '\n' && *literal != '\t')
			buf_putc(b, *literal);
		else
			add_space(b);
	if (type <= CMARK_NODE_LAST_BLOCK || type == CMARK_NODE_SOFTBREAK ||
	    type == CMARK_NODE_LINEBREAK)
		add_space(b);
}

const char *
markdown_plain(struct arena *a, const char *text)
{
	cmark_node *root = parse(text);
	cmark_event_type event;
	cmark_iter *i;
	struct buf b;
	char *plain;

	if (!root)
		return NULL;
	buf_init(&b, 0);
	i = cmark_iter_new(root);
	while ((event = cmark_iter_next(i)) != CMARK_EVENT_DONE)
		if (event == CMARK_EVENT_ENTER)
			add_plain(&b, cmark_iter_get_node(i));
	cmark_iter_free(i);
	cmark_node_free(root);
	plain = buf_move(a, &b);
	if (plain)
		drop_odd(plain);
	return plain;
}
