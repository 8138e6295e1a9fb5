/* incoming.c - read a mail that somebody has sent to us: the whole.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/incoming_parts.h"

#include <string.h>

#include "base/text.h"

enum { COLONS_MAX = 200, BOUNDARIES_MAX = 20000 };

/* `To:`, `to :` */
static bool
begins(const unsigned char *s, const unsigned char *end, const char *name)
{
	for (; *name; name++, s++) {
		while (*name == ':' && s < end && (*s == ' ' || *s == '\t'))
			s++;
		if (s >= end || (*s | 0x20) != (*name | 0x20))
			return false;
	}
	return true;
}

/* What is beyond all reason becomes blank before GMime sees it.  It calls
 * itself for each group within a group of addresses, of which the standard
 * knows none: `a:a:a:...` would have its stack; and a part costs it kilobytes,
 * so that millions of boundaries would have all memory. */
static void
tame(unsigned char *s, size_t n)
{
	static const char *const names[] = {
	    "from:", "sender:", "reply-to:", "to:", "cc:", "bcc:"};
	const unsigned char *end = s + n, *line = s;
	bool has_addresses = false;
	int colons = 0, boundaries = 0;

	for (; s < end; s++) {
		if (s == line && *s != ' ' && *s != '\t') {
			colons = 0;
			has_addresses = false;
			for (size_t i = 0; i < N_ELEMS(names); i++)
				has_addresses |= begins(line, end, names[i]);
		}
		if (s == line && *s == '-' && s + 1 < end && s[1] == '-' &&
		    ++boundaries > BOUNDARIES_MAX)
			*s = ' ';
		if (*s == '\n')
			line = s + 1;
		else if (*s == ':' && has_addresses && ++colons > COLONS_MAX)
			*s = ' ';
	}
}

static GMimeMessage *
parse(const char *data, size_t n)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, n);
	GByteArray *bytes =
	    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *m;

	if (bytes->len > 0) /* an empty array has no data */
		tame(bytes->data, bytes->len);
	g_mime_parser_set_persist_stream(parser, TRUE);
	m = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return m;
}

static bool
is_blank_bytes(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strchr(" \t\r\n", s[i]))
			return false;
	}
	return true;
}

/* Where nothing was found in it, the whole is a file: nothing is lost. */
static void
finish(struct reading *r, const char *data, size_t n)
{
	const char *head_end = memmem(data, n, "\n\n", 2);
	bool is_empty = is_blank_bytes(buf_str(&r->text), r->text.len) &&
			r->out->n_files == 0;

	if (!head_end)
		head_end = memmem(data, n, "\n\r\n", 3);
	if (is_empty && head_end &&
	    !is_blank_bytes(head_end, (size_t)(data + n - head_end)) &&
	    !(r->out->signs & INCOMING_REPORT))
		incoming_add_file(r, "message.eml", "message/rfc822",
		    arena_strndup(r->arena, data, n), n);
	r->out->text = buf_move(r->arena, &r->text);
	r->out->files = arena_memdup(
	    r->arena, r->files, r->out->n_files * sizeof(r->files[0]));
}

enum err
incoming_read(struct arena *a, const char *data, size_t n, struct incoming *out)
{
	struct incoming none = {.from = "",
	    .from_name = "",
	    .reply_to = "",
	    .message_id = "",
	    .subject = "",
	    .loop = "",
	    .text = "",
	    .report_to = "",
	    .report_status = "",
	    .report_why = ""};
	struct reading *r = ARENA_NEW(a, struct reading);
	GMimeMessage *m;

	if (!r)
		return E_BUSY;
	*out = none;
	r->arena = a;
	r->out = out;
	buf_init(&r->text, 64 * INCOMING_TEXT_MAX);
	g_mime_init();
	m = parse(data, n);
	if (m) {
		incoming_read_head(r, m);
		incoming_read_body(r, m);
		g_object_unref(m);
	}
	finish(r, data, n);
	return arena_failed(a) ? E_BUSY : OK;
}
