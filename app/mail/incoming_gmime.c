/* incoming_gmime.c - bytes and lines out of a mail that GMime has parsed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/incoming_parts.h"

#include <string.h>

#include "base/text.h"

static const char *
keep(struct arena *a, GMimeStream *mem, size_t *n)
{
	GByteArray *bytes =
	    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));

	char *copy = arena_alloc(a, bytes->len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, bytes->data, bytes->len);
	*n = bytes->len;
	return copy;
}

const char *
incoming_content(struct arena *a, GMimeObject *o, size_t *n)
{
	GMimeStream *mem = g_mime_stream_mem_new();
	GMimeDataWrapper *content;
	const char *bytes = "";

	*n = 0;
	if (GMIME_IS_PART(o)) {
		content = g_mime_part_get_content(GMIME_PART(o));
		if (content)
			g_mime_data_wrapper_write_to_stream(content, mem);
	} else if (GMIME_IS_MESSAGE_PART(o)) {
		GMimeMessage *inner =
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));

		if (inner)
			g_mime_object_write_to_stream(
			    GMIME_OBJECT(inner), NULL, mem);
	} else {
		g_mime_object_write_to_stream(o, NULL, mem);
	}
	if (g_mime_stream_length(mem) > 0)
		bytes = keep(a, mem, n);
	g_object_unref(mem);
	return bytes;
}

const char *
incoming_line_of(struct arena *a, const char *s, size_t max)
{
	return s ? incoming_line(a, s, strlen(s), max) : "";
}

const char *
incoming_header(struct reading *r, GMimeMessage *m, const char *name)
{
	const char *value = g_mime_object_get_header(GMIME_OBJECT(m), name);

	return incoming_line_of(r->arena, value, INCOMING_ID_MAX);
}

bool
incoming_is_type(GMimeObject *o, const char *type, const char *sub)
{
	return g_mime_content_type_is_type(
	    g_mime_object_get_content_type(o), type, sub);
}
