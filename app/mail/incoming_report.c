/* incoming_report.c - what became of a mail of ours (RFC 3464).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/incoming_parts.h"

#include <string.h>

#include "base/text.h"

/* The value of a field in a report, "" where there is none; parts of a report
 * have fields like headers, in groups with blank lines between. */
static const char *
field_of(struct reading *r, const char *report, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = report; *s;) {
		size_t len = strcspn(s, "\n");

		if (strncasecmp(s, name, n) == 0 && s[n] == ':') {
			while (s[len] == '\n' &&
			       (s[len + 1] == ' ' || s[len + 1] == '\t'))
				len += 1 + strcspn(s + len + 1, "\n");
			return incoming_line(
			    r->arena, s + n + 1, len - n - 1, INCOMING_ID_MAX);
		}
		s += len + (s[len] == '\n');
	}
	return "";
}

/* `rfc822; ada@example.com` */
static const char *
behind_type(struct arena *a, const char *value)
{
	const char *s = value ? strchr(value, ';') : NULL;

	return s ? str_trim(a, s + 1) : value;
}

void
incoming_read_report(struct reading *r, GMimeObject *part)
{
	struct incoming *out = r->out;
	const char *raw, *text, *to;
	struct buf clean;
	size_t n;

	if (out->report_status[0] != '\0')
		return;
	raw = incoming_content(r->arena, part, &n);
	buf_init(&clean, 4 * INCOMING_TEXT_MAX);
	incoming_utf8(
	    &clean, raw, n < INCOMING_TEXT_MAX ? n : INCOMING_TEXT_MAX, NULL);
	text = buf_move(r->arena, &clean);
	if (!text)
		return;
	to = behind_type(r->arena, field_of(r, text, "Original-Recipient"));
	if (!to || to[0] == '\0')
		to =
		    behind_type(r->arena, field_of(r, text, "Final-Recipient"));
	to = to ? str_lower(r->arena, to) : NULL;
	if (to && email_valid(to))
		out->report_to = to;
	out->report_status = arena_printf(r->arena, "%s %s",
	    field_of(r, text, "Status"), field_of(r, text, "Action"));
	out->report_status = str_trim(r->arena, out->report_status);
	out->report_why =
	    behind_type(r->arena, field_of(r, text, "Diagnostic-Code"));
}

void
incoming_look_for_report(struct reading *r, GMimeObject *o)
{
	GMimeContentType *type = g_mime_object_get_content_type(o);
	const char *kind = NULL;

	if (g_mime_content_type_is_type(type, "multipart", "report"))
		kind =
		    g_mime_object_get_content_type_parameter(o, "report-type");
	if (!kind)
		return;
	r->out->signs |= str_eq_nocase(kind, "delivery-status")
			     ? INCOMING_REPORT
			     : INCOMING_AUTO_REPLY;
}
